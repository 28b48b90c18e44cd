import type { Criterion } from '../../domain/benchmark.ts'
import { lexicalJudgeName } from '../../domain/lexical-judge.ts'
import { lexicalAnswerRelevancy } from '../lexical-judge/answer-relevancy.ts'
import { judgeAnswer } from '../lexical-judge/judge.ts'
import type { Score } from '../metrics/metric.ts'
import type { AnsweredRow } from '../row.ts'
import { isClaimMetric, scoreClaims } from './claim-scores.ts'
import { criterionVersion } from './criteria.ts'
import type { Judge } from './judge.ts'
import { judgedText } from './judged-text.ts'
import { unscoredScore } from './unscored.ts'

/** The deterministic judge: compares characters, numbers and negations, and follows no text. */
export function lexicalJudge(criteria: readonly Criterion[]): Judge {
  const canScore = (metric: string): boolean =>
    isClaimMetric(metric) || metric === lexicalAnswerRelevancy.name
  return {
    identity: { name: lexicalJudgeName, model: '', embeddingModel: '', promptVersions: {} },
    canScore,
    async scoreRow(row: AnsweredRow, metrics: readonly string[]): Promise<Score[]> {
      const { question, answer, contexts } = judgedText(row)
      const judged = judgeAnswer({ question, answer, contexts })
      return metrics.map((metric) => {
        if (isClaimMetric(metric)) {
          if (answer === undefined) return unscored(metric, 'There is no answer.')
          if (contexts === undefined) return unscored(metric, 'It is not known what was retrieved.')
          return scoreClaims(metric, judged)
        }
        if (metric === lexicalAnswerRelevancy.name) {
          const score = lexicalAnswerRelevancy.score({ question, answer })
          return { ...score, parts: { judge: lexicalJudgeName, ...score.parts } }
        }
        return unscored(
          metric,
          `${lexicalJudgeName} compares words and cannot score ${metric}: name one of the LLM judges in evaluation.judges of the environment.`,
        )
      })
    },
    async flush() {
      // Nothing is kept and nothing costs anything.
    },
  }

  function unscored(metric: string, reason: string): Score {
    const criterion = criteria.find(({ name }) => name === metric)
    const version = criterion === undefined ? '' : criterionVersion(criterion)
    return unscoredScore(metric, version, lexicalJudgeName, reason, false)
  }
}
