import type { Score } from '../metrics/metric.ts'
import type { AnsweredRow } from '../row.ts'

/** What a judge is: recorded with every evaluation, so that figures say how they were made. */
export interface JudgeIdentity {
  /** `lexical-v1`, or the judge's name in `evaluation.judges` of the environment. */
  readonly name: string
  /** Id of the LLM; empty for a judge without one. */
  readonly model: string
  /** Id of the model that compares questions for `answer_relevancy`; empty where there is none. */
  readonly embeddingModel: string
  /** By task (`claims`, `answer_relevancy`, `context_precision`, `criterion`); empty for a judge without prompts. */
  readonly promptVersions: Readonly<Record<string, string>>
}

/** Scores rows on the metrics that need a judgement. */
export interface Judge {
  readonly identity: JudgeIdentity
  /** Whether it can score a metric, which may be the name of a criterion. */
  canScore(metric: string): boolean
  /**
   * Scores of the asked metrics (judged ones and criteria) for one row, in their order. Rows may be scored side by side.
   * Never throws for a row: what cannot be scored is `null` with the reason, and `parts.technical` is `true` where a
   * later attempt could succeed (the judge was away, or answered what does not fit).
   */
  scoreRow(row: AnsweredRow, metrics: readonly string[]): Promise<Score[]>
  /** Writes what is still buffered: cache entries and the traces of its calls. Safe to call again. */
  flush(): Promise<void>
}
