import type { Evaluation } from '../../local/benchmarks.ts'

/** An evaluation as the API answers it; `more` replaces parts of it. */
export const evaluationOf = (more: Partial<Evaluation> = {}): Evaluation => ({
  id: 'ev-0123456789abcdefghjk',
  workload: 'graphrag',
  standing: true,
  subject: { kind: 'application' },
  status: 'completed',
  reason: '',
  requestedBy: 'schedule',
  requestedAt: '2026-11-24T00:00:00.000Z',
  startedAt: '2026-11-24T00:00:01.000Z',
  finishedAt: '2026-11-24T00:00:09.000Z',
  source: { kind: 'endpoint' },
  dataset: { kind: 'mlflow', name: 'graphrag-questions' },
  datasetDigest: 'digest',
  metrics: ['faithfulness'],
  judge: 'lexical-v1',
  k: 1,
  parameters: {},
  rows: 45,
  rejectedRows: 0,
  failedRows: 0,
  subjectCostNanoUsd: null,
  judgeCostNanoUsd: null,
  links: {
    self: '/ops/evaluations/ev-0123456789abcdefghjk',
    rows: '/ops/evaluations/ev-0123456789abcdefghjk/rows',
    mlflowRun: 'http://front.door/#/experiments/1/runs/abc',
  },
  idempotencyKey: 'key',
  madeWith: {},
  figures: [],
  ...more,
})

/** A figure with a goal; `more` replaces parts of it. */
export const figureOf = (
  more: Partial<Evaluation['figures'][number]> = {},
): Evaluation['figures'][number] => ({
  metric: 'faithfulness',
  version: '1',
  value: 0.9312,
  lower: 0.9021,
  upper: 0.9577,
  intervalMethod: 'bootstrap',
  samples: 45,
  scored: 45,
  unscored: 0,
  definition: '',
  goal: null,
  verdict: 'missed',
  ...more,
})
