/** What a score was made of, as JSON. */
export type Part =
  | string
  | number
  | boolean
  | null
  | readonly Part[]
  | { readonly [name: string]: Part }

/** What a scorer found: `score` is `null`, never 0, for what cannot be scored. */
export interface Finding {
  readonly score: number | null
  /** Why, in a sentence. */
  readonly rationale: string
  readonly parts: { readonly [name: string]: Part }
}

/** A finding with the metric and the version of its definition that made it. */
export interface Score extends Finding {
  readonly name: string
  readonly version: string
}

/** A metric as `docs/metrics.md` lists it. */
export interface MetricDefinition {
  /** The name that goals use. */
  readonly name: string
  /** Rises whenever the same input could give another score. */
  readonly version: string
  /** `row`: each row has a score and the figure is their mean; `evaluation`: one score of all rows together. */
  readonly per: 'row' | 'evaluation'
  readonly better: 'higher' | 'lower'
  readonly definition: string
  readonly source: string
}

/** A definition with its scorer, a pure function. */
export interface Metric<Input> extends MetricDefinition {
  score(input: Input): Score
}

/** Joins a definition and the function that finds its score. */
export function defineMetric<Input>(
  definition: MetricDefinition,
  find: (input: Input) => Finding,
): Metric<Input> {
  const { name, version } = definition
  return { ...definition, score: (input) => ({ name, version, ...find(input) }) }
}

/** For what cannot be scored: the reason, and what is known all the same. */
export function unscored(
  rationale: string,
  parts: { readonly [name: string]: Part } = {},
): Finding {
  return { score: null, rationale, parts }
}

/** The mean of the rows of one metric, with the rows that it rests on and those it does not. */
export interface Summary {
  /** `null` where no row could be scored. */
  readonly value: number | null
  readonly scored: number
  readonly unscored: number
}

/** The figure of a metric that is scored per row: rows without a score are counted, not averaged. */
export function summarize(scores: readonly Pick<Score, 'score'>[]): Summary {
  const known = scores.map(({ score }) => score).filter((score) => score !== null)
  return {
    value: known.length === 0 ? null : known.reduce((sum, score) => sum + score, 0) / known.length,
    scored: known.length,
    unscored: scores.length - known.length,
  }
}
