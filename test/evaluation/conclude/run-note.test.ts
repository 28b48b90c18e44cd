import { describe, expect, it } from 'vitest'
import type { Figure } from '../../../lambdas/evaluation/conclude/figures.ts'
import { runNote } from '../../../lambdas/evaluation/conclude/run-note.ts'
import type { StoredEvaluation } from '../../../lambdas/evaluation/read-evaluation.ts'
import { request } from './rows.ts'

const evaluation: StoredEvaluation = {
  id: 'ev-1',
  idempotencyKey: 'ev-1',
  request,
  subject: { kind: 'prompt-version', name: 'insurance_qa', version: '4' },
  status: 'incomplete',
  reason: '2 of 50 rows failed: <b>No</b> answer | at all.',
  requestedBy: 'schedule',
  requestedAt: '2026-11-24T17:00:00Z',
  startedAt: null,
  finishedAt: null,
  executionArn: '',
  experimentId: '7',
  runId: 'run-1',
  datasetDigest: 'd1',
  rows: 50,
  rejectedRows: 0,
  failedRows: 2,
  batches: 1,
  madeWith: {},
  subjectCostNanoUsd: 12_300_000,
  judgeCostNanoUsd: null,
}

const figure: Figure = {
  metric: 'faithfulness',
  version: '1',
  value: 0.9496,
  lower: 0.91,
  upper: 0.97,
  method: 'bootstrap',
  scored: 48,
  unscored: 2,
  samples: 48,
  goal: { metric: 'faithfulness', comparator: 'atLeast', target: 0.95 },
  verdict: 'missed',
}

describe('the description of a run', () => {
  it('says how it ended, what was judged, and each figure with its goal', () => {
    expect(
      runNote(evaluation, [
        figure,
        {
          ...figure,
          metric: 'latency_p95',
          value: null,
          lower: null,
          upper: null,
          samples: 0,
          goal: null,
          verdict: null,
        },
      ]),
    ).toBe(
      [
        '**incomplete**: 2 of 50 rows failed: \\<b\\>No\\</b\\> answer \\| at all.',
        'Evaluation ev-1 of prompt insurance_qa version 4: 50 rows, 2 failed, judge stand-in, cost of the application 0.0123 USD.',
        [
          '| Metric | Figure | 95 % interval | Samples | Goal | Verdict |',
          '|---|---|---|---|---|---|',
          '| faithfulness | 94.96 % | 91.0 % to 97.0 % | 48 | at least 95 % | ❌ missed |',
          '| latency_p95 | none |  | 0 |  |  |',
        ].join('\n'),
      ].join('\n\n'),
    )
  })
})
