import type { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../../config/environments.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import type { Alerts } from '../constructs/alerts.ts'
import type { ArtifactStore } from '../constructs/artifact-store.ts'
import type { Database } from '../constructs/database.ts'
import type { EventBus } from '../constructs/event-bus.ts'
import type { FrontDoor } from '../constructs/front-door.ts'
import type { NodeFunction } from '../constructs/node-function.ts'
import { EvaluationApi } from './evaluation/api.ts'
import { Benchmarks } from './evaluation/benchmarks.ts'
import { Endings } from './evaluation/endings.ts'
import { LastSuccesses } from './evaluation/last-successes.ts'
import { EvaluationMachine } from './evaluation/machine.ts'
import { EvaluationSteps } from './evaluation/steps.ts'

export interface EvaluationProps {
  readonly environment: EnvironmentName
  readonly config: EnvironmentConfig
  readonly workloads: readonly Workload[]
  /** Start of fixed names, such as `townin-mlops-prod`. */
  readonly prefix: string
  readonly database: Database
  readonly artifacts: ArtifactStore
  readonly frontDoor: FrontDoor
  readonly bus: EventBus
  /** Prices the traces of an evaluation before it is summed up. */
  readonly costJob: NodeFunction
  readonly scheduleGroup: ScheduleGroup
  readonly alerts: Alerts
}

/** Measures the quality of every workload, daily and on demand, and compares it with its goals. */
export class Evaluation extends Construct {
  readonly steps: EvaluationSteps
  readonly machine: EvaluationMachine
  readonly api: EvaluationApi
  readonly benchmarks: Benchmarks
  readonly endings: Endings

  constructor(scope: Construct, id: string, props: EvaluationProps) {
    super(scope, id)
    const { config, alerts } = props
    const lastSuccesses = new LastSuccesses(this, 'LastSuccess', props)
    this.steps = new EvaluationSteps(this, 'Steps', { ...props, lastSuccesses })
    const { prepare, batch, conclude } = this.steps
    this.machine = new EvaluationMachine(this, 'Machine', {
      name: `${props.prefix}-evaluation`,
      functions: { prepare, batch, conclude, costJob: props.costJob },
      batchesAtOnce: config.evaluation.batchesAtOnce,
      logRetentionDays: config.logs.retentionDays,
    })
    this.endings = new Endings(this, 'Endings', { machine: this.machine, conclude, alerts })
    this.api = new EvaluationApi(this, 'Api', { ...props, machine: this.machine })
    this.benchmarks = new Benchmarks(this, 'Benchmarks', {
      ...props,
      machine: this.machine,
      lastSuccesses,
    })
  }
}
