import type { Goal } from '../domain/goal.ts'

export type Language = 'ko' | 'en'

/** What the messages say besides figures and names. */
export interface Words {
  readonly missed: string
  readonly recovered: string
  readonly over: string
  readonly urgency: Readonly<Record<'page' | 'ticket' | 'unknown', string>>
  readonly metric: string
  readonly value: string
  readonly goal: string
  readonly interval: string
  readonly samples: string
  readonly since: string
  readonly was: string
  readonly judge: string
  readonly reason: string
  readonly changedAt: string
  readonly run: string
  readonly whatToDo: string
  readonly console: string
  readonly unknown: string
  readonly count: (samples: number, unscored: number) => string
  readonly target: (comparator: Goal['comparator'], target: string) => string
  /** Why a message has no figures. */
  readonly withoutFigures: Readonly<Record<'unreachable' | 'none', (workload: string) => string>>
  /** @param where Slack's markup */
  readonly figuresAt: (where: string) => string
  readonly budget: string
  readonly budgetBasis: Readonly<Record<'actual' | 'forecast', string>>
  readonly budgeted: string
  readonly threshold: string
  readonly rolledBack: string
  readonly version: string
  readonly workload: string
  readonly ledgerEntry: (number: number) => string
  readonly other: string
}

export const words: Readonly<Record<Language, Words>> = {
  ko: {
    missed: '목표 미달',
    recovered: '목표 회복',
    over: '해소됨',
    urgency: { page: '지금 조치', ticket: '이번 주 안에 조치', unknown: '확인 필요' },
    metric: '지표',
    value: '값',
    goal: '목표',
    interval: '95 % 신뢰구간',
    samples: '표본',
    since: '미달 시작',
    was: '미달 기간',
    judge: '평가자',
    reason: '사유',
    changedAt: '시각',
    run: 'MLflow 실행 보기',
    whatToDo: '조치 방법',
    console: 'CloudWatch 경보',
    unknown: '알 수 없음',
    count: (samples, unscored) =>
      `${samples}건${unscored > 0 ? ` (채점하지 못한 ${unscored}건 제외)` : ''}`,
    target: (comparator, target) => `${target} ${comparator === 'atLeast' ? '이상' : '이하'}`,
    withoutFigures: {
      unreachable: (workload) =>
        `데이터베이스가 제때 응답하지 않아 수치를 싣지 못했습니다. \`GET /ops/workloads/${workload}\`에서 확인하세요.`,
      none: (workload) =>
        `이 경보에 해당하는 평가를 찾지 못했습니다. \`GET /ops/evaluations?workload=${workload}\`에서 확인하세요.`,
    },
    figuresAt: (where) => `수치 확인: ${where}`,
    budget: '예산 초과',
    budgetBasis: { actual: '실제 비용', forecast: '예상 비용' },
    budgeted: '예산',
    threshold: '기준',
    rolledBack: '자동 롤백',
    version: '버전',
    workload: '워크로드',
    ledgerEntry: (number) => `원장 항목 ${number}`,
    other: '알림',
  },
  en: {
    missed: 'Goal missed',
    recovered: 'Goal met again',
    over: 'Over',
    urgency: { page: 'Act now', ticket: 'Act this week', unknown: 'Please look' },
    metric: 'Metric',
    value: 'Value',
    goal: 'Goal',
    interval: '95 % interval',
    samples: 'Samples',
    since: 'Missed since',
    was: 'Was missed',
    judge: 'Judge',
    reason: 'Reason',
    changedAt: 'Time',
    run: 'Open the MLflow run',
    whatToDo: 'What to do',
    console: 'Alarm in CloudWatch',
    unknown: 'unknown',
    count: (samples, unscored) =>
      `${samples}${unscored > 0 ? ` (without ${unscored} unscored)` : ''}`,
    target: (comparator, target) =>
      `${comparator === 'atLeast' ? 'at least' : 'at most'} ${target}`,
    withoutFigures: {
      unreachable: (workload) =>
        `The database did not answer in time, so the figures are missing: see \`GET /ops/workloads/${workload}\`.`,
      none: (workload) =>
        `No evaluation belongs to this alarm: see \`GET /ops/evaluations?workload=${workload}\`.`,
    },
    figuresAt: (where) => `Figures: ${where}`,
    budget: 'Budget exceeded',
    budgetBasis: { actual: 'Actual cost', forecast: 'Forecast cost' },
    budgeted: 'Budget',
    threshold: 'Threshold',
    rolledBack: 'Went back by itself',
    version: 'Version',
    workload: 'Workload',
    ledgerEntry: (number) => `entry ${number} of the ledger`,
    other: 'Notice',
  },
}

const koreanMetrics: Readonly<Record<string, string>> = {
  retrieval_precision: '검색 정밀도',
  retrieval_recall: '검색 재현율',
  retrieval_mrr: '검색 MRR',
  retrieval_ndcg: '검색 nDCG',
  retrieval_map: '검색 MAP',
  faithfulness: '충실도',
  hallucination_rate: '환각률',
  citation_accuracy: '인용 정확도',
  answer_relevancy: '답변 관련성',
  context_precision: '문맥 정밀도',
  field_accuracy: '항목 정확도',
  classification_precision: '분류 정밀도',
  classification_recall: '분류 재현율',
  classification_f1: '분류 F1',
  straight_through_processing_rate: '자동 처리율(STP)',
  expected_calibration_error: '확신도 보정 오차',
  graph_coverage: '그래프 커버리지',
  conformance_fitness: '프로세스 적합도',
  conformance_token_fitness: '토큰 재생 적합도',
  conformance_precision: '프로세스 정밀도',
  conformance_alignment_precision: '정렬 정밀도',
  conformance_duration: '적합도 검사 시간',
  outcome_coverage: '결과 확인율',
  latency_p95: '응답 시간 p95',
  cost_per_row_usd: '행당 비용',
  tokens_per_row: '행당 토큰',
  tracking_coverage: '추적 커버리지',
  cost_visibility: '비용 가시성',
  unit_cost_p50: '단위 비용 p50',
  unit_cost_p95: '단위 비용 p95',
  unit_cost_max: '단위 비용 최댓값',
}

/** A metric as people call it; one without a name of its own, as a criterion is, keeps its name. */
export function nameOfMetric(language: Language, metric: string): string {
  const own = language === 'ko' && Object.hasOwn(koreanMetrics, metric) && koreanMetrics[metric]
  return own || metric.replaceAll('_', ' ')
}
