import { defineMetric, unscored } from './metric.ts'

/** A unit and whether it is known what became of it. */
export interface ConcludedRow {
  readonly known: boolean
}

/** Units with a known outcome / units. */
export const outcomeCoverage = defineMetric<readonly ConcludedRow[]>(
  {
    name: 'outcome_coverage',
    version: '1',
    per: 'evaluation',
    better: 'higher',
    definition:
      'Units of which it was reported what they really were or how they were processed / all units of the evaluation.',
    source: 'our own',
  },
  (rows) => {
    const known = rows.filter((row) => row.known).length
    const parts = { known, unknown: rows.length - known }
    if (rows.length === 0) return unscored('There are no units.', parts)
    return {
      score: known / rows.length,
      rationale: `Of ${known} of ${rows.length} units the outcome is known.`,
      parts,
    }
  },
)
