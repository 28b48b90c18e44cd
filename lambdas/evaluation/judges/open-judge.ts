import { randomUUID } from 'node:crypto'
import type { JudgeConfig } from '../../../config/environments.ts'
import type { Criterion } from '../../domain/benchmark.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { Mlflow } from '../../platform/mlflow.ts'
import { aiSdkModel } from './ai-sdk-model.ts'
import type { Judge } from './judge.ts'
import { Judgements } from './judgements.ts'
import { judgementsIn } from './judgement-store.ts'
import { lexicalJudgeName } from '../../domain/lexical-judge.ts'
import { lexicalJudge } from './lexical.ts'
import { LlmJudge } from './llm-judge.ts'
import { type Pacing, usualPatience } from './patience.ts'
import { ProviderGate } from './provider-gate.ts'
import { traceJudgeCalls } from './trace-judge-calls.ts'

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

/** Time and chance as they are. */
const realPacing: Pacing = {
  clock: () => performance.now(),
  sleep: async (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: Math.random,
}

/** The judge of that name. Throws when the environment has none, or when the secret of its key cannot be read. */
export async function openJudge(name: string, surroundings: JudgeSurroundings): Promise<Judge> {
  const { config, criteria, database, evaluationId } = surroundings
  if (name === lexicalJudgeName) return lexicalJudge(criteria)
  if (config === undefined) {
    throw new Error(`evaluation.judges of the environment has no judge ${name}.`)
  }
  const secretName = config.provider === 'openai-compatible' ? config.secretName : undefined
  const key = secretName === undefined ? undefined : await surroundings.secretText(secretName)
  const claimant = randomUUID()
  const store = judgementsIn(database, { id: claimant, judge: name, evaluationId })
  const judgements = new Judgements(store, realPacing)
  return new LlmJudge({
    name,
    criteria,
    judgements,
    asking: {
      model: aiSdkModel(config, key),
      gate: new ProviderGate(Math.max(1, Math.floor(surroundings.callsAtOnce)), realPacing),
      patience: usualPatience,
      pacing: realPacing,
      claimant,
      now: surroundings.now,
      record: (call) => judgements.record(call),
    },
    handOver: async () => traceJudgeCalls(database, surroundings.mlflow, evaluationId),
  })
}
