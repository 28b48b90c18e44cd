import type { Criterion } from '../../domain/benchmark.ts'
import { isNoncommittal } from '../lexical-judge/answer-relevancy.ts'
import { judgeAnswer } from '../lexical-judge/judge.ts'
import { splitSentences } from '../lexical-judge/sentences.ts'
import type { JudgedClaim } from '../metrics/claims.ts'
import { contextPrecision } from '../metrics/context-precision.ts'
import { answerRelevancy, type JudgedRelevancy } from '../metrics/judged-relevancy.ts'
import type { Score } from '../metrics/metric.ts'
import type { AnsweredRow } from '../row.ts'
import { siftText } from './addressed-to-judge.ts'
import { askJudge, askSimilarity } from './ask-judge.ts'
import type { Asking } from './call-meter.ts'
import { isClaimMetric, scoreClaims } from './claim-scores.ts'
import { criterionVersion } from './criteria.ts'
import type { Judge, JudgeIdentity } from './judge.ts'
import { type JudgedText, judgedText, numberSentences, showContexts } from './judged-text.ts'
import { chatKey, similarityKey } from './judgement-key.ts'
import type { Judgements } from './judgements.ts'
import { answerRelevancyPrompt } from './prompts/answer-relevancy.ts'
import { claimsPrompt } from './prompts/claims.ts'
import { contextPrecisionPrompt } from './prompts/context-precision.ts'
import { criterionPrompt } from './prompts/criterion.ts'
import type { JudgeTask } from './task.ts'
import { answerToQuestion, relevancyTask } from './tasks/answer-relevancy.ts'
import { claimsTask } from './tasks/claims.ts'
import { contextPrecisionTask } from './tasks/context-precision.ts'
import { criterionTask } from './tasks/criterion.ts'
import { unscoredScore } from './unscored.ts'

/** What a judge found, or why it found nothing and whether that is the judge's fault. */
type Found<Verdict> =
  | { readonly verdict: Verdict }
  | { readonly reason: string; readonly technical: boolean }

const missing = (reason: string): { readonly reason: string; readonly technical: false } => ({
  reason,
  technical: false,
})

/** A judge that asks an LLM. Scores are computed here, from what it reports and our code has checked. */
export class LlmJudge implements Judge {
  readonly identity: JudgeIdentity
  readonly #asking: Asking
  readonly #judgements: Judgements
  readonly #criteria: ReadonlyMap<string, Criterion>
  readonly #handOver: () => Promise<unknown>

  constructor(props: {
    readonly name: string
    readonly asking: Asking
    readonly judgements: Judgements
    readonly criteria: readonly Criterion[]
    /** Hands what has to be paid to MLflow. */
    readonly handOver: () => Promise<unknown>
  }) {
    const { model } = props.asking
    this.#asking = props.asking
    this.#judgements = props.judgements
    this.#criteria = new Map(props.criteria.map((criterion) => [criterion.name, criterion]))
    this.#handOver = props.handOver
    this.identity = {
      name: props.name,
      model: model.model,
      embeddingModel: model.embeddingModel,
      promptVersions: {
        claims: claimsPrompt.version,
        answer_relevancy: answerRelevancyPrompt.version,
        context_precision: contextPrecisionPrompt.version,
        criterion: criterionPrompt.version,
      },
    }
  }

  canScore(metric: string): boolean {
    return (
      isClaimMetric(metric) ||
      metric === answerRelevancy.name ||
      metric === contextPrecision.name ||
      this.#criteria.has(metric)
    )
  }

  async scoreRow(row: AnsweredRow, metrics: readonly string[]): Promise<Score[]> {
    const text = judgedText(row)
    // One call gives the scores of three metrics.
    let claims: Promise<Found<JudgedClaim[]>> | undefined
    return Promise.all(
      metrics.map(async (metric) => {
        try {
          if (isClaimMetric(metric)) {
            claims ??= this.#claims(text)
            const found = await claims
            return 'verdict' in found
              ? scoreClaims(metric, { judge: this.identity.name, claims: found.verdict })
              : this.#unscored(metric, found)
          }
          if (metric === answerRelevancy.name) return await this.#relevancy(text)
          if (metric === contextPrecision.name) return await this.#contextPrecision(text)
          const criterion = this.#criteria.get(metric)
          return criterion === undefined
            ? this.#unscored(metric, missing(`The judge ${this.identity.name} does not know it.`))
            : await this.#criterion(criterion, text)
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error)
          return this.#unscored(metric, { reason: `The judge failed: ${why}`, technical: true })
        }
      }),
    )
  }

  async flush(): Promise<void> {
    await this.#judgements.flush()
    await this.#handOver()
  }

  async #claims(text: JudgedText): Promise<Found<JudgedClaim[]>> {
    const { answer, contexts, question, language } = text
    if (answer === undefined) return missing('There is no answer.')
    if (contexts === undefined) return missing('It is not known what was retrieved.')
    const sentences = numberSentences(answer, contexts)
    // What speaks to the judge is held against the contexts by code, which cannot be talked to.
    const byCode = sentences
      .filter(({ addressesJudge }) => addressesJudge)
      .flatMap(({ written }) => judgeAnswer({ answer: written, contexts }).claims ?? [])
    const shown = sentences.filter(
      (sentence) => !sentence.addressesJudge && /[\p{L}\p{N}]/u.test(sentence.text),
    )
    if (shown.length === 0) return { verdict: byCode }
    const found = await this.#find(
      claimsTask({
        language,
        question: question === undefined ? undefined : siftText(question).text,
        sentences: shown,
        contexts: showContexts(contexts).shown,
        sources: contexts,
      }),
    )
    return 'verdict' in found ? { verdict: [...found.verdict, ...byCode] } : found
  }

  async #relevancy({ question, answer, language }: JudgedText): Promise<Score> {
    const { name } = this.identity
    const unscored = (found: { reason: string; technical: boolean }): Score =>
      this.#unscored(answerRelevancy.name, found)
    const score = (generated: JudgedRelevancy['generated']): Score =>
      answerRelevancy.score({ judge: name, generated })
    const { model } = this.#asking
    if (question === undefined) return unscored(missing('There is no question.'))
    if (answer === undefined) return unscored(missing('There is no answer.'))
    if (model.embeddingModel === '') {
      return unscored(
        missing(`It needs an embedding model: set embeddingModel of the judge ${name}.`),
      )
    }
    const shown = answerToQuestion(answer)
    const evasive = score([{ question: '', noncommittal: true, similarity: 0 }])
    if (splitSentences(answer).every(isNoncommittal)) return evasive
    if (shown === '') return { ...evasive, rationale: 'The answer says nothing to its reader.' }
    const found = await this.#find(relevancyTask(shown, language))
    if (!('verdict' in found)) return unscored(found)
    const own = found.verdict.filter(({ copied }) => !copied).map((each) => each.question)
    const similarities = await this.#similarities(question, own)
    if (!('verdict' in similarities)) return unscored(similarities)
    const rest = [...similarities.verdict]
    return score(
      found.verdict.map(({ copied, ...each }) => ({
        ...each,
        similarity: copied ? 0 : (rest.shift() ?? 0),
      })),
    )
  }

  async #similarities(question: string, others: readonly string[]): Promise<Found<number[]>> {
    if (others.length === 0) return { verdict: [] }
    const { model } = this.#asking
    const key = similarityKey(this.identity.name, model, question, others)
    const obtained = await this.#judgements.obtain(
      { key, promptVersion: 'similarity:1', model: model.embeddingModel },
      async () => askSimilarity(question, others, key, this.#asking),
    )
    if ('failure' in obtained) return { reason: obtained.failure, technical: true }
    return { verdict: (obtained.answer as { similarities: number[] }).similarities }
  }

  async #contextPrecision({ question, answer, contexts, language }: JudgedText): Promise<Score> {
    const { name } = contextPrecision
    const judge = this.identity.name
    if (question === undefined) return this.#unscored(name, missing('There is no question.'))
    if (answer === undefined) return this.#unscored(name, missing('There is no answer.'))
    if (contexts === undefined) {
      return this.#unscored(name, missing('It is not known what was retrieved.'))
    }
    if (contexts.length === 0) return contextPrecision.score({ judge, useful: [] })
    const found = await this.#find(
      contextPrecisionTask({
        language,
        question: siftText(question).text,
        answer: siftText(answer).text,
        contexts: showContexts(contexts).shown,
      }),
    )
    return 'verdict' in found
      ? contextPrecision.score({ judge, useful: found.verdict })
      : this.#unscored(name, found)
  }

  async #criterion(criterion: Criterion, text: JudgedText): Promise<Score> {
    const { name } = criterion
    if (text.answer === undefined) return this.#unscored(name, missing('There is no answer.'))
    const answer = siftText(text.answer)
    const contexts = text.contexts === undefined ? undefined : showContexts(text.contexts)
    const found = await this.#find(
      criterionTask(criterion, {
        question: text.question === undefined ? undefined : siftText(text.question).text,
        answer: answer.text,
        contexts: contexts?.shown,
      }),
    )
    if (!('verdict' in found)) return this.#unscored(name, found)
    const { verdict } = found
    return {
      name,
      version: criterionVersion(criterion),
      score: verdict.answer === 'yes' ? 1 : 0,
      rationale: verdict.reason,
      parts: {
        judge: this.identity.name,
        answer: verdict.answer,
        withheld: answer.withheld + (contexts?.withheld ?? 0),
      },
    }
  }

  /** The verdict on a task, from what was kept or from the judge. */
  async #find<Answer, Verdict>(task: JudgeTask<Answer, Verdict>): Promise<Found<Verdict>> {
    const { model } = this.#asking
    const key = chatKey(this.identity.name, model, task)
    const obtained = await this.#judgements.obtain(
      { key, promptVersion: `${task.name}:${task.promptVersion}`, model: model.model },
      async () => askJudge(task, key, this.#asking),
    )
    if ('failure' in obtained) return { reason: obtained.failure, technical: true }
    // What was kept is checked as what was just answered: the store is not the protocol.
    const parsed = task.schema.safeParse(obtained.answer)
    const review = parsed.success ? task.review(parsed.data) : undefined
    if (review === undefined || review.breaches.length > 0) {
      return { reason: 'The answer that was kept does not fit the protocol.', technical: true }
    }
    return { verdict: review.verdict }
  }

  #unscored(
    metric: string,
    { reason, technical }: { readonly reason: string; readonly technical: boolean },
  ): Score {
    const criterion = this.#criteria.get(metric)
    const version = criterion === undefined ? '' : criterionVersion(criterion)
    return unscoredScore(metric, version, this.identity.name, reason, technical)
  }
}
