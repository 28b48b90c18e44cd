import { ArnFormat, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { EnvironmentConfig, JudgeConfig } from '../../../config/environments.ts'
import { accept, wildcardRule } from '../../accepted-finding.ts'
import { grantNamedSecrets } from '../../constructs/named-secret.ts'
import type { NodeFunction } from '../../constructs/node-function.ts'

/** Lets a function call the models of the configured judges on Bedrock, and read the keys of the others. */
export function grantJudges(
  fn: NodeFunction,
  judges: EnvironmentConfig['evaluation']['judges'],
): void {
  const all = Object.values(judges)
  const models = [...new Set(all.flatMap(bedrockModelsOf))]
  if (models.length > 0) {
    const resources = models.flatMap((model) => arnsOf(fn, model))
    fn.addToRolePolicy(new PolicyStatement({ actions: ['bedrock:InvokeModel'], resources }))
    accept(fn.role ?? fn, {
      reason: 'An inference profile sends its calls to one model in regions that AWS chooses.',
      nag: resources
        .filter((resource) => resource.includes(':*:'))
        .map((resource) => wildcardRule(fn, resource)),
    })
  }
  grantNamedSecrets(fn, ...new Set(all.flatMap((judge) => secretOf(judge) ?? [])))
}

function bedrockModelsOf(judge: JudgeConfig): readonly string[] {
  if (judge.provider !== 'bedrock') return []
  return [judge.model, ...(judge.embeddingModel === undefined ? [] : [judge.embeddingModel])]
}

function secretOf(judge: JudgeConfig): string | undefined {
  return judge.provider === 'openai-compatible' ? judge.secretName : undefined
}

/** The geographies by which ids of inference profiles over several regions begin. */
const profile = /^(?:af|ap|apac|au|ca|eu|global|il|jp|me|mx|sa|us|us-gov)\./u

/** What a call needs permission on: the model, or the profile and its model wherever the profile sends the call. */
function arnsOf(fn: NodeFunction, model: string): string[] {
  const stack = Stack.of(fn)
  const arn = (resource: string, resourceName: string, where: object): string =>
    stack.formatArn({
      service: 'bedrock',
      resource,
      resourceName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      ...where,
    })
  if (!profile.test(model)) return [arn('foundation-model', model, { account: '' })]
  return [
    arn('inference-profile', model, {}),
    arn('foundation-model', model.replace(profile, ''), { account: '', region: '*' }),
  ]
}
