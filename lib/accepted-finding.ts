import { CfnResource, Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** A finding of a template checker that is right about the template and wrong for this platform. */
export interface AcceptedFinding {
  /** Why it is accepted, in a sentence. */
  readonly reason: string
  /** Rules of cdk-nag's AwsSolutions pack, such as `VPC7` or `IAM5[Resource::*]`. @default none */
  readonly nag?: readonly string[]
  /** Rules of checkov, such as `CKV_AWS_117`. @default none */
  readonly checkov?: readonly string[]
  /** Rules of cfn-lint, such as `W3005`. @default none */
  readonly cfnLint?: readonly string[]
}

/**
 * Accepts findings on a construct, with the reason beside it: in the code, in the validation report
 * and in the template's metadata. One that no checker reports any more fails `npm run check`.
 */
export function accept(construct: IConstruct, ...findings: readonly AcceptedFinding[]): void {
  for (const { reason, nag = [], checkov = [], cfnLint = [] } of findings) {
    for (const rule of nag) {
      Validations.of(construct).acknowledge({
        id: `AwsSolutions::AwsSolutions-${rule}`,
        reason,
      })
    }
    for (const resource of resourcesOf(construct)) {
      skipInCheckov(resource, checkov, reason)
      skipInCfnLint(resource, cfnLint)
    }
  }
}

/** The rule that reports a wildcard in a resource that a policy names. */
export function wildcardRule(scope: IConstruct, arn: string): string {
  return `IAM5[Resource::${flatten(Stack.of(scope).resolve(arn))}]`
}

/** The resource that the construct is about, or all below it. */
function resourcesOf(construct: IConstruct): CfnResource[] {
  const main = construct.node.defaultChild
  if (main !== undefined && CfnResource.isCfnResource(main)) return [main]
  return construct.node.findAll().filter((child) => CfnResource.isCfnResource(child))
}

function skipInCheckov(resource: CfnResource, ids: readonly string[], comment: string): void {
  if (ids.length === 0) return
  const skip = [...(resource.getMetadata('checkov')?.skip ?? [])]
  for (const id of ids) skip.push({ id, comment })
  resource.addMetadata('checkov', { skip })
}

function skipInCfnLint(resource: CfnResource, ids: readonly string[]): void {
  if (ids.length === 0) return
  const ignored = resource.getMetadata('cfn-lint')?.config?.ignore_checks ?? []
  resource.addMetadata('cfn-lint', { config: { ignore_checks: [...ignored, ...ids] } })
}

/** Writes a CloudFormation value as cdk-nag does: `<LogicalId.Attribute>` for a reference. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value
  const [kind, operand] = Object.entries(value as Record<string, unknown>)[0] ?? []
  if (kind === 'Ref') return `<${String(operand)}>`
  if (kind === 'Fn::GetAtt') return `<${(operand as string[]).join('.')}>`
  if (kind === 'Fn::Join') {
    const [separator, parts] = operand as [string, unknown[]]
    return parts.map(flatten).join(separator)
  }
  return JSON.stringify(value)
}
