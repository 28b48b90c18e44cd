import type { Criterion } from '../../../lambdas/domain/benchmark.ts'
import type { JudgeCall } from '../../../lambdas/evaluation/judges/judge-call.ts'
import { Judgements } from '../../../lambdas/evaluation/judges/judgements.ts'
import type {
  Claim,
  JudgementStore,
  Question,
} from '../../../lambdas/evaluation/judges/judgement-store.ts'
import { LlmJudge } from '../../../lambdas/evaluation/judges/llm-judge.ts'
import type { ChatCall, JudgeModel, ModelUsage } from '../../../lambdas/evaluation/judges/model.ts'
import type { Pacing, Patience } from '../../../lambdas/evaluation/judges/patience.ts'
import { ProviderGate } from '../../../lambdas/evaluation/judges/provider-gate.ts'
import type { AnsweredRow } from '../../../lambdas/evaluation/row.ts'

/** A row as a test describes it. */
export function row(
  answer: unknown,
  contexts?: AnsweredRow['contexts'],
  question: string | undefined = '보험금은 언제 지급되나요?',
): AnsweredRow {
  return {
    id: 'r1',
    inputs: question === undefined ? {} : { question },
    outputs: answer as AnsweredRow['outputs'],
    contexts,
    traceId: null,
    milliseconds: null,
    failure: null,
  }
}

/** A clock that sleeping moves, so that no test waits. */
export class PlayedTime implements Pacing {
  now = 0
  readonly slept: number[] = []
  readonly clock = (): number => this.now
  readonly sleep = async (milliseconds: number): Promise<void> => {
    this.slept.push(milliseconds)
    this.now += milliseconds
    await new Promise((resolve) => setImmediate(resolve))
  }
  readonly random = (): number => 1
}

/** Answers in memory; several claimants may share it. */
export class PlayedStore {
  readonly answers = new Map<string, unknown>()
  readonly claims = new Map<string, string>()
  readonly calls = new Map<string, JudgeCall>()
  statements = 0

  as(claimant: string): JudgementStore {
    return {
      claim: async (questions: readonly Question[]) => {
        this.statements += 1
        return questions.map(({ key }): Claim => {
          if (this.answers.has(key)) return { state: 'answered', answer: this.answers.get(key) }
          if (this.claims.has(key)) return { state: 'taken' }
          this.claims.set(key, claimant)
          return { state: 'claimed' }
        })
      },
      renew: async () => undefined,
      keep: async ({ answers, calls, released }) => {
        this.statements += 1
        for (const { question, answer } of answers) this.answers.set(question.key, answer)
        for (const call of calls) this.calls.set(call.callId, call)
        for (const key of released) this.claims.delete(key)
      },
    }
  }
}

const usage: ModelUsage = {
  inputTokens: 100,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 20,
  reasoningTokens: 0,
}

/** A model that a function plays: it sees the call and gives an object or a text. */
export function playedModel(
  answer: (call: ChatCall) => unknown,
  more: Partial<JudgeModel> = {},
): JudgeModel & { readonly asked: ChatCall[] } {
  const asked: ChatCall[] = []
  return {
    asked,
    place: 'played',
    provider: '',
    model: 'gpt-4o-mini',
    embeddingModel: 'text-embedding-3-small',
    embeddedAtOnce: 100,
    async chat(call) {
      asked.push(call)
      const given = answer(call)
      return { text: typeof given === 'string' ? given : JSON.stringify(given), cut: false, usage }
    },
    async embed(texts) {
      return { vectors: texts.map(() => [1, 0]), usage }
    },
    ...more,
  }
}

/** The data that a call shows. */
export function dataOf(call: ChatCall): any {
  const line = call.turns[0]?.text.split('\n')[1] ?? ''
  return JSON.parse(line)
}

/** Which task a call is for. */
export const taskOf = (call: ChatCall): string => call.schemaName.replace('judge_', '')

export const quickPatience: Patience = {
  callLimit: 1_000,
  attempts: 4,
  firstPause: 10,
  longestPause: 5_000,
  answerLimit: 20_000,
}

/** A judge on a model, with what it did. */
export function judgeOn(
  model: JudgeModel,
  more: {
    readonly criteria?: readonly Criterion[]
    readonly store?: PlayedStore
    readonly time?: Pacing
    readonly patience?: Patience
    readonly claimant?: string
    readonly callsAtOnce?: number
  } = {},
) {
  const { store = new PlayedStore(), time = new PlayedTime(), claimant = 'a' } = more
  const judgements = new Judgements(store.as(claimant), time)
  const judge = new LlmJudge({
    name: 'test-judge',
    criteria: more.criteria ?? [],
    judgements,
    asking: {
      model,
      gate: new ProviderGate(more.callsAtOnce ?? 5, time),
      patience: more.patience ?? quickPatience,
      pacing: time,
      claimant,
      now: () => new Date('2026-11-24T00:00:00Z'),
      record: (call) => judgements.record(call),
    },
    handOver: async () => undefined,
  })
  return { judge, store, time }
}
