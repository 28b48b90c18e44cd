import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../lambdas/promotion/decide.ts'
import type { Evidence, GoalEvidence } from '../../lambdas/promotion/evidence.ts'

const faithfulness: GoalEvidence = {
  goal: { metric: 'faithfulness', comparator: 'atLeast', target: 0.95, minSamples: 30 },
  measured: {
    evaluationId: 'ev-1',
    finishedAt: '2026-11-24T00:00:00.000Z',
    datasetDigest: 'rows-1',
    value: 0.97,
    samples: 40,
    interval: { lower: 0.955, upper: 0.99 },
    verdict: 'met',
  },
}

const good: Evidence = {
  candidate: { kind: 'prompt', name: 'fp_copilot_answer', version: 4 },
  requester: 'arn:aws:iam::1:user/kim',
  at: '2026-11-24T09:00:00.000Z',
  evidenceDays: 7,
  datasetDigest: 'rows-1',
  goals: [faithfulness],
  production: {
    kind: 'compared',
    version: 3,
    evaluationId: 'ev-0',
    metrics: [
      { metric: 'faithfulness', better: 'higher', pairs: 40, difference: 0.02, pValue: 0.4 },
    ],
  },
  tolerances: {},
  reproducibility: [{ what: 'template text', found: true, detail: '120 characters' }],
  cost: { limitUsd: 0.01, perRowUsd: 0.002, rows: 40 },
  approval: {
    needed: true,
    given: [{ by: 'arn:aws:iam::1:user/lee', at: '2026-11-24T08:00:00Z' }],
  },
}

function withGoal(measured: Partial<NonNullable<GoalEvidence['measured']>>, goal = {}): Evidence {
  return {
    ...good,
    goals: [
      {
        goal: { ...faithfulness.goal, ...goal },
        measured: { ...faithfulness.measured, ...measured } as GoalEvidence['measured'] & {},
      },
    ],
  }
}

describe('a version is promoted', () => {
  it('when every condition passes', () => {
    expect(decide(good)).toMatchObject({ promoted: true })
    expect(decide(good).conditions.map(({ condition }) => condition)).toEqual([
      'goal',
      'no regression',
      'reproducible',
      'cost',
      'approval',
    ])
  })

  it('when nothing is in production that it could be worse than', () => {
    expect(decide({ ...good, production: { kind: 'none' } }).promoted).toBe(true)
  })

  it('when a metric is worse within its tolerance, or by chance', () => {
    const worse = (difference: number, pValue: number, tolerance: number): Evidence => ({
      ...good,
      tolerances: { faithfulness: tolerance },
      production: {
        kind: 'compared',
        version: 3,
        evaluationId: 'ev-0',
        metrics: [{ metric: 'faithfulness', better: 'higher', pairs: 40, difference, pValue }],
      },
    })
    expect(decide(worse(-0.01, 0.001, 0.02)).promoted).toBe(true)
    expect(decide(worse(-0.2, 0.06, 0)).promoted).toBe(true)
    expect(decide(worse(-0.2, 0.04, 0)).promoted).toBe(false)
  })
})

describe('a version is refused, with what to do,', () => {
  const refusals: readonly (readonly [string, Evidence, RegExp, RegExp])[] = [
    ['when a goal is missed', withGoal({ value: 0.9 }), /missed with 0\.9/, /Improve/],
    ['when too few rows were scored', withGoal({ samples: 29 }), /unproven/, /30 scored rows/],
    [
      'when there is no value',
      withGoal({ value: null }),
      /unproven with no value/,
      /POST \/ops\/evaluations/,
    ],
    [
      'when the interval reaches the wrong side of a goal with a confidence',
      withGoal({ interval: { lower: 0.94, upper: 0.99 } }, { confidence: 0.95 }),
      /unproven/,
      /95 % interval/,
    ],
    [
      'when nothing measured a goal',
      { ...good, goals: [{ goal: faithfulness.goal }] },
      /no evaluation of this version/,
      /"version":"4"/,
    ],
    [
      'when the evaluation is too old',
      withGoal({ finishedAt: '2026-11-16T00:00:00.000Z' }),
      /older than 7 days/,
      /Evaluate/,
    ],
    [
      'when the evaluation is from the future',
      withGoal({ finishedAt: '2026-11-25T00:00:00.000Z' }),
      /older than/,
      /Evaluate/,
    ],
    [
      'when the evaluation began before the version was registered, though it ended after',
      {
        ...withGoal({ startedAt: '2026-11-23T23:00:00.000Z' }),
        contentSince: '2026-11-23T23:30:00.000Z',
      },
      /began before this version was registered/,
      /Evaluate/,
    ],
    [
      'when rows were left out',
      withGoal({ rows: 300, unanswered: 200 }),
      /200 of 300 were not answered \(evaluation ev-1\)/,
      /Every row needs an answer; GET \/ops\/evaluations\/ev-1\/rows/,
    ],
    ['when the rows have changed', withGoal({ datasetDigest: 'rows-0' }), /other rows/, /Evaluate/],
    ['when the rows cannot be read', { ...good, datasetDigest: null }, /other rows/, /Evaluate/],
    ['when the workload has no goals', { ...good, goals: [] }, /no quality goals/, /qualityGoals/],
    [
      'when the version in production was never evaluated',
      { ...good, production: { kind: 'not evaluated', version: 3 } },
      /version 3 in production was not evaluated/,
      /"version":"3"/,
    ],
    [
      'when something to make it again is missing',
      {
        ...good,
        reproducibility: [
          { what: 'git commit', found: false, detail: 'Train from a git checkout.' },
        ],
      },
      /git commit is missing/,
      /git checkout/,
    ],
    [
      'when a row costs too much',
      { ...good, cost: { limitUsd: 0.01, perRowUsd: 0.02, rows: 40 } },
      /0\.02 USD a row/,
      /cheaper/,
    ],
    [
      'when the cost is not known',
      { ...good, cost: { limitUsd: 0.01, perRowUsd: null, rows: 0 } },
      /not known/,
      /unpriced/,
    ],
    [
      'when only the requester has approved',
      { ...good, approval: { needed: true, given: [{ by: good.requester, at: '' }] } },
      /nobody but the requester/,
      /somebody else/,
    ],
    [
      'when only another session of the requester’s role has approved',
      {
        ...good,
        requester: 'arn:aws:sts::1:assumed-role/scientist/kim',
        approval: {
          needed: true,
          given: [{ by: 'arn:aws:sts::1:assumed-role/scientist/lee', at: '' }],
        },
      },
      /nobody but the requester/,
      /sessions of a role are one person/,
    ],
    [
      'when nobody has approved',
      { ...good, approval: { needed: true, given: [] } },
      /nobody has approved/,
      /somebody else/,
    ],
  ]

  it.each(refusals)('%s', (_, evidence, finding, remedy) => {
    const { promoted, conditions } = decide(evidence)
    expect(promoted).toBe(false)
    const failed = conditions.filter(({ passed }) => !passed)
    expect(failed).toHaveLength(1)
    expect(failed[0]?.finding).toMatch(finding)
    expect(failed[0]?.remedy).toMatch(remedy)
  })
})

const anyGoal: fc.Arbitrary<GoalEvidence> = fc.record({
  goal: fc.record({
    metric: fc.constantFrom('faithfulness', 'answer_relevancy', 'citation_accuracy'),
    comparator: fc.constantFrom('atLeast' as const, 'atMost' as const),
    target: fc.double({ min: 0, max: 1, noNaN: true }),
    minSamples: fc.integer({ min: 1, max: 60 }),
  }),
  measured: fc.record({
    evaluationId: fc.constant('ev-1'),
    finishedAt: fc.constantFrom('2026-11-24T00:00:00.000Z', '2026-11-01T00:00:00.000Z'),
    datasetDigest: fc.constantFrom('rows-1', 'rows-0'),
    value: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    samples: fc.integer({ min: 0, max: 60 }),
    interval: fc.constant(null),
    verdict: fc.constantFrom('met' as const, 'missed' as const, 'unproven' as const),
  }),
})

const anyEvidence = fc
  .record({
    goals: fc.array(anyGoal, { maxLength: 5 }),
    worse: fc.boolean(),
    reproducible: fc.boolean(),
  })
  .map(({ goals, worse, reproducible }): Evidence => ({
    ...good,
    goals,
    production: {
      kind: 'compared',
      version: 3,
      evaluationId: 'ev-0',
      metrics: [
        {
          metric: 'faithfulness',
          better: 'higher',
          pairs: 40,
          difference: worse ? -0.1 : 0,
          pValue: 0.01,
        },
      ],
    },
    reproducibility: [{ what: 'git commit', found: reproducible, detail: '' }],
  }))

describe('whatever the evidence', () => {
  it('more evidence that a goal is missed never turns a refusal into a promotion', () => {
    fc.assert(
      fc.property(anyEvidence, anyGoal, (evidence, more) => {
        const missed: GoalEvidence = {
          goal: { ...more.goal, comparator: 'atLeast', target: 1, minSamples: 1 },
          measured: { ...more.measured, value: 0.5, samples: 50 } as never,
        }
        const after = decide({ ...evidence, goals: [...evidence.goals, missed] })
        expect(after.promoted).toBe(false)
      }),
    )
  })

  it('the order of the goals does not matter', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const turned = decide({ ...evidence, goals: evidence.goals.toReversed() })
        expect(turned.promoted).toBe(decide(evidence).promoted)
      }),
    )
  })

  it('an absent metric never passes', () => {
    fc.assert(
      fc.property(anyEvidence, anyGoal, (evidence, { goal }) => {
        expect(decide({ ...evidence, goals: [...evidence.goals, { goal }] }).promoted).toBe(false)
      }),
    )
  })

  it('the decision follows from the JSON of the evidence, as the ledger keeps it', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        expect(decide(JSON.parse(JSON.stringify(evidence)) as Evidence)).toEqual(decide(evidence))
      }),
    )
  })
})
