/** What a checker says about one resource of a template. */
export interface Finding {
  /** Name of the template's file. */
  readonly template: string
  /** Logical id of the resource, or where else the finding is. */
  readonly resource: string
  /** Id of the rule, such as `CKV_AWS_117` or `W3005`. */
  readonly rule: string
  readonly message: string
}

/** The part of a CloudFormation template that this reads. */
export interface Template {
  readonly Resources?: Readonly<Record<string, { readonly Metadata?: ResourceMetadata }>>
}

interface ResourceMetadata {
  readonly checkov?: { readonly skip?: readonly { readonly id: string }[] }
  readonly 'cfn-lint'?: { readonly config?: { readonly ignore_checks?: readonly string[] } }
}

export interface Comparison {
  /** Findings that nothing accepts. */
  readonly open: readonly Finding[]
  /** Accepted rules that no checker reports on the resource. */
  readonly stale: readonly Omit<Finding, 'message'>[]
}

/** What the resources of a template accept of checkov and cfn-lint. */
export function acceptedIn(
  template: string,
  { Resources = {} }: Template,
): Omit<Finding, 'message'>[] {
  return Object.entries(Resources).flatMap(([resource, { Metadata }]) =>
    [
      ...(Metadata?.checkov?.skip ?? []).map(({ id }) => id),
      ...(Metadata?.['cfn-lint']?.config?.ignore_checks ?? []),
    ].map((rule) => ({ template, resource, rule })),
  )
}

/** The template without what it accepts, so that the checkers report everything. */
export function withoutAcceptance(template: Template): Template {
  const resources = Object.entries(template.Resources ?? {}).map(([id, resource]) => {
    const { checkov: _checkov, 'cfn-lint': _cfnLint, ...metadata } = resource.Metadata ?? {}
    return [id, { ...resource, Metadata: metadata }]
  })
  return { ...template, Resources: Object.fromEntries(resources) }
}

/** Compares what is reported with what is accepted. */
export function compare(
  findings: readonly Finding[],
  accepted: readonly Omit<Finding, 'message'>[],
): Comparison {
  const key = ({ template, resource, rule }: Omit<Finding, 'message'>): string =>
    JSON.stringify([template, resource, rule])
  const acceptedKeys = new Set(accepted.map(key))
  const reportedKeys = new Set(findings.map(key))
  return {
    open: findings.filter((finding) => !acceptedKeys.has(key(finding))),
    stale: accepted.filter((acceptance) => !reportedKeys.has(key(acceptance))),
  }
}
