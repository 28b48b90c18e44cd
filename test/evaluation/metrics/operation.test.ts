import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  costPerRow,
  latency,
  latencyP95,
  tokensPerRow,
} from '../../../lambdas/evaluation/metrics/operation.ts'
import { outcomeCoverage } from '../../../lambdas/evaluation/metrics/outcome-coverage.ts'

const measured = (...values: (number | null)[]) => values.map((milliseconds) => ({ milliseconds }))

describe('latency', () => {
  it('of a row is in milliseconds, and null where it was not measured', () => {
    expect(latency.score({ milliseconds: 0 }).score).toBe(0)
    expect(latency.score({ milliseconds: null }).score).toBeNull()
  })

  // PostgreSQL 17: select percentile_disc(0.95) within group (order by x) from generate_series(1, n) x
  it.each([
    [1, 1],
    [19, 19],
    [20, 19],
    [21, 20],
    [100, 95],
    [101, 96],
    [200, 190],
  ])('of 1 to %d has the 95th percentile %d', (rows, expected) => {
    const values = Array.from({ length: rows }, (_, index) => rows - index)
    expect(latencyP95.score(measured(...values)).score).toBe(expected)
  })

  it('has as its 95th percentile the smallest that 95 % do not exceed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 60 }), (values) => {
        const p95 = latencyP95.score(measured(...values, null)).score ?? Number.NaN
        const share = (limit: number) =>
          values.filter((value) => value <= limit).length / values.length
        expect(values).toContain(p95)
        expect(share(p95)).toBeGreaterThanOrEqual(0.95)
        for (const value of values) if (value < p95) expect(share(value)).toBeLessThan(0.95)
      }),
    )
  })

  it('has none where nothing was measured', () => {
    expect(latencyP95.score(measured(null)).score).toBeNull()
  })
})

describe('tokens and cost of a row', () => {
  it('are means over the rows of which they are known', () => {
    const row = (inputTokens: number | null, outputTokens: number | null) => ({
      inputTokens,
      outputTokens,
    })
    expect(tokensPerRow.score([row(10, 5), row(20, 5), row(null, 5), row(10, null)])).toMatchObject(
      {
        score: 20,
        parts: { known: 2, unknown: 2 },
      },
    )
    const costs = [{ costNanoUsd: 0 }, { costNanoUsd: 3_000_000 }, { costNanoUsd: null }]
    expect(costPerRow.score(costs)).toMatchObject({ score: 0.0015, parts: { unknown: 1 } })
  })

  it('are null, not 0, where nothing is known', () => {
    expect(tokensPerRow.score([{ inputTokens: null, outputTokens: 1 }]).score).toBeNull()
    expect(costPerRow.score([{ costNanoUsd: null }]).score).toBeNull()
  })
})

describe('the coverage of outcomes', () => {
  it('is the share of the units of which one is known, and null without units', () => {
    expect(outcomeCoverage.score([{ known: true }, { known: false }]).score).toBe(0.5)
    expect(outcomeCoverage.score([]).score).toBeNull()
  })
})
