import { verdictOf } from '../domain/goal.ts'
import {
  type Evidence,
  type GoalEvidence,
  isOfContent,
  isRecent,
  type MetricComparison,
} from './evidence.ts'
import { areTwoPeople, personOf } from './person.ts'

/** One condition of the gate and how it came out. */
export interface Condition {
  readonly condition: 'goal' | 'no regression' | 'reproducible' | 'cost' | 'approval'
  /** The metric or requirement, where there are several. */
  readonly what: string
  readonly passed: boolean
  /** The figures, in a sentence. */
  readonly finding: string
  /** What to do when it did not pass; empty when it did. */
  readonly remedy: string
}

export interface Decision {
  readonly promoted: boolean
  readonly conditions: readonly Condition[]
}

/** Chance of an error below which a difference counts. */
const significance = 0.05

/** Decides from the evidence alone. Every condition must pass; a workload without goals never passes. */
export function decide(evidence: Evidence): Decision {
  const conditions = [
    ...goalConditions(evidence),
    ...regressionConditions(evidence),
    ...evidence.reproducibility.map(({ what, found, detail }): Condition => ({
      condition: 'reproducible',
      what,
      passed: found,
      finding: found ? detail : `${what} is missing`,
      remedy: found ? '' : detail,
    })),
    ...costConditions(evidence),
    ...approvalConditions(evidence),
  ]
  return { promoted: conditions.every(({ passed }) => passed), conditions }
}

function goalConditions(evidence: Evidence): Condition[] {
  if (evidence.goals.length === 0) {
    return [
      {
        condition: 'goal',
        what: 'goals',
        passed: false,
        finding: 'the workload has no quality goals',
        remedy: 'Declare qualityGoals of the workload in config/workloads.ts.',
      },
    ]
  }
  return evidence.goals.map((each) => goalCondition(each, evidence))
}

function goalCondition({ goal, measured }: GoalEvidence, evidence: Evidence): Condition {
  const { candidate, evidenceDays, datasetDigest, contentSince } = evidence
  const wanted = `${goal.metric} ${goal.comparator === 'atLeast' ? '>=' : '<='} ${goal.target}`
  const evaluate = `Evaluate ${candidate.kind} version ${candidate.version}: POST /ops/evaluations with subject {"kind":"${candidate.kind}-version","name":"${candidate.name}","version":"${candidate.version}"}.`
  const refused = (finding: string, remedy: string): Condition => ({
    condition: 'goal',
    what: goal.metric,
    passed: false,
    finding: `${wanted}: ${finding}`,
    remedy,
  })
  if (measured === undefined) return refused('no evaluation of this version measured it', evaluate)
  const figures = describe(measured)
  if (!isOfContent(measured.startedAt, contentSince)) {
    return refused(
      `${figures} is from an evaluation that began before this version was registered`,
      evaluate,
    )
  }
  if (!isRecent(measured.finishedAt, evidence)) {
    return refused(
      `${figures} is from ${measured.finishedAt}, older than ${evidenceDays} days`,
      evaluate,
    )
  }
  if (datasetDigest === null || measured.datasetDigest !== datasetDigest) {
    return refused(`${figures} rests on other rows than the dataset has now`, evaluate)
  }
  const { rows = 0, unanswered = 0 } = measured
  if (unanswered > 0) {
    return refused(
      `${figures} leaves rows out: ${unanswered} of ${rows} were not answered (evaluation ${measured.evaluationId})`,
      `${evaluate} Every row needs an answer; GET /ops/evaluations/${measured.evaluationId}/rows says why one has none.`,
    )
  }
  // Judged again here: the goal may have changed since the evaluation, and an entry must speak for itself.
  const verdict = verdictOf(goal, measured)
  if (verdict === 'missed') {
    return refused(
      `missed with ${figures}`,
      "Improve the version; what missed is in the evaluation's rows.",
    )
  }
  if (verdict === 'unproven') {
    return refused(
      `unproven with ${figures}`,
      `${evaluate} It needs ${goal.minSamples ?? 1} scored rows${goal.confidence === undefined ? '' : ` and a ${goal.confidence * 100} % interval beyond the target`}.`,
    )
  }
  return {
    condition: 'goal',
    what: goal.metric,
    passed: true,
    finding: `${wanted}: met with ${figures} (evaluation ${measured.evaluationId})`,
    remedy: '',
  }
}

function describe({ value, samples, interval }: NonNullable<GoalEvidence['measured']>): string {
  const range = interval === null ? '' : `, ${round(interval.lower)} to ${round(interval.upper)}`
  return `${value === null ? 'no value' : round(value)} (n = ${samples}${range})`
}

function regressionConditions({
  production,
  tolerances,
  candidate,
  evidenceDays,
}: Evidence): Condition[] {
  if (production.kind === 'none') return []
  if (production.kind === 'compared') {
    return production.metrics.map((metric) =>
      regressionCondition(metric, production.version, tolerances[metric.metric] ?? 0, evidenceDays),
    )
  }
  return [
    {
      condition: 'no regression',
      what: `version ${production.version}`,
      passed: false,
      finding: `version ${production.version} in production was not evaluated on the same rows, with an answer to each`,
      remedy: `Evaluate it: POST /ops/evaluations with subject {"kind":"${candidate.kind}-version","name":"${candidate.name}","version":"${production.version}"}.`,
    },
  ]
}

function regressionCondition(
  { metric, better, difference, pValue, pairs, missing }: MetricComparison,
  version: number,
  tolerance: number,
  evidenceDays: number,
): Condition {
  if (missing !== undefined) {
    const whose = missing === 'candidate' ? 'this version' : `version ${version} in production`
    const when = missing === 'candidate' ? ` within ${evidenceDays} days` : ''
    return {
      condition: 'no regression',
      what: metric,
      passed: false,
      finding: `${metric} was not measured for ${whose}${when} on the same rows, all of them answered, and in the same way`,
      remedy: `Evaluate ${whose} with every metric of the benchmark: POST /ops/evaluations without metrics.`,
    }
  }
  const worse = better === 'higher' ? -difference : difference
  const isWorse = worse > tolerance && pValue < significance
  const figures = `${difference >= 0 ? '+' : ''}${round(difference)} against version ${version} (p = ${round(pValue)}, n = ${pairs}, tolerance ${tolerance})`
  return {
    condition: 'no regression',
    what: metric,
    passed: !isWorse,
    finding: isWorse ? `${metric} is worse: ${figures}` : `${metric}: ${figures}`,
    remedy: isWorse
      ? 'Improve the version, or raise the tolerance in config/workloads.ts on purpose.'
      : '',
  }
}

function costConditions({ cost, evidenceDays }: Evidence): Condition[] {
  if (cost === null) return []
  const { limitUsd, perRowUsd, rows } = cost
  const passed = perRowUsd !== null && perRowUsd <= limitUsd
  return [
    {
      condition: 'cost',
      what: 'cost per row',
      passed,
      finding:
        perRowUsd === null
          ? `the cost of a row is not known from an evaluation of the same rows within ${evidenceDays} days; it may be ${limitUsd} USD`
          : `${round(perRowUsd)} USD a row over ${rows} rows; it may be ${limitUsd} USD`,
      remedy: passed
        ? ''
        : perRowUsd === null
          ? 'Evaluate by endpoint, with traces whose calls have a price; GET /ops/costs says what is unpriced.'
          : 'Use a cheaper model or shorter prompts.',
    },
  ]
}

function approvalConditions({ approval, requester }: Evidence): Condition[] {
  if (!approval.needed) return []
  const other = approval.given.find(({ by }) => areTwoPeople(by, requester))
  return [
    {
      condition: 'approval',
      what: 'approval',
      passed: other !== undefined,
      finding: other === undefined ? nobodyElse(approval.given.length) : `approved by ${other.by}`,
      remedy: other === undefined ? howToBeApproved(requester) : '',
    },
  ]
}

function nobodyElse(given: number): string {
  return given === 0
    ? 'nobody has approved'
    : 'nobody but the requester has approved, as far as identities tell people apart'
}

function howToBeApproved(requester: string): string {
  return personOf(requester) === undefined
    ? `${requester} may be anybody, so nobody is somebody else: ask as an IAM user, a role, or a user of IAM Identity Center.`
    : 'Ask somebody else to POST …/approvals for this version. All sessions of a role are one person, unless they are of IAM Identity Center.'
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
