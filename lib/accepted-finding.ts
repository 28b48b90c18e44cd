import { CfnResource, Validations } from 'aws-cdk-lib'
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
  /** Default rules of the CDK's own validator. @default none */
  readonly cdk?: readonly string[]
}

/**
 * Accepts findings on a construct and all below it, with the reason beside the resource: in the code,
 * in the validation report and in the template's metadata.
 */
export function accept(construct: IConstruct, ...findings: readonly AcceptedFinding[]): void {
  for (const finding of findings) {
    const nag = (finding.nag ?? []).map((rule) => `AwsSolutions::AwsSolutions-${rule}`)
    for (const id of [...nag, ...(finding.cdk ?? [])]) {
      Validations.of(construct).acknowledge({ id, reason: finding.reason })
    }
    for (const resource of resourcesIn(construct)) {
      skipInCheckov(resource, finding)
      skipInCfnLint(resource, finding)
    }
  }
}

function resourcesIn(construct: IConstruct): CfnResource[] {
  return construct.node.findAll().filter((child) => CfnResource.isCfnResource(child))
}

function skipInCheckov(resource: CfnResource, finding: AcceptedFinding): void {
  if (finding.checkov === undefined) return
  const skip = [...(resource.getMetadata('checkov')?.skip ?? [])]
  for (const id of finding.checkov) skip.push({ id, comment: finding.reason })
  resource.addMetadata('checkov', { skip })
}

function skipInCfnLint(resource: CfnResource, finding: AcceptedFinding): void {
  if (finding.cfnLint === undefined) return
  const ignored = resource.getMetadata('cfn-lint')?.config?.ignore_checks ?? []
  resource.addMetadata('cfn-lint', { config: { ignore_checks: [...ignored, ...finding.cfnLint] } })
}
