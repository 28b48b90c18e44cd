import { lexicalAnswerRelevancy } from '../lexical-judge/answer-relevancy.ts'
import { expectedCalibrationError } from './calibration.ts'
import { citationAccuracy, faithfulness, hallucinationRate } from './claims.ts'
import {
  classificationF1,
  classificationPrecision,
  classificationRecall,
  straightThroughProcessingRate,
} from './classification.ts'
import { fieldAccuracy } from './field-accuracy.ts'
import { graphCoverage } from './graph-coverage.ts'
import {
  retrievalMap,
  retrievalMrr,
  retrievalNdcg,
  retrievalPrecision,
  retrievalRecall,
} from './retrieval.ts'

/** Every metric that is computed by code, by the name that goals use. */
export const metrics = {
  retrieval_precision: retrievalPrecision,
  retrieval_recall: retrievalRecall,
  retrieval_mrr: retrievalMrr,
  retrieval_ndcg: retrievalNdcg,
  retrieval_map: retrievalMap,
  faithfulness,
  hallucination_rate: hallucinationRate,
  citation_accuracy: citationAccuracy,
  answer_relevancy: lexicalAnswerRelevancy,
  field_accuracy: fieldAccuracy,
  classification_precision: classificationPrecision,
  classification_recall: classificationRecall,
  classification_f1: classificationF1,
  straight_through_processing_rate: straightThroughProcessingRate,
  expected_calibration_error: expectedCalibrationError,
  graph_coverage: graphCoverage,
} as const
