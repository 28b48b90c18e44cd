import type { JudgeConfig } from '../config/environments.ts'
import { splitSentences } from '../lambdas/evaluation/lexical-judge/sentences.ts'
import { preparePassages, supportOf } from '../lambdas/evaluation/lexical-judge/support.ts'
import { openJudge } from '../lambdas/evaluation/judges/open-judge.ts'
import type { Statements } from '../lambdas/platform/data-api.ts'
import type { LabelledClaim } from './labelled-claims.ts'

/** What a judge says of a claim; `null` when it could not say. */
export interface Verdict {
  /** Orders claims by how far they are supported, 0 to 1. */
  readonly strength: number
  readonly saysSupported: boolean
  readonly saysContradicted: boolean
}

/** A judge as the benchmark asks it. */
export interface BenchedJudge {
  readonly name: string
  readonly judge: (row: LabelledClaim) => Promise<Verdict | null>
}

/** `lexical-v1`, by the strength that its thresholds are put on. */
export const lexical: BenchedJudge = {
  name: 'lexical-v1',
  async judge({ text, claim }) {
    const passages = preparePassages('text', splitSentences(text))
    const sentences = splitSentences(claim)
    if (sentences.length === 0) throw new Error(`There is no claim in ${JSON.stringify(claim)}.`)
    const claims = sentences.map((sentence) => supportOf(sentence, passages))
    return {
      // As weak as its weakest sentence.
      strength: claims.reduce((weakest, { strength }) => Math.min(weakest, strength), 1),
      saysSupported: claims.every(({ support }) => support === 'supported'),
      saysContradicted: claims.some(({ support }) => support === 'contradicted'),
    }
  },
}

/** Supported before not mentioned before contradicted: an LLM judge gives no more than these. */
const strengths: Readonly<Record<string, number>> = {
  supported: 1,
  'not mentioned': 0.5,
  contradicted: 0,
}

/**
 * An LLM judge with the prompts and the protocol of evaluations. Nothing is kept: each claim is asked once.
 * @param key the secret that the configuration names
 */
export async function llm(
  name: string,
  config: JudgeConfig,
  key: string | undefined,
  callsAtOnce: number,
): Promise<BenchedJudge> {
  const opened = await openJudge(name, {
    config:
      key === undefined || config.provider === 'bedrock'
        ? config
        : { ...config, secretName: 'key' },
    criteria: [],
    database: nothingKept,
    mlflow: { call: unexpected, send: unexpected },
    evaluationId: 'bench',
    callsAtOnce,
    secretText: async () => key ?? '',
    now: () => new Date(),
  })
  return {
    name: `${name} (${config.model})`,
    async judge({ text, claim }) {
      const [score] = await opened.scoreRow(
        {
          id: 'row',
          inputs: {},
          outputs: claim,
          contexts: [{ id: 'text', text }],
          traceId: null,
          milliseconds: null,
          failure: null,
        },
        ['faithfulness'],
      )
      const verdicts = score?.parts['verdicts']
      if (!Array.isArray(verdicts)) {
        console.error(`${JSON.stringify(claim)}: ${score?.rationale}`)
        return null
      }
      const supports = (verdicts as { readonly support: string }[]).map(({ support }) => support)
      return {
        strength: supports.reduce((weakest, each) => Math.min(weakest, strengths[each] ?? 0), 1),
        // What claims nothing has nothing that is not supported.
        saysSupported: supports.every((each) => each === 'supported'),
        saysContradicted: supports.includes('contradicted'),
      }
    },
  }
}

/** A database in which every question is new. */
const nothingKept: Statements = {
  async query<Row>(_sql: string, parameters: Readonly<Record<string, unknown>> = {}) {
    const asked = parameters['questions']
    const questions = JSON.parse(typeof asked === 'string' ? asked : '[]') as { key: string }[]
    return questions.map(({ key }) => ({
      key,
      claimed: true,
      answered: false,
      answer: null,
    })) as Row[]
  },
}

async function unexpected(): Promise<never> {
  throw new Error('A benchmark writes nothing to MLflow.')
}
