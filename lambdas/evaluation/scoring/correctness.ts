import type { ScoredRow } from '../row.ts'
import { answerOf, predictedOf } from './row-content.ts'

/** Where it is known from that an answer is right: see {@link correctnessOf}. */
export type CorrectnessSource = 'label' | 'decision' | 'expected answer' | 'faithfulness'

/** Whether an answer is right, and how that is known. */
export interface Correctness {
  readonly correct: boolean
  readonly from: CorrectnessSource
}

/**
 * Whether the answer of a row is right, for calibration; `null` when nothing says. The first that applies:
 * 1. the label `correct`;
 * 2. a decision with a label: they are equal;
 * 3. an expected answer that is equal but for Unicode forms, capitals, punctuation and white space: right;
 * 4. a score of faithfulness: right when every claim is supported (1). An answer that is faithful and beside the point
 *    counts as right here, so figures rest on labels wherever there are any;
 * 5. an expected answer that is not equal: wrong. For free text this is strict, and the parts of the figure say so.
 */
export function correctnessOf(row: ScoredRow): Correctness | null {
  if (row.failure !== null) return null
  const { correct, actual, answer: expected } = row.expectations ?? {}
  if (correct !== undefined) return { correct, from: 'label' }
  const predicted = predictedOf(row)
  if (actual !== undefined && predicted !== null) {
    return { correct: actual === predicted, from: 'decision' }
  }
  const answer = answerOf(row)
  const equal =
    expected === undefined || answer === undefined ? null : plain(expected) === plain(answer)
  if (equal === true) return { correct: true, from: 'expected answer' }
  const faithfulness = row.scores.find(({ name }) => name === 'faithfulness')?.score ?? null
  if (faithfulness !== null) return { correct: faithfulness === 1, from: 'faithfulness' }
  return equal === null ? null : { correct: false, from: 'expected answer' }
}

function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\p{P}\p{Z}\s]+/gu, '')
}
