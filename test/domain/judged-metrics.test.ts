import { expect, test } from 'vitest'
import { isJudged } from '../../lambdas/domain/judged-metrics.ts'
import { lexicalJudge } from '../../lambdas/evaluation/judges/lexical.ts'
import { metrics } from '../../lambdas/evaluation/metrics/registry.ts'

test('metrics are judged that a judge can score', () => {
  const judge = lexicalJudge([])
  for (const metric of Object.keys(metrics)) {
    // What takes more than a comparison of characters.
    const takesAnLlm = metric === 'context_precision'
    expect(isJudged(metric), metric).toBe(takesAnLlm || judge.canScore(metric))
  }
})

test("criteria are judged, in their own workload's benchmark", () => {
  const criteria = [{ name: 'rests_on_clauses', language: 'ko', question: '?' }] as const
  expect(isJudged('rests_on_clauses', { criteria })).toBe(true)
  expect(isJudged('rests_on_clauses')).toBe(false)
})
