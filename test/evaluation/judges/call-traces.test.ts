import { expect, it } from 'vitest'
import { type PaidCall, toTraces } from '../../../lambdas/evaluation/judges/call-traces.ts'
import { callIdOf, spanOf } from '../../../lambdas/evaluation/judges/judge-call.ts'

const call = (more: Partial<PaidCall> = {}): PaidCall => ({
  callId: callIdOf('claimant', 'claims:1', 'k', 1),
  judgementKey: 'k',
  operation: 'chat',
  promptVersion: 'claims:1',
  provider: '',
  model: 'gpt-4o-mini',
  usage: {
    inputTokens: 10,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 2,
    reasoningTokens: 0,
  },
  askedAt: 1_000_000,
  milliseconds: 5,
  fault: '',
  evaluationId: 'ev-1',
  ...more,
})

it('a call is the same span whenever it is handed over', () => {
  expect(Buffer.from(toTraces([call()])).equals(toTraces([call()]))).toBe(true)
})

it('each call is a span of its own, in one trace for each attempt and prompt', () => {
  const ids = [
    callIdOf('a', 'claims:1', 'k', 1),
    callIdOf('a', 'claims:1', 'k', 2),
    callIdOf('a', 'claims:1', 'l', 1),
    callIdOf('a', 'criterion:1', 'k', 1),
    callIdOf('b', 'claims:1', 'k', 1),
  ].map((callId) => spanOf({ callId }))
  for (const { traceId, spanId } of ids) {
    expect(traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(spanId).toMatch(/^[0-9a-f]{16}$/)
  }
  expect(new Set(ids.map(({ traceId }) => traceId)).size).toBe(3)
  expect(new Set(ids.map(({ traceId, spanId }) => traceId + spanId)).size).toBe(5)
})

it('names evaluation and prompt, and holds nothing of what was judged', () => {
  const text = Buffer.from(toTraces([call({ fault: 'It is no JSON.' })])).toString('latin1')
  for (const held of ['ops.unit.id', 'ev-1', 'ops.prompt.version', 'claims:1', 'It is no JSON.']) {
    expect(text).toContain(held)
  }
  for (const absent of ['gen_ai.input', 'gen_ai.output', 'gen_ai.provider.name', 'cache_read']) {
    expect(text).not.toContain(absent)
  }
})
