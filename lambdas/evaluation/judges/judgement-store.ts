import type { Statements } from '../../platform/data-api.ts'
import type { JudgeCall } from './judge-call.ts'

/** What a judge is asked, as the store knows it. */
export interface Question {
  /** Digest of all that decides the answer. */
  readonly key: string
  readonly promptVersion: string
  readonly model: string
}

/** How it stands with a question. */
export type Claim =
  /** It is ours to ask. */
  | { readonly state: 'claimed' }
  /** Somebody is asking it. */
  | { readonly state: 'taken' }
  /** It is answered, but this response had no room for it. */
  | { readonly state: 'later' }
  | { readonly state: 'answered'; readonly answer: unknown }

/** What a judge found out and what it has to pay. */
export interface Findings {
  readonly answers: readonly { readonly question: Question; readonly answer: unknown }[]
  readonly calls: readonly JudgeCall[]
  /** Keys of questions that found no answer. */
  readonly released: readonly string[]
}

/** Who asks: part of every claim. */
export interface Claimant {
  /** Unique to one attempt at one batch. */
  readonly id: string
  readonly judge: string
  readonly evaluationId: string
}

/** Where answers of judges are kept. */
export interface JudgementStore {
  /** Claims questions that nobody answered or is asking; how it stands with each, in their order. */
  claim(questions: readonly Question[], seconds: number): Promise<Claim[]>
  /** Prolongs all claims that are still held. */
  renew(seconds: number): Promise<void>
  /** Keeps answers and calls, and gives up what found no answer. Again is the same. */
  keep(findings: Findings): Promise<void>
}

/** A row of the Data API has at most 64 KB: key and answer. */
export const largestAnswer = 60_000

/** Characters of answers in one response: escaped they may take twice as much, and a response has at most 1 MiB. */
const answersPerResponse = 450_000

/** Bytes of an answer as Postgres prints it, or a little more. */
export function sizeOfAnswer(answer: unknown): number {
  return Buffer.byteLength(JSON.stringify(answer, null, 1))
}

/** Keeps answers in `ops.judgement` and calls in `ops.judge_call`. */
export function judgementsIn(database: Statements, claimant: Claimant): JudgementStore {
  return {
    async claim(questions, seconds) {
      const rows = await database.query<{
        key: string
        claimed: boolean
        answered: boolean
        answer: string | null
      }>(
        `with asked as (
           select * from jsonb_to_recordset(:questions::jsonb) as row(key text, "promptVersion" text, model text)
         ), claimed as (
           insert into ops.judgement as j
             (judgement_key, claimed_by, claimed_until, judge, model, prompt_version, evaluation_id)
           select key, :claimant, now() + make_interval(secs => :seconds::double precision), :judge, model,
             "promptVersion", :evaluation
           from asked order by key
           on conflict (judgement_key) do update
             set claimed_by = excluded.claimed_by, claimed_until = excluded.claimed_until,
               evaluation_id = excluded.evaluation_id
             where j.answer is null and j.claimed_until < now()
           returning j.judgement_key as key
         ), known as (
           select key, j.answer::text as answer,
             sum(octet_length(j.answer::text)) over (order by key) as size
           from asked join ops.judgement j on j.judgement_key = asked.key
           where j.answer is not null
         )
         select asked.key, claimed.key is not null as claimed, known.key is not null as answered,
           case when known.size <= ${answersPerResponse} then known.answer end as answer
         from asked left join claimed using (key) left join known using (key)`,
        {
          questions: JSON.stringify(questions),
          claimant: claimant.id,
          judge: claimant.judge,
          evaluation: claimant.evaluationId,
          seconds,
        },
      )
      const found = new Map(rows.map((row): [string, Claim] => [row.key, toClaim(row)]))
      return questions.map(({ key }) => found.get(key) ?? { state: 'taken' })
    },

    async renew(seconds) {
      await database.query(
        `update ops.judgement set claimed_until = now() + make_interval(secs => :seconds::double precision)
         where claimed_by = :claimant and answer is null`,
        { claimant: claimant.id, seconds },
      )
    },

    async keep({ answers, calls, released }) {
      await database.query(
        `with answers as (
           insert into ops.judgement as j
             (judgement_key, claimed_by, claimed_until, answer, judge, model, prompt_version, evaluation_id)
           select key, :claimant, now(), answer, :judge, model, "promptVersion", :evaluation
           from jsonb_to_recordset(:answers::jsonb) as row(key text, "promptVersion" text, model text, answer jsonb)
           order by key
           on conflict (judgement_key) do update
             set answer = excluded.answer, claimed_by = excluded.claimed_by, evaluation_id = excluded.evaluation_id
             where j.answer is null
         ), calls as (
           insert into ops.judge_call
             (call_id, judgement_key, evaluation_id, operation, prompt_version, provider, model, input_tokens,
              cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, asked_at, milliseconds, fault)
           select "callId", "judgementKey", :evaluation, operation, "promptVersion", provider, model, "inputTokens",
             "cachedInputTokens", "cacheWriteTokens", "outputTokens", "reasoningTokens",
             timestamptz 'epoch' + "askedAt" * interval '1 millisecond', milliseconds, fault
           from jsonb_to_recordset(:calls::jsonb) as row(
             "callId" text, "judgementKey" text, operation text, "promptVersion" text, provider text, model text,
             "inputTokens" bigint, "cachedInputTokens" bigint, "cacheWriteTokens" bigint, "outputTokens" bigint,
             "reasoningTokens" bigint, "askedAt" bigint, milliseconds integer, fault text)
           on conflict do nothing
         ), released as (
           delete from ops.judgement j using jsonb_array_elements_text(:released::jsonb) key
           where j.judgement_key = key and j.claimed_by = :claimant and j.answer is null
         )
         select 1 as kept`,
        {
          answers: JSON.stringify(answers.map(({ question, answer }) => ({ ...question, answer }))),
          calls: JSON.stringify(calls.map(({ usage, ...call }) => ({ ...call, ...usage }))),
          released: JSON.stringify(released),
          claimant: claimant.id,
          judge: claimant.judge,
          evaluation: claimant.evaluationId,
        },
      )
    },
  }
}

function toClaim(row: {
  readonly claimed: boolean
  readonly answered: boolean
  readonly answer: string | null
}): Claim {
  if (row.claimed) return { state: 'claimed' }
  if (!row.answered) return { state: 'taken' }
  return row.answer === null
    ? { state: 'later' }
    : { state: 'answered', answer: JSON.parse(row.answer) as unknown }
}
