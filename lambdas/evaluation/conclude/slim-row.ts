import type { ScoredRow } from '../row.ts'

/** Outputs that figures of all rows are made of. */
const decisions = new Set(['predicted', 'straightThrough', 'confidence'])

type Score = ScoredRow['scores'][number]

/**
 * Keeps of a row what figures are made of, so that those of 100,000 rows fit into memory: ids, labels, decisions and
 * scores, but neither questions, contexts nor rationales. Reasons of missing scores stay, for figures count them.
 * @param intern gives the same text for equal ones: names and reasons recur in every row
 */
export function slimRow(row: ScoredRow, intern: (text: string) => string): ScoredRow {
  const { inputs: _, contexts: __, outputs: ___, expectations, ...rest } = row
  const { actual, correct, answer, clauses, entries } = expectations ?? {}
  return {
    ...rest,
    inputs: {},
    failure: row.failure === null ? null : intern(row.failure),
    outputs: slimOutputs(row.outputs, answer !== undefined),
    expectations: { actual, correct, answer, clauses, entries },
    scores: row.scores.map((score) => slimScore(score, intern)),
  }
}

/** A copy of each different text, shared by all that have it. */
export function interning(): (text: string) => string {
  const known = new Map<string, string>()
  return (text) => {
    const same = known.get(text)
    if (same !== undefined) return same
    known.set(text, text)
    return text
  }
}

/** The answer in words is only compared with an expected one. */
function slimOutputs(outputs: ScoredRow['outputs'], isCompared: boolean): ScoredRow['outputs'] {
  if (typeof outputs === 'string') return isCompared ? outputs : undefined
  if (typeof outputs !== 'object' || outputs === null || Array.isArray(outputs)) return undefined
  return Object.fromEntries(
    Object.entries(outputs).filter(
      ([name]) => decisions.has(name) || (isCompared && name === 'answer'),
    ),
  )
}

/** Of the parts, the figures of an event log add up the numbers of its cases. */
function slimScore(score: Score, intern: (text: string) => string): Score {
  return {
    name: intern(score.name),
    version: intern(score.version),
    score: score.score,
    rationale: score.score === null ? intern(score.rationale) : '',
    parts:
      score.name === 'conformance'
        ? Object.fromEntries(
            Object.entries(score.parts).filter(([, part]) => typeof part === 'number'),
          )
        : {},
  }
}
