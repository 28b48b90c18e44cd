import { describe, expect, test } from 'vitest'
import { type EnvironmentConfig, environments } from '../../config/environments.ts'
import { type PriceOverride, priceOverrides } from '../../config/prices.ts'
import { workloads } from '../../config/workloads.ts'
import { requireSoundEnvironment } from '../../lib/sound-environment.ts'
import { requireSoundPrices } from '../../lib/sound-prices.ts'

const { prod } = environments

const evaluation = (change: Partial<typeof prod.evaluation>) => ({
  evaluation: { ...prod.evaluation, ...change },
})
const judge = { provider: 'openai-compatible', baseUrl: 'https://llm', model: 'x' } as const
const slack = (secretName: string) => ({ secretName, language: 'ko' }) as const

describe('an environment that only a later run would stumble over is refused with a sentence', () => {
  test.each<[Partial<EnvironmentConfig>, string]>([
    [
      { timeZone: 'Asia/Nowhere' },
      'timeZone is "Asia/Nowhere"; give an IANA name such as Asia/Seoul.',
    ],
    [{ region: 'mars-1' }, 'region is "mars-1"; regions look like ap-northeast-2.'],
    [{ alerts: { emails: ['nobody'] } }, 'alerts.emails holds "nobody", which is no address.'],
    [
      { alerts: { emails: [], slack: slack('slack') } },
      'alerts.slack is set and alerts.emails is empty; add an address, or nobody hears of it when Slack is away.',
    ],
    [
      { alerts: { ...prod.alerts, slack: slack('arn:aws:secretsmanager:x') } },
      'alerts.slack.secretName is "arn:aws:secretsmanager:x"; give the name of a secret in Secrets Manager, not its ARN.',
    ],
    [
      evaluation({ defaultJudge: 'gpt' }),
      'evaluation.defaultJudge is "gpt"; there are the judges lexical-v1, bedrock.',
    ],
    [
      evaluation({ judges: { 'lexical-v1': judge }, defaultJudge: 'lexical-v1' }),
      'evaluation.judges has a judge named lexical-v1, which is the one without an LLM; give it another name.',
    ],
    [
      evaluation({ judges: { bedrock: { ...judge, baseUrl: 'llm.example' } } }),
      'evaluation.judges.bedrock.baseUrl is "llm.example"; give an address that begins with https://.',
    ],
    [
      evaluation({ judges: { bedrock: { ...judge, model: '' } } }),
      'evaluation.judges.bedrock names the model ""; give the id that its provider uses.',
    ],
    [
      evaluation({ judges: { bedrock: { provider: 'bedrock', model: 'arn:aws:bedrock:x' } } }),
      'evaluation.judges.bedrock names the model by its ARN; give the id of the model or of the inference profile.',
    ],
    [
      evaluation({ endpoints: { graphrg: { url: 'https://engine' } } }),
      'evaluation.endpoints has one for "graphrg", which is no workload.',
    ],
    [
      evaluation({ endpoints: { graphrag: { url: 'engine' } } }),
      'evaluation.endpoints.graphrag.url is "engine"; give an address that begins with https://.',
    ],
    [
      evaluation({ endpoints: { graphrag: { url: 'https://engine', timeoutSeconds: 0 } } }),
      'evaluation.endpoints.graphrag.timeoutSeconds is 0; give more than 0 and up to 300 seconds.',
    ],
    [
      evaluation({ endpoints: { graphrag: { url: 'https://engine', secretName: 'a b' } } }),
      'evaluation.endpoints.graphrag.secretName is "a b"; give the name of a secret',
    ],
    [
      evaluation({ batchesAtOnce: 0 }),
      'evaluation.batchesAtOnce is 0; give a whole number from 1 to 40.',
    ],
    [
      evaluation({ batchesAtOnce: 5, callsAtOnce: { judge: 10, endpoint: 4 } }),
      'evaluation.callsAtOnce.endpoint is 4; give a whole number, and no less than batchesAtOnce (5), or some batches could never call.',
    ],
    [
      evaluation({ callsAtOnce: { judge: Number.NaN, endpoint: 10 } }),
      'evaluation.callsAtOnce.judge is NaN; give a whole number',
    ],
  ])('%j', (change, sentence) => {
    expect(() => requireSoundEnvironment({ ...prod, ...change }, workloads)).toThrow(sentence)
  })

  test.each(Object.entries(environments))('%s is sound', (_name, config) => {
    expect(() => requireSoundEnvironment(config, workloads)).not.toThrow()
  })

  test('where data may be deleted, Slack alone is enough', () => {
    const alerts = { emails: [], slack: slack('slack') }
    expect(() => requireSoundEnvironment({ ...environments.dev, alerts }, workloads)).not.toThrow()
  })
})

describe('prices that could not be meant are refused with a sentence', () => {
  const price: PriceOverride = {
    provider: 'openai',
    model: 'x',
    from: '2026-01-01',
    prices: { input: 1 },
    source: 'contract',
    checked: '2026-01-01',
  }
  test.each<[Partial<PriceOverride>, string]>([
    [
      { from: '2026-4-15' },
      'config/prices.ts, openai x: from is "2026-4-15"; give a day as YYYY-MM-DD.',
    ],
    [{ until: '2026-01-01' }, 'until 2026-01-01 must be after from 2026-01-01.'],
    [
      { prices: { timesListPrice: -1 } },
      'timesListPrice is -1; give a number that is not negative.',
    ],
    [{ prices: { input: Number.NaN } }, 'input is NaN; give a number that is not negative.'],
    [{ source: ' ' }, 'say in source where the price is written.'],
  ])('%j', (change, sentence) => {
    expect(() => requireSoundPrices([{ ...price, ...change }])).toThrow(sentence)
  })

  test("Townin's own are sound", () => {
    expect(() => requireSoundPrices(priceOverrides)).not.toThrow()
  })
})
