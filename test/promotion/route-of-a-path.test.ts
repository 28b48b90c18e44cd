import fc from 'fast-check'
import { expect, it } from 'vitest'
import { httpHandler } from '../../lambdas/platform/http.ts'
import { Reply, type RouteDefinition } from '../../lambdas/platform/route.ts'
import { encodeName } from '../../lambdas/promotion/api/encode-name.ts'
import { promotionRouteDefinitions } from '../../lambdas/promotion/api/route-definitions.ts'
import { callHandler } from '../platform/call.ts'

/** The promotion API, whose routes take whatever names and bodies and only say which they are. */
const handler = httpHandler(
  'test',
  Object.values<RouteDefinition>(promotionRouteDefinitions).map(
    ({ method, path, summary, querySchema, responseSchema }) => ({
      method,
      path,
      summary,
      querySchema,
      responseSchema,
      respond: async () => new Reply(200, { route: path }),
    }),
  ),
).before(({ event }) => encodeName(event))

/** The last word of the route that serves a path; `undefined` when none does. */
async function servedBy(path: string): Promise<string | undefined> {
  const { status, body } = await callHandler(handler, 'POST', path, {})
  if (status !== 200) return undefined
  return (body as { route: string }).route.split('/').at(-1)
}

const words = ['promotions', 'approvals', 'rollbacks'] as const
const anyName = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.constantFrom(...words, 'x', '..', '.', '', '12', '%2F', '\n', ' '), { minLength: 1 })
    .map((parts) => parts.join('/')),
)

// The policies of clients and of who answers for production tell paths apart by nothing but this.
it('the last word of a path, and nothing before it, says which of the routes on a name serves it', async () => {
  const kinds = fc.constantFrom('models', 'prompts')
  await fc.assert(
    fc.asyncProperty(kinds, anyName, fc.constantFrom(...words), async (kind, name, word) => {
      expect(await servedBy(`/ops/${kind}/${name.replaceAll('?', '%3F')}/${word}`)).toBeOneOf([
        word,
        undefined,
      ])
    }),
  )
})

it('a path that goes on, or ends in another way, approves nothing and rolls nothing back', async () => {
  const ends = fc.constantFrom(
    '/',
    '/x',
    '%2Fpromotions',
    '/../promotions',
    '\n',
    's',
    '/promotions',
  )
  await fc.assert(
    fc.asyncProperty(anyName, fc.constantFrom(...words), ends, async (name, word, end) => {
      const path = `/ops/models/${name.replaceAll('?', '%3F')}/${word}${end}`
      expect(await servedBy(path)).toBeOneOf(['promotions', undefined])
    }),
  )
})

it.each(words)('a name with slashes and such words is asked for %s', async (word) => {
  expect(await servedBy(`/ops/models/x/rollbacks/${word}`)).toBe(word)
  expect(await servedBy(`/ops/prompts/x/promotions/12/${word}`)).toBe(word)
})
