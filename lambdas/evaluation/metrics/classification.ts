import { defineMetric, type Finding, unscored } from './metric.ts'

/** A case that a classifier decided: `true` is the class that is looked for (fraud). */
export interface ClassifiedRow {
  /** `null` when it did not decide. */
  readonly predicted: boolean | null
  /** `null` when what is true is not known. */
  readonly actual: boolean | null
}

/** A case and whether it went through without a person. */
export interface ProcessedRow {
  /** `null` when that is not known. */
  readonly straightThrough: boolean | null
}

interface Counts {
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
  readonly unknown: number
}

const source = 'van Rijsbergen, Information Retrieval, 1979; equal to scikit-learn'

/** Found and true / found. */
export const classificationPrecision = defineMetric<readonly ClassifiedRow[]>(
  {
    name: 'classification_precision',
    version: '1',
    per: 'evaluation',
    better: 'higher',
    definition:
      'True positives / all predicted positives, of the rows with a decision and a label.',
    source,
  },
  (rows) => share(rows, (counts) => [counts.truePositives, counts.falsePositives]),
)

/** Found and true / true. */
export const classificationRecall = defineMetric<readonly ClassifiedRow[]>(
  {
    name: 'classification_recall',
    version: '1',
    per: 'evaluation',
    better: 'higher',
    definition: 'True positives / all actual positives, of the rows with a decision and a label.',
    source,
  },
  (rows) => share(rows, (counts) => [counts.truePositives, counts.falseNegatives]),
)

/** Harmonic mean of precision and recall. */
export const classificationF1 = defineMetric<readonly ClassifiedRow[]>(
  {
    name: 'classification_f1',
    version: '1',
    per: 'evaluation',
    better: 'higher',
    definition: '2 true positives / (2 true positives + false positives + false negatives).',
    source,
  },
  (rows) =>
    share(rows, (counts) => [
      2 * counts.truePositives,
      counts.falsePositives + counts.falseNegatives,
    ]),
)

/** Straight through / known. */
export const straightThroughProcessingRate = defineMetric<readonly ProcessedRow[]>(
  {
    name: 'straight_through_processing_rate',
    version: '1',
    per: 'evaluation',
    better: 'higher',
    definition: 'Cases that went through without a person / cases of which that is known.',
    source: 'the term as insurers use it',
  },
  (rows) => {
    const known = rows.filter(({ straightThrough }) => straightThrough !== null)
    const through = known.filter(({ straightThrough }) => straightThrough).length
    const parts = { through, known: known.length, unknown: rows.length - known.length }
    if (known.length === 0) return unscored('Of no case is it known how it was processed.', parts)
    return {
      score: through / known.length,
      rationale: `${through} of ${known.length} cases went straight through.`,
      parts,
    }
  },
)

function share(
  rows: readonly ClassifiedRow[],
  fractionOf: (counts: Counts) => readonly [counted: number, others: number],
): Finding {
  const counts = count(rows)
  const [counted, others] = fractionOf(counts)
  if (counts.unknown === rows.length) {
    return unscored('No row has both a decision and a label.', { ...counts })
  }
  if (counted + others === 0) {
    return unscored('There are no positives to take a share of.', { ...counts })
  }
  return {
    score: counted / (counted + others),
    rationale: `${counts.truePositives} true and ${counts.falsePositives} false positives, ${counts.falseNegatives} missed.`,
    parts: { ...counts },
  }
}

function count(rows: readonly ClassifiedRow[]): Counts {
  const howMany = (predicted: boolean, actual: boolean): number =>
    rows.filter((row) => row.predicted === predicted && row.actual === actual).length
  return {
    truePositives: howMany(true, true),
    falsePositives: howMany(true, false),
    falseNegatives: howMany(false, true),
    trueNegatives: howMany(false, false),
    unknown: rows.filter(({ predicted, actual }) => predicted === null || actual === null).length,
  }
}
