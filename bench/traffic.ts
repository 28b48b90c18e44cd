import { calcPrice } from '@pydantic/genai-prices'
import { workloads } from '../config/workloads.ts'
import type { Random } from './random.ts'
import { costText, type TraceValues, usageText } from './template.ts'

/** Traces that start in [from, until), evenly, in the order of their time. */
export interface TrafficPlan {
  readonly from: Date
  readonly until: Date
  readonly traces: number
}

/** Which share of the traces each workload has, in the order of `config/workloads.ts`. */
const shares = [0.35, 0.25, 0.25, 0.1, 0.05]

interface Model {
  readonly provider: string
  readonly name: string
  /** Of the calls. */
  readonly share: number
}

const models: readonly Model[] = [
  { provider: 'openai', name: 'gpt-4o-mini', share: 0.45 },
  { provider: 'openai', name: 'gpt-4o', share: 0.2 },
  { provider: 'anthropic', name: 'claude-sonnet-4-20250514', share: 0.15 },
  { provider: 'google', name: 'gemini-2.5-flash', share: 0.145 },
  { provider: 'google', name: 'gemini-2.5-pro', share: 0.05 },
  // Nobody knows its price.
  { provider: 'openai', name: 'ft:townin-claims', share: 0.005 },
]

/** Share of the traces that are marked as batch, which MLflow prices as any other. */
const batchShare = 0.02

const embeddingModel = { provider: 'openai', name: 'text-embedding-3-small', share: 1 }

/** How many traces in a row share the unit of their workload. */
const tracesPerUnit = 10

/** Calls in a trace: an embedding and an answer. */
export const callsPerTrace = 2

/** Spans in a trace. */
export const spansPerTrace = 3

/** Makes up the values of a plan's traces. */
export function* traffic(
  plan: TrafficPlan,
  random: Random,
  texts: { readonly clauses: readonly string[]; readonly questions: readonly string[] },
  experimentIds: ReadonlyMap<string, number>,
): Generator<TraceValues> {
  const step = (plan.until.getTime() - plan.from.getTime()) / plan.traces
  const unitPrefix = random.hex(8)
  for (let index = 0; index < plan.traces; index += 1) {
    const workload = workloads[pickByShare(shares, random.next())] ?? workloads[0]
    if (!workload) throw new Error('config/workloads.ts names no workload.')
    const model =
      models[
        pickByShare(
          models.map(({ share }) => share),
          random.next(),
        )
      ] ?? embeddingModel
    const at = Math.floor(plan.from.getTime() + step * (index + random.next()))
    const [embeddingStart, chatStart] = [random.between(1, 5), random.between(15, 60)]
    const duration = random.between(500, 4_000)
    const embeddingTokens = random.between(8, 60)
    const input = random.between(300, 4_000)
    const output = random.between(20, 700)
    const cached = random.next() < 0.2 ? Math.floor(input / 2) : 0
    const chat = cost(model, at, { input, cached, output })
    const embedding = cost(embeddingModel, at, { input: embeddingTokens, cached: 0, output: 0 })
    const ids = { trace: random.hex(32), spans: [random.hex(16), random.hex(16), random.hex(16)] }
    const nanoseconds = (offset: number) =>
      `${at + offset}${String(random.between(0, 999_999)).padStart(6, '0')}`
    yield {
      traceId: `tr-${ids.trace}`,
      traceIdBase64: Buffer.from(ids.trace, 'hex').toString('base64'),
      ...Object.fromEntries(
        ids.spans.flatMap((id, position) => [
          [`span${position}`, id],
          [`span${position}Base64`, Buffer.from(id, 'hex').toString('base64')],
        ]),
      ),
      start0: nanoseconds(0),
      end0: nanoseconds(duration + 1),
      start1: nanoseconds(embeddingStart),
      end1: nanoseconds(embeddingStart + 10),
      start2: nanoseconds(chatStart),
      end2: nanoseconds(duration),
      timestamp: at,
      experimentId: experimentIds.get(workload.experiment) ?? 0,
      question: random.pick(texts.questions),
      answer: random.pick(texts.clauses),
      clause0: random.pick(texts.clauses),
      clause1: random.pick(texts.clauses),
      clause2: random.pick(texts.clauses),
      clause3: random.pick(texts.clauses),
      unitType: random.pick(workload.units).type,
      unitId: `${workload.name}-${unitPrefix}-${Math.floor(index / tracesPerUnit)}`,
      promptVersion: random.next() < 0.5 ? 'insurance_qa:v2.3' : 'insurance_qa:v2.4',
      country: random.next() < 0.9 ? 'KR' : 'JP',
      mode: random.next() < batchShare && model.provider !== 'google' ? 'batch' : 'standard',
      model: model.name,
      provider: model.provider,
      langchainProvider: `\\\\"ls_provider\\\\": \\\\"${model.provider}\\\\"`,
      spanProvider: `"mlflow.llm.provider": "\\\\"${model.provider}\\\\""`,
      inputTokens: input + embeddingTokens,
      outputTokens: output,
      totalTokens: input + output + embeddingTokens,
      cachedTokens: cached,
      chatUsage: forCopy(
        usageText({
          input_tokens: input,
          output_tokens: output,
          total_tokens: input + output,
          cache_read_input_tokens: cached,
        }),
      ),
      embeddingUsage: forCopy(
        usageText({
          input_tokens: embeddingTokens,
          output_tokens: 0,
          total_tokens: embeddingTokens,
        }),
      ),
      chatCost: forCopy(costText(chat?.input ?? 0, chat?.output ?? 0)),
      embeddingCost: forCopy(costText(embedding?.input ?? 0, 0)),
      ...costColumns('chat', chat),
      ...costColumns('embedding', embedding),
      ...costColumns('trace', {
        input: (chat?.input ?? 0) + (embedding?.input ?? 0),
        output: chat?.output ?? 0,
      }),
    }
  }
}

interface Cost {
  readonly input: number
  readonly output: number
}

function costColumns(name: string, known: Cost | undefined) {
  const absent = '\\N'
  return {
    [`${name}InputCost`]: known?.input ?? absent,
    [`${name}OutputCost`]: known?.output ?? absent,
    [`${name}TotalCost`]: known ? known.input + known.output : absent,
  }
}

/** USD for one token of each kind, by model and day: looking a price up costs more than a thousand traces. */
const prices = new Map<string, { input: number; cached: number; output: number } | undefined>()

/** What MLflow says that a call cost: the list price, whatever the mode. */
function cost(
  model: Model,
  at: number,
  tokens: { readonly input: number; readonly cached: number; readonly output: number },
): Cost | undefined {
  const key = `${model.name} ${Math.floor(at / 86_400_000)}`
  if (!prices.has(key)) prices.set(key, listPrice(model, new Date(at)))
  const price = prices.get(key)
  return (
    price && {
      input: (tokens.input - tokens.cached) * price.input + tokens.cached * price.cached,
      output: tokens.output * price.output,
    }
  )
}

function listPrice(model: Model, timestamp: Date) {
  const each = 1_000
  const of = (usage: Parameters<typeof calcPrice>[0]) => {
    const price = calcPrice(usage, model.name, { providerId: model.provider, timestamp })
    return price && price.total_price / each
  }
  const input = of({ input_tokens: each })
  if (input === null) return undefined
  return {
    input,
    cached: of({ input_tokens: each, cache_read_tokens: each }) ?? input,
    output: of({ output_tokens: each }) ?? 0,
  }
}

function forCopy(text: string): string {
  return text.replaceAll('\\', '\\\\')
}

function pickByShare(list: readonly number[], number: number): number {
  let left = number
  const found = list.findIndex((share) => {
    left -= share
    return left < 0
  })
  return found === -1 ? list.length - 1 : found
}
