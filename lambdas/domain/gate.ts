/** What a model or prompt version must satisfy before it may become `production`. */
export interface Gate {
  /** Registered models that are guarded. @default none */
  readonly models?: readonly string[]
  /** Prompts that are guarded. @default none */
  readonly prompts?: readonly string[]
  /** Days after which an evaluation proves nothing any more. @default 7 */
  readonly evidenceDays?: number
  /**
   * How much worse than the version in production a metric may be, in the metric's own unit. A difference counts when
   * it is significant (95 %, Holm's correction). @default 0 for every metric of the benchmark
   */
  readonly tolerances?: Readonly<Record<string, number>>
  /** What one row of the benchmark may cost, in USD. @default not asked */
  readonly costPerRowUsd?: number
  /** Whether somebody else than the requester must approve. @default false */
  readonly approval?: boolean
  /** Whether a rollback of one name takes the others along: a model and the prompt that was written for it. @default false */
  readonly together?: boolean
  /** Hours for which production goals may stay missed before the version before returns. @default never */
  readonly rollBackAfterHours?: number
}

/** Days after which an evaluation proves nothing any more, unless a gate says otherwise. */
export const defaultEvidenceDays = 7
