import type { Judge, JudgeIdentity } from '../judges/judge.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import type { ConcludeSurroundings } from './surroundings.ts'

/** What the judge of an evaluation is, and what it can score. */
export interface IdentifiedJudge {
  readonly judge: JudgeIdentity
  readonly canScore: Judge['canScore']
}

/** What the judge is; no more than its name where the environment has it no longer. */
export async function identifyJudge(
  { request, id }: StoredEvaluation,
  { judgeOf, log }: Pick<ConcludeSurroundings, 'judgeOf' | 'log'>,
): Promise<IdentifiedJudge> {
  try {
    const judge = await judgeOf(request, id)
    return { judge: judge.identity, canScore: (metric) => judge.canScore(metric) }
  } catch (error) {
    log('the judge cannot be told', { judge: request.judge, error: String(error) })
    const judge = { name: request.judge, model: '', embeddingModel: '', promptVersions: {} }
    return { judge, canScore: () => false }
  }
}
