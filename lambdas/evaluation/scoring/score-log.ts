import { type CaseConformance, checkConformance } from '../conformance/check-conformance.ts'
import type { Case, EventLog } from '../conformance/event-log.ts'
import { readLogFile } from '../conformance/read-log-file.ts'
import { readPetriNet } from '../conformance/read-petri-net.ts'
import { UnreadableFile } from '../conformance/unreadable-file.ts'
import type { Score } from '../metrics/metric.ts'
import { metrics } from '../metrics/registry.ts'
import type { AnsweredRow } from '../row.ts'
import type { ConformanceSummary } from './conformance-summary.ts'
import { unscoredOn } from './score-row.ts'

/** A file of the artifact bucket; `bytes` is absent when there is none of that key. */
export interface LogFile {
  readonly key: string
  readonly bytes: Uint8Array | undefined
}

/** What an event log is checked with. */
export interface LogCheck {
  readonly log: LogFile
  readonly model: LogFile
  /** A clock in milliseconds. */
  readonly clock: () => number
  /** Time after which no further variant is aligned. */
  readonly maxMilliseconds: number
  /** Most states that are explored for a case. @default that of `AlignmentOptions` */
  readonly maxStates?: number | undefined
}

/** Scores of the cases, and what is only known of the log as a whole. */
export interface LogScores {
  /** One of metric `conformance` for each row, in the order of the rows. */
  readonly scores: readonly Score[]
  /** `null` when a file could not be read. */
  readonly summary: ConformanceSummary | null
}

const warningsKept = 20

/**
 * Checks a log against its model and scores the rows, which are its cases by `inputs.caseId`. Cases of the log that no
 * row names are left out, so that all figures are of the rows; a row whose case is not in the log is unscored. A file
 * that cannot be used leaves every row unscored with what is wrong with it.
 */
export function scoreLog(rows: readonly AnsweredRow[], check: LogCheck): LogScores {
  const { clock, maxMilliseconds, maxStates } = check
  const begin = clock()
  try {
    const net = readPetriNet(bytesOf('model', check.model))
    const log = readLogFile(check.log.key, bytesOf('event log', check.log))
    const named = casesNamedBy(rows, log)
    const kept = new Set(named)
    const cases = log.cases.filter((each) => kept.has(each))
    const found = checkConformance(net, { ...log, cases }, clock, { maxMilliseconds, maxStates })
    const byCase = new Map(cases.map((each, index) => [each, found.cases[index]]))
    return {
      scores: rows.map((row, index) => scoreOf(row, byCase, named[index])),
      summary: {
        cases: cases.length,
        unaligned: found.unaligned,
        tokenPrecision: found.tokenPrecision,
        alignmentPrecision: found.alignmentPrecision,
        fittingCases: found.fittingCases,
        milliseconds: clock() - begin,
        warnings: found.warnings.slice(0, warningsKept).map(({ message }) => message),
      },
    }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    const { message } = error
    return {
      scores: rows.map(({ failure }) => unscoredOn('conformance', failure ?? message)),
      summary: null,
    }
  }
}

function bytesOf(what: string, { key, bytes }: LogFile): Uint8Array {
  if (bytes !== undefined) return bytes
  const message = `There is no ${key} in the artifact bucket`
  throw new UnreadableFile(what, [{ line: null, message }])
}

/** The case of each row; where several cases have one name, the rows of that name take them in order. */
function casesNamedBy(rows: readonly AnsweredRow[], log: EventLog): (Case | undefined)[] {
  const waiting = Map.groupBy(log.cases, ({ id }) => id)
  return rows.map(({ failure, inputs: { caseId } }) =>
    failure === null && typeof caseId === 'string' ? waiting.get(caseId)?.shift() : undefined,
  )
}

function scoreOf(
  { failure, inputs: { caseId } }: AnsweredRow,
  byCase: ReadonlyMap<Case, CaseConformance | undefined>,
  named: Case | undefined,
): Score {
  const found = named && byCase.get(named)
  if (found !== undefined) return metrics.conformance.score(found)
  const reason = `There is no case ${JSON.stringify(caseId ?? null)} in the event log.`
  return unscoredOn('conformance', failure ?? reason)
}
