export { type EvaluationScores, evaluationScores } from '../domain/evaluation-scores.ts'
