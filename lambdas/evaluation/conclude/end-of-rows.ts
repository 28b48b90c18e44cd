import type { EvaluationPlan, EvaluationStatus } from '../plan.ts'
import { trimReason } from './failure-reason.ts'
import type { GatheredRows } from './gather-rows.ts'

/** How an evaluation ended, by its rows. */
export interface EvaluationEnd {
  readonly status: Extract<EvaluationStatus, 'completed' | 'incomplete' | 'failed' | 'cancelled'>
  /** Empty when it is complete. */
  readonly reason: string
}

/** `completed`, `incomplete` or `failed`, with what is missing and the most frequent reason for it. */
export function endOfRows(
  plan: EvaluationPlan,
  { rows, technicalReasons }: GatheredRows,
): EvaluationEnd {
  const { rejected } = plan.dataset
  const failures = rows.map(({ failure }) => failure).filter((failure) => failure !== null)
  if (rows.length === 0) {
    return { status: 'failed', reason: trimReason(`There were no rows. ${ofRejected(rejected)}`) }
  }
  const missing = [
    failures.length === 0
      ? ''
      : `${failures.length} of ${count(rows.length, 'row')} failed: ${mostFrequent(failures)}`,
    technicalReasons.length === 0
      ? ''
      : `${count(technicalReasons.length, 'score')} could not be had: ${mostFrequent(technicalReasons)}`,
    ofRejected(rejected),
  ].filter((part) => part !== '')
  const reason = trimReason(missing.join(' '))
  if (failures.length === rows.length) return { status: 'failed', reason }
  return { status: missing.length === 0 ? 'completed' : 'incomplete', reason }
}

function ofRejected(rejected: number): string {
  if (rejected === 0) return ''
  const rows = count(rejected, 'row')
  return `${rows} of the dataset did not fit; rejected.jsonl of the evaluation says why.`
}

/** The reason that most have, as a sentence; how many have it where there are others. */
function mostFrequent(reasons: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const [[reason, most] = ['', 0]] = [...counts].toSorted(([, left], [, right]) => right - left)
  const shown = trimReason(reason).slice(0, 200)
  const sentence = /[.!?…]$/u.test(shown) ? shown : `${shown}.`
  return counts.size === 1 ? sentence : `${sentence.slice(0, -1)} (${most} times, most often).`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
