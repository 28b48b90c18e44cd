import type { Goal } from '../lambdas/domain/goal.ts'
import type { Workload } from '../lambdas/domain/workload.ts'

/** Share of LLM calls that are traced, and share of traced calls that have a price. */
const operatingGoals: readonly Goal[] = [
  { metric: 'tracking_coverage', comparator: 'atLeast', target: 0.95, minSamples: 20 },
  { metric: 'cost_visibility', comparator: 'atLeast', target: 0.9, minSamples: 20 },
]

/** Townin's workloads. Edit this list to describe yours. */
export const workloads: readonly Workload[] = [
  {
    name: 'graphrag',
    experiment: 'graphrag',
    description: 'Answers questions on insurance policies from a graph of their clauses.',
    units: [
      {
        type: 'claim',
        goals: [{ metric: 'unit_cost_p95', comparator: 'atMost', target: 20, minSamples: 5 }],
      },
      { type: 'query' },
      { type: 'graph-build' },
    ],
    operatingGoals,
    qualityGoals: [
      { metric: 'retrieval_precision', comparator: 'atLeast', target: 0.85, minSamples: 30 },
      { metric: 'faithfulness', comparator: 'atLeast', target: 0.95, minSamples: 30 },
      { metric: 'answer_relevancy', comparator: 'atLeast', target: 0.9, minSamples: 30 },
      { metric: 'graph_coverage', comparator: 'atLeast', target: 0.9, minSamples: 30 },
    ],
    benchmark: {
      dataset: { kind: 'mlflow', name: 'graphrag-questions' },
      source: { kind: 'endpoint' },
      metrics: ['retrieval_recall', 'retrieval_mrr', 'retrieval_ndcg', 'retrieval_map'],
      // Each question is answered by one clause; the engine hands over four.
      k: 1,
      graph: { key: 'graphs/graphrag.json', hops: 2 },
      criteria: [
        {
          name: 'rests_on_clauses',
          language: 'ko',
          question: '답변이 제시된 약관 조항에만 근거하고, 조항에 없는 내용을 지어내지 않았는가?',
        },
      ],
    },
  },
  {
    name: 'flyer-scanner',
    experiment: 'flyer-scanner',
    description: 'Reads products and prices from photographed flyers with a vision model.',
    units: [
      {
        type: 'flyer',
        goals: [{ metric: 'unit_cost_p95', comparator: 'atMost', target: 0.05, minSamples: 5 }],
      },
    ],
    operatingGoals,
    qualityGoals: [
      { metric: 'field_accuracy', comparator: 'atLeast', target: 0.9, minSamples: 30 },
    ],
    benchmark: {
      dataset: { kind: 'jsonl', key: 'datasets/flyer-scanner/flyers.jsonl' },
      source: { kind: 'recorded', key: 'recorded/flyer-scanner/latest.jsonl' },
    },
  },
  {
    name: 'fp-copilot',
    experiment: 'fp-copilot',
    description: 'Drafts answers for financial planners, with citations.',
    units: [{ type: 'query' }],
    operatingGoals,
    qualityGoals: [
      { metric: 'hallucination_rate', comparator: 'atMost', target: 0.05, minSamples: 30 },
      { metric: 'citation_accuracy', comparator: 'atLeast', target: 0.95, minSamples: 30 },
    ],
    benchmark: {
      dataset: { kind: 'mlflow', name: 'fp-copilot-questions' },
      source: { kind: 'endpoint' },
      metrics: ['faithfulness', 'answer_relevancy', 'expected_calibration_error'],
    },
    gate: { prompts: ['fp_copilot_answer'], rollBackAfterHours: 20 },
  },
  {
    name: 'fraud-detector',
    experiment: 'fraud-detector',
    description: 'Scores claims for fraud; a claim that passes is paid straight through.',
    units: [{ type: 'claim' }],
    operatingGoals,
    qualityGoals: [
      {
        metric: 'straight_through_processing_rate',
        comparator: 'atLeast',
        target: 0.6,
        minSamples: 100,
      },
    ],
    benchmark: {
      dataset: { kind: 'jsonl', key: 'datasets/fraud-detector/claims.jsonl' },
      source: { kind: 'outcomes', days: 30 },
      metrics: ['classification_precision', 'classification_recall', 'classification_f1'],
    },
    gate: { models: ['fraud-detector'] },
  },
  {
    name: 'golden-routine',
    experiment: 'golden-routine',
    description: 'Checks how far event logs of claims conform to the model process.',
    units: [{ type: 'event-log' }],
    operatingGoals,
    qualityGoals: [
      { metric: 'conformance_fitness', comparator: 'atLeast', target: 0.9 },
      { metric: 'conformance_duration', comparator: 'atMost', target: 500 },
    ],
    benchmark: {
      dataset: {
        kind: 'event-log',
        log: 'datasets/golden-routine/claims.csv',
        model: 'datasets/golden-routine/model.pnml',
      },
      source: { kind: 'dataset' },
      metrics: ['conformance_token_fitness', 'conformance_precision'],
    },
  },
]
