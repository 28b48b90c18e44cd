import { emptyQuery } from '../../platform/request-fields.ts'
import { defineRoute } from '../../platform/route.ts'
import { comparisonBody, comparisonResponse } from './comparison-schema.ts'
import {
  evaluationPath,
  evaluationResponse,
  evaluationsQuery,
  evaluationsResponse,
  rowsQuery,
  rowsResponse,
  startBody,
} from './evaluation-schema.ts'
import {
  outcomesAccepted,
  outcomesBody,
  outcomesQuery,
  outcomesResponse,
} from './outcome-schema.ts'
import {
  bestRunQuery,
  bestRunResponse,
  workloadPath,
  workloadResponse,
  workloadsResponse,
} from './workload-schema.ts'

/** What the evaluation API takes and answers. */
export const evaluationRouteDefinitions = {
  start: defineRoute({
    method: 'POST',
    path: '/ops/evaluations',
    summary: 'Start an evaluation of a workload',
    querySchema: emptyQuery,
    bodySchema: startBody,
    responseSchema: evaluationResponse,
    successStatus: 202,
    otherSuccesses: { 200: 'It was started before, with the same idempotency key' },
    refusals: {
      409: 'The idempotency key stands for another evaluation',
      429: 'Too many evaluations are under way, or too many requests',
    },
  }),
  list: defineRoute({
    method: 'GET',
    path: '/ops/evaluations',
    summary: 'Evaluations, newest first',
    querySchema: evaluationsQuery,
    responseSchema: evaluationsResponse,
  }),
  one: defineRoute({
    method: 'GET',
    path: '/ops/evaluations/{id}',
    summary: 'An evaluation with its figures, and how they were made',
    querySchema: emptyQuery,
    pathSchema: evaluationPath,
    responseSchema: evaluationResponse,
  }),
  rows: defineRoute({
    method: 'GET',
    path: '/ops/evaluations/{id}/rows',
    summary: 'The rows of an evaluation as they were judged',
    querySchema: rowsQuery,
    pathSchema: evaluationPath,
    responseSchema: rowsResponse,
    refusals: { 409: 'Rows are selected by their scores once the evaluation has ended' },
  }),
  cancel: defineRoute({
    method: 'POST',
    path: '/ops/evaluations/{id}/cancel',
    summary: 'Cancel an evaluation that is under way',
    querySchema: emptyQuery,
    pathSchema: evaluationPath,
    responseSchema: evaluationResponse,
    refusals: { 409: 'The evaluation has ended' },
  }),
  reportOutcomes: defineRoute({
    method: 'POST',
    path: '/ops/outcomes',
    summary: 'Report what became of units, such as claims paid straight through',
    querySchema: emptyQuery,
    bodySchema: outcomesBody,
    responseSchema: outcomesAccepted,
  }),
  outcomes: defineRoute({
    method: 'GET',
    path: '/ops/outcomes',
    summary: 'How well a workload did in production, by the outcomes reported',
    querySchema: outcomesQuery,
    responseSchema: outcomesResponse,
  }),
  compare: defineRoute({
    method: 'POST',
    path: '/ops/comparisons',
    summary: 'Compare two evaluations of the same dataset, row by row',
    querySchema: emptyQuery,
    bodySchema: comparisonBody,
    responseSchema: comparisonResponse,
    refusals: { 409: 'The evaluations cannot be compared; `detail` says why' },
  }),
  workloads: defineRoute({
    method: 'GET',
    path: '/ops/workloads',
    summary: 'The workloads with their quality goals and latest verdicts',
    querySchema: emptyQuery,
    responseSchema: workloadsResponse,
  }),
  workload: defineRoute({
    method: 'GET',
    path: '/ops/workloads/{workload}',
    summary: 'A workload with its benchmark, its latest verdicts and their trend',
    querySchema: emptyQuery,
    pathSchema: workloadPath,
    responseSchema: workloadResponse,
  }),
  bestRun: defineRoute({
    method: 'GET',
    path: '/ops/workloads/{workload}/best-run',
    summary: 'The runs of a workload that meet all goals, best first',
    querySchema: bestRunQuery,
    pathSchema: workloadPath,
    responseSchema: bestRunResponse,
  }),
} as const
