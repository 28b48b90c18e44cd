import * as z from 'zod'
import type { CallSource, ProviderCalls } from './provider-calls.ts'

const usagePage = z.object({
  data: z.array(
    z.object({
      results: z.array(
        z.object({ model: z.string().nullish(), num_model_requests: z.number().int().min(0) }),
      ),
    }),
  ),
  has_more: z.boolean(),
  next_page: z.string().nullish(),
})

/** Usage of these kinds is counted by requests. */
const kinds = ['completions', 'embeddings']

/** How long an answer may take, in milliseconds. */
const timeLimit = 20_000

/**
 * OpenAI's usage API: https://platform.openai.com/docs/api-reference/usage
 * @param adminKey gives the admin key, which is asked for only when it is needed
 */
export function openAiUsage(baseUrl: string, adminKey: () => Promise<string>): CallSource {
  return {
    name: 'openai',
    async count(from, until) {
      const key = await adminKey()
      const calls = new Map<string, number>()
      for (const kind of kinds) {
        for (const { model, calls: count } of await readUsage(
          `${baseUrl}/v1/organization/usage/${kind}`,
          key,
          from,
          until,
        )) {
          calls.set(model, (calls.get(model) ?? 0) + count)
        }
      }
      return [...calls].map(([model, count]) => ({ model, calls: count }))
    },
  }
}

async function readUsage(
  url: string,
  key: string,
  from: Date,
  until: Date,
): Promise<ProviderCalls[]> {
  // Buckets begin on the hour in UTC; a day of a zone that is half an hour off needs minutes.
  const byHour = from.getTime() % 3_600_000 === 0 && until.getTime() % 3_600_000 === 0
  const calls: ProviderCalls[] = []
  let page: string | null | undefined
  do {
    const query = new URLSearchParams({
      start_time: String(from.getTime() / 1000),
      end_time: String(until.getTime() / 1000),
      bucket_width: byHour ? '1h' : '1m',
      limit: byHour ? '25' : '1440',
      group_by: 'model',
      ...(page && { page }),
    })
    const response = await fetch(`${url}?${query.toString()}`, {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(timeLimit),
    })
    if (!response.ok) throw new Error(`OpenAI's usage API answered ${response.status}.`)
    const body = usagePage.parse(await response.json())
    for (const { results } of body.data) {
      for (const { model, num_model_requests } of results) {
        calls.push({ model: model ?? '', calls: num_model_requests })
      }
    }
    page = body.has_more ? body.next_page : null
  } while (page)
  return calls
}
