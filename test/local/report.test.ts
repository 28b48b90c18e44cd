import { describe, expect, test } from 'vitest'
import type { CostFigures } from '../../local/report.ts'
import { renderPointers, renderReport } from '../../local/report.ts'
import { renderTable } from '../../local/table.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'

const sums = {
  calls: 1234,
  pricedCalls: 1230,
  unpricedCalls: 4,
  unreadableCalls: 0,
  inputTokens: 1_000_000,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 20,
  reasoningTokens: 0,
  costNanoUsd: 1_500_000_400,
  mlflow: { comparedCalls: 0, costNanoUsd: 0, ourCostNanoUsd: 0, differingCalls: 0 },
}

const period = { from: '2026-11-01', to: '2026-11-25', timeZone: 'Asia/Seoul' }

const workloads: Workload[] = [
  {
    name: 'graphrag',
    experiment: 'graphrag',
    description: '',
    units: [{ type: 'claim' }],
    operatingGoals: [{ metric: 'tracking_coverage', comparator: 'atLeast', target: 0.95 }],
  },
]

const figures: CostFigures = {
  costs: {
    definition: 'cost v1',
    period,
    groupBy: ['workload', 'model'],
    settledUntil: null,
    rows: [{ workload: 'graphrag', model: 'gpt-4o', ...sums }],
    truncated: false,
    total: sums,
    notes: { lateCalls: 0, tokenDifferences: 0, unpriced: [], differences: [] },
  },
  units: [
    {
      definition: 'unit_cost v1',
      period,
      workload: 'graphrag',
      unitType: 'claim',
      units: 9,
      unitsWithUnpricedCalls: 0,
      p50NanoUsd: 1_000_000,
      p95NanoUsd: 21_000_000_000,
      maxNanoUsd: null,
      meanNanoUsd: null,
      goals: [
        {
          metric: 'unit_cost_p95',
          comparator: 'atMost',
          target: 20,
          minSamples: 5,
          value: 21,
          samples: 9,
          verdict: 'missed',
        },
      ],
      mostExpensive: [],
    },
  ],
  coverage: {
    definition: 'tracking_coverage v1, cost_visibility v1',
    period,
    workloads: [
      {
        workload: 'graphrag',
        tracedCalls: 99,
        pricedCalls: 99,
        madeCalls: null,
        daysWithoutReport: 1,
        trackingCoverage: { value: null, samples: 0, verdict: 'unproven', reason: 'no report' },
        costVisibility: { value: 1, samples: 99, verdict: 'met', reason: '' },
      },
    ],
    providers: [],
  },
}

describe('the report', () => {
  const lines = renderReport(figures, workloads).split('\n')
  const line = (...words: string[]): string =>
    lines.find((text) => words.every((word) => text.includes(word))) ?? ''

  test('names the period and the time zone of its days', () => {
    expect(lines[0]).toBe(
      'Cost by workload and model, 2026-11-01 until before 2026-11-25 (Asia/Seoul)',
    )
  })

  test('shows cost by workload and model, with what has no price, and the total', () => {
    expect(line('gpt-4o').trim().split(/ {2,}/)).toEqual([
      'graphrag',
      'gpt-4o',
      '1,234',
      '4',
      '1,000,000',
      '20',
      '1.500000',
    ])
    expect(line('total', '1.500000')).not.toBe('')
  })

  test('compares the cost per unit with its goal', () => {
    expect(line('claim')).toMatch(/9 +0\.001000 +21\.000000 +– +p95 ≤ 20 USD +✗ missed/)
  })

  test('compares coverage with its goal, and does not take an unknown one for met', () => {
    expect(line('tracking coverage')).toMatch(/99 traced of – made +– +≥ 95\.0 % +\? unproven/)
    expect(line('cost visibility')).toMatch(/99 priced of 99 traced +100\.0 % +none +✓ met/)
  })
})

describe('a table', () => {
  test('is as wide as its widest cell, with numbers under each other', () => {
    const columns = [
      { title: 'name', text: (row: [string, string]) => row[0] },
      { title: 'n', text: (row: [string, string]) => row[1], right: true },
    ]
    expect(
      renderTable(columns, [
        ['long name', '1'],
        ['x', '100'],
      ]),
    ).toEqual(['  name         n', '  ─────────  ───', '  long name    1', '  x          100'])
  })
})

test('pointers stand under each other', () => {
  const pointers = [
    { name: 'a', text: 'http://one' },
    { name: 'long', text: 'http://two' },
  ]
  expect(renderPointers(pointers)).toBe('  a     http://one\n  long  http://two')
})
