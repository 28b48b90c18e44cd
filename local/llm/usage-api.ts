import type { Call, Ledger } from './ledger.ts'
import { OpenAiError } from './problem.ts'

const widths = {
  '1m': { seconds: 60, limit: 60, max: 1440 },
  '1h': { seconds: 3600, limit: 24, max: 168 },
  '1d': { seconds: 86_400, limit: 7, max: 31 },
} as const

/** A page of OpenAI's usage API. */
export interface UsagePage {
  readonly object: 'page'
  readonly data: readonly UsageBucket[]
  readonly has_more: boolean
  readonly next_page: string | null
}

interface UsageBucket {
  readonly object: 'bucket'
  readonly start_time: number
  readonly end_time: number
  readonly results: readonly Record<string, unknown>[]
}

/**
 * Answers `GET /v1/organization/usage/{completions,embeddings}` from the ledger. Takes `start_time`
 * (needed), `end_time` (now), `bucket_width` (`1d`), `group_by=model`, `models`, `limit`, `page`.
 * Buckets begin at whole UTC minutes, hours or days; those without a call are empty, not left out.
 */
export function usagePage(
  endpoint: Call['endpoint'],
  query: URLSearchParams,
  ledger: Ledger,
  now: number,
): UsagePage {
  const width = widths[(query.get('bucket_width') ?? '1d') as keyof typeof widths]
  if (!width) throw invalid('bucket_width', 'must be one of 1m, 1h, 1d')
  const start = seconds(query, 'start_time')
  if (start === undefined) throw invalid('start_time', 'is required')
  const end = seconds(query, 'end_time') ?? Math.floor(now / 1000)
  if (end <= start) throw invalid('end_time', 'must be after start_time')
  const limit = Number(query.get('limit') ?? width.limit)
  if (!Number.isInteger(limit) || limit < 1 || limit > width.max) {
    throw invalid('limit', `must be between 1 and ${width.max}`)
  }
  const groups = all(query, 'group_by')
  const unknown = groups.find((group) => group !== 'model')
  if (unknown !== undefined) throw invalid('group_by', 'may only be model in this stand-in')
  const first = Math.floor(start / width.seconds) * width.seconds
  const from = pageStart(query.get('page'), first)

  const data: UsageBucket[] = []
  let at = from
  for (; at < end && data.length < limit; at += width.seconds) {
    const models = all(query, 'models')
    const calls = ledger
      .between(at * 1000, (at + width.seconds) * 1000)
      .filter((call) => call.endpoint === endpoint)
      .filter((call) => models.length === 0 || models.includes(call.snapshot))
    data.push({
      object: 'bucket',
      start_time: at,
      end_time: at + width.seconds,
      results: results(endpoint, calls, groups.length > 0),
    })
  }
  const more = at < end
  return { object: 'page', data, has_more: more, next_page: more ? `page_${at}` : null }
}

function results(endpoint: Call['endpoint'], calls: readonly Call[], byModel: boolean) {
  const groups = Map.groupBy(calls, (call) => (byModel ? call.snapshot : null))
  return [...groups].map(([model, group]) => ({
    object: `organization.usage.${endpoint === 'chat' ? 'completions' : 'embeddings'}.result`,
    input_tokens: sum(group, (call) => call.inputTokens),
    ...(endpoint === 'chat' && {
      output_tokens: sum(group, (call) => call.outputTokens),
      input_cached_tokens: sum(group, (call) => call.cachedInputTokens),
      input_audio_tokens: 0,
      output_audio_tokens: 0,
      batch: null,
    }),
    num_model_requests: group.length,
    project_id: null,
    user_id: null,
    api_key_id: null,
    model,
  }))
}

function sum(calls: readonly Call[], value: (call: Call) => number): number {
  return calls.reduce((total, call) => total + value(call), 0)
}

/** Values of a list parameter, written `name=`, `name[]=` or with commas. */
function all(query: URLSearchParams, name: string): string[] {
  return [...query.getAll(name), ...query.getAll(`${name}[]`)].flatMap((value) => value.split(','))
}

function seconds(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  if (!/^\d{1,11}$/.test(value)) throw invalid(name, 'must be a Unix time in seconds')
  return Number(value)
}

function pageStart(page: string | null, first: number): number {
  if (page === null) return first
  const match = /^page_(\d{1,11})$/.exec(page)
  if (!match) throw invalid('page', 'is not a cursor that this API gave')
  return Number(match[1])
}

function invalid(param: string, what: string): OpenAiError {
  return new OpenAiError(400, `Invalid parameter: '${param}' ${what}.`, { param })
}
