import type { JudgeConfig } from '../../../config/environments.ts'
import type { Criterion } from '../../domain/benchmark.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { Mlflow } from '../../platform/mlflow.ts'
import type { Judge } from './judge.ts'

/** What a judge needs besides its name. */
export interface JudgeSurroundings {
  /** `evaluation.judges[name]` of the environment; not needed for `lexical-v1`. */
  readonly config?: JudgeConfig | undefined
  /** Of the workload's benchmark. */
  readonly criteria: readonly Criterion[]
  /** As role `ops`: keeps what was answered. */
  readonly database: Statements
  /** Takes the traces of the judge's calls, which is how they get a price. */
  readonly mlflow: Mlflow
  readonly evaluationId: string
  /** Calls to the judge at the same time: this batch's share of `evaluation.callsAtOnce.judge`. */
  readonly callsAtOnce: number
  /** The text of a secret, by its name. */
  readonly secretText: (name: string) => Promise<string>
  readonly now: () => Date
}

/** The judge of that name. Throws when the environment has none. */
export async function openJudge(name: string, surroundings: JudgeSurroundings): Promise<Judge> {
  void surroundings
  throw new Error(`There is no judge ${name}.`)
}
