import { lexicalAnswerRelevancy } from '../lexical-judge/answer-relevancy.ts'
import { expectedCalibrationError } from './calibration.ts'
import { citationAccuracy, faithfulness, hallucinationRate } from './claims.ts'
import {
  classificationF1,
  classificationPrecision,
  classificationRecall,
  straightThroughProcessingRate,
} from './classification.ts'
import {
  conformance,
  conformanceAlignmentPrecision,
  conformanceDuration,
  conformanceFitness,
  conformancePrecision,
  conformanceTokenFitness,
} from './conformance.ts'
import { contextPrecision } from './context-precision.ts'
import { fieldAccuracy } from './field-accuracy.ts'
import { graphCoverage } from './graph-coverage.ts'
import { answerRelevancy } from './judged-relevancy.ts'
import type { MetricDefinition } from './metric.ts'
import { costPerRow, latency, latencyP95, tokensPerRow } from './operation.ts'
import { outcomeCoverage } from './outcome-coverage.ts'
import {
  retrievalMap,
  retrievalMrr,
  retrievalNdcg,
  retrievalPrecision,
  retrievalRecall,
} from './retrieval.ts'

/** Every metric by the name that goals use, with its scorer. What is not here is a criterion of a benchmark. */
export const metrics = {
  retrieval_precision: retrievalPrecision,
  retrieval_recall: retrievalRecall,
  retrieval_mrr: retrievalMrr,
  retrieval_ndcg: retrievalNdcg,
  retrieval_map: retrievalMap,
  context_precision: contextPrecision,
  faithfulness,
  hallucination_rate: hallucinationRate,
  citation_accuracy: citationAccuracy,
  answer_relevancy: answerRelevancy,
  field_accuracy: fieldAccuracy,
  classification_precision: classificationPrecision,
  classification_recall: classificationRecall,
  classification_f1: classificationF1,
  straight_through_processing_rate: straightThroughProcessingRate,
  outcome_coverage: outcomeCoverage,
  expected_calibration_error: expectedCalibrationError,
  graph_coverage: graphCoverage,
  conformance,
  conformance_fitness: conformanceFitness,
  conformance_token_fitness: conformanceTokenFitness,
  conformance_precision: conformancePrecision,
  conformance_alignment_precision: conformanceAlignmentPrecision,
  conformance_duration: conformanceDuration,
  latency,
  latency_p95: latencyP95,
  tokens_per_row: tokensPerRow,
  cost_per_row_usd: costPerRow,
} as const

/** Names of {@link metrics}. */
export type MetricName = keyof typeof metrics

/** Definitions that share the name of a metric: the figure's version says which one it is. */
const others: readonly MetricDefinition[] = [lexicalAnswerRelevancy]

/** Whether a name is that of a metric, not of a criterion. */
export function isMetric(name: string): name is MetricName {
  return Object.hasOwn(metrics, name)
}

/** All definitions of a metric, the main one first; none for a criterion. */
export function definitionsOf(name: string): readonly MetricDefinition[] {
  if (!isMetric(name)) return []
  return [metrics[name], ...others.filter((definition) => definition.name === name)]
}
