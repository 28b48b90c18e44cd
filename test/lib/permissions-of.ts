import type { Template } from 'aws-cdk-lib/assertions'
import { inWords, ofType, type Resource, type Synthesized } from './synthesized.ts'

/** A statement of a policy. */
export interface Statement {
  readonly Effect: string
  readonly Action: string | string[]
  readonly Resource?: unknown
  readonly Condition?: unknown
}

/** A value of a policy, which may stand for a list of one. */
export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}

/** The function whose logical id begins so. */
export function functionOf(name: string, platform: Template): Resource {
  const found = ofType('AWS::Lambda::Function', platform).filter(([id]) => id.startsWith(name))
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`There are ${found.length} functions whose id begins with ${name}.`)
  }
  return found[0][1]
}

/** What the role of a function may do: each action with the resources that it may do it on. */
export function permissionsOf(
  functionName: string,
  { platform, data }: Synthesized,
): Record<string, string[]> {
  const roleId = functionOf(functionName, platform).Properties.Role['Fn::GetAtt'][0] as string
  return permissionsOfRole(roleId, { platform, data })
}

/** What a role may do, by its logical id. */
export function permissionsOfRole(
  roleId: string,
  { platform, data }: Pick<Synthesized, 'platform' | 'data'>,
): Record<string, string[]> {
  const permissions: Record<string, string[]> = {}
  for (const [, policy] of ofType('AWS::IAM::Policy', platform, data)) {
    if (!policy.Properties.Roles.some((role: { Ref: string }) => role.Ref === roleId)) continue
    for (const statement of policy.Properties.PolicyDocument.Statement as Statement[]) {
      for (const action of listOf(statement.Action)) {
        const resources = listOf(statement.Resource).map((resource) => inWords(resource))
        permissions[action] = [...(permissions[action] ?? []), ...resources].toSorted()
      }
    }
  }
  return permissions
}

/** The cluster of `prod`. */
export const cluster = 'arn:aws:rds:ap-northeast-2:111111111111:cluster:<DatabaseCluster>'

/** To run SQL. */
export const sql = {
  'rds-data:BeginTransaction': [cluster],
  'rds-data:CommitTransaction': [cluster],
  'rds-data:ExecuteStatement': [cluster],
  'rds-data:RollbackTransaction': [cluster],
}

/** To be traced. */
export const tracing = {
  'xray:PutTelemetryRecords': ['*'],
  'xray:PutTraceSegments': ['*'],
}

/** To write into one log group. */
export const logs = (group: string) => ({
  'logs:CreateLogStream': [`<${group}.Arn>`],
  'logs:PutLogEvents': [`<${group}.Arn>`],
})
