import type { EndpointConfig, EnvironmentConfig, JudgeConfig } from '../config/environments.ts'
import { lexicalJudgeName } from '../lambdas/domain/lexical-judge.ts'
import type { Workload } from '../lambdas/domain/workload.ts'

/** Throws a sentence for what a deployment would accept and only a later run would stumble over. */
export function requireSoundEnvironment(
  config: EnvironmentConfig,
  workloads: readonly Workload[],
): void {
  const { timeZone, region } = config
  if (!isTimeZone(timeZone)) {
    throw new Error(`timeZone is "${timeZone}"; give an IANA name such as Asia/Seoul.`)
  }
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) {
    throw new Error(`region is "${region}"; regions look like ap-northeast-2.`)
  }
  requireSoundAlerts(config)
  requireSoundEvaluation(config.evaluation, workloads)
}

function requireSoundAlerts({ alerts, database }: EnvironmentConfig): void {
  for (const email of alerts.emails) {
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
      throw new Error(`alerts.emails holds "${email}", which is no address.`)
    }
  }
  if (alerts.slack === undefined) return
  requireSecretName('alerts.slack', alerts.slack.secretName)
  if (database.protected && alerts.emails.length === 0) {
    throw new Error(
      'alerts.slack is set and alerts.emails is empty; add an address, or nobody hears of it when Slack is away.',
    )
  }
}

function requireSoundEvaluation(
  evaluation: EnvironmentConfig['evaluation'],
  workloads: readonly Workload[],
): void {
  const { judges, defaultJudge, endpoints, batchesAtOnce, callsAtOnce } = evaluation
  const names = [lexicalJudgeName, ...Object.keys(judges)]
  if (Object.hasOwn(judges, lexicalJudgeName)) {
    throw new Error(
      `evaluation.judges has a judge named ${lexicalJudgeName}, which is the one without an LLM; give it another name.`,
    )
  }
  if (!names.includes(defaultJudge)) {
    throw new Error(
      `evaluation.defaultJudge is "${defaultJudge}"; there are the judges ${names.join(', ')}.`,
    )
  }
  for (const [name, judge] of Object.entries(judges)) {
    requireSoundJudge(`evaluation.judges.${name}`, judge)
  }
  for (const [name, endpoint] of Object.entries(endpoints)) {
    if (!workloads.some((workload) => workload.name === name)) {
      throw new Error(`evaluation.endpoints has one for "${name}", which is no workload.`)
    }
    requireSoundEndpoint(`evaluation.endpoints.${name}`, endpoint)
  }
  if (!(Number.isInteger(batchesAtOnce) && batchesAtOnce >= 1 && batchesAtOnce <= 40)) {
    throw new Error(
      `evaluation.batchesAtOnce is ${batchesAtOnce}; give a whole number from 1 to 40.`,
    )
  }
  for (const [what, calls] of Object.entries(callsAtOnce)) {
    if (!Number.isInteger(calls) || calls < batchesAtOnce) {
      throw new Error(
        `evaluation.callsAtOnce.${what} is ${calls}; give a whole number, and no less than batchesAtOnce (${batchesAtOnce}), or some batches could never call.`,
      )
    }
  }
}

function requireSoundJudge(where: string, judge: JudgeConfig): void {
  const models = [
    judge.model,
    ...(judge.embeddingModel === undefined ? [] : [judge.embeddingModel]),
  ]
  for (const model of models) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(model)) {
      throw new Error(`${where} names the model "${model}"; give the id that its provider uses.`)
    }
    if (judge.provider === 'bedrock' && model.startsWith('arn:')) {
      throw new Error(
        `${where} names the model by its ARN; give the id of the model or of the inference profile.`,
      )
    }
  }
  if (judge.provider === 'bedrock') return
  requireAddress(`${where}.baseUrl`, judge.baseUrl)
  if (judge.secretName !== undefined) requireSecretName(where, judge.secretName)
}

function requireSoundEndpoint(where: string, endpoint: EndpointConfig): void {
  requireAddress(`${where}.url`, endpoint.url)
  if (endpoint.secretName !== undefined) requireSecretName(where, endpoint.secretName)
  const { timeoutSeconds = 30 } = endpoint
  if (!(timeoutSeconds > 0 && timeoutSeconds <= 300)) {
    throw new Error(
      `${where}.timeoutSeconds is ${timeoutSeconds}; give more than 0 and up to 300 seconds.`,
    )
  }
}

function requireAddress(where: string, text: string): void {
  const url = URL.parse(text)
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return
  throw new Error(`${where} is "${text}"; give an address that begins with https://.`)
}

function requireSecretName(where: string, name: string): void {
  if (/^[A-Za-z0-9/_+=.@-]{1,500}$/.test(name)) return
  throw new Error(
    `${where}.secretName is "${name}"; give the name of a secret in Secrets Manager, not its ARN.`,
  )
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
