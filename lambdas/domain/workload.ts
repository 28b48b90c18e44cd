import type { Benchmark } from './benchmark.ts'
import type { Gate } from './gate.ts'
import type { Goal } from './goal.ts'

/** The business item that a cost is attributed to: trace tags `ops.unit.type` and `ops.unit.id`. */
export interface Unit {
  /** Value of the tag `ops.unit.type`, such as `claim`. */
  readonly type: string
  /** Goals on `unit_cost_p50`, `unit_cost_p95` or `unit_cost_max`, in USD. @default none */
  readonly goals?: readonly Goal[]
}

/** An AI use case that is traced, priced, evaluated and gated as one. One workload is one MLflow experiment. */
export interface Workload {
  /** Lower-case name with dashes; the key in every report, metric and alarm. */
  readonly name: string
  /** Name of the MLflow experiment. */
  readonly experiment: string
  /** What it is for, in a sentence. */
  readonly description: string
  /** The items that its cost is attributed to; the first one is the main one. */
  readonly units: readonly Unit[]
  /** Goals on operating figures: `tracking_coverage`, `cost_visibility`. @default none */
  readonly operatingGoals?: readonly Goal[]
  /** Goals on quality, by the names of `docs/metrics.md` or of the benchmark's criteria. @default none */
  readonly qualityGoals?: readonly Goal[]
  /** How quality is measured. @default it is not, and quality goals are refused */
  readonly benchmark?: Benchmark
  /** What its models and prompts must satisfy to become `production`. @default nothing is guarded */
  readonly gate?: Gate
}

/** The platform's own workload: what judges cost. */
export const evaluationWorkload: Workload = {
  name: 'evaluation',
  experiment: 'evaluation',
  description: 'Judges that evaluate the other workloads.',
  units: [{ type: 'evaluation' }],
}
