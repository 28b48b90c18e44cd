import { Duration } from 'aws-cdk-lib'
import { ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../../../config/environments.ts'
import type { Alerts } from '../../constructs/alerts.ts'
import type { ArtifactStore } from '../../constructs/artifact-store.ts'
import type { Database } from '../../constructs/database.ts'
import type { FrontDoor } from '../../constructs/front-door.ts'
import { NodeFunction } from '../../constructs/node-function.ts'
import type { EvaluationMachine } from './machine.ts'
import { mlflowCalls } from './mlflow-calls.ts'

export interface EvaluationApiProps {
  readonly environment: EnvironmentName
  readonly config: EnvironmentConfig
  readonly database: Database
  readonly artifacts: ArtifactStore
  readonly frontDoor: FrontDoor
  readonly machine: EvaluationMachine
  readonly alerts: Alerts
}

/** Starts, cancels, shows and compares evaluations, and takes what became of units of work. */
export class EvaluationApi extends Construct {
  readonly fn: NodeFunction

  constructor(scope: Construct, id: string, props: EvaluationApiProps) {
    super(scope, id)
    const { database, artifacts, frontDoor, machine } = props
    this.fn = new NodeFunction(this, 'Function', {
      entry: 'lambdas/evaluation/api-handler.ts',
      description: 'Starts, shows and compares evaluations.',
      logRetentionDays: props.config.logs.retentionDays,
      // API Gateway gives up after 30 seconds; the function should be the one that says why.
      timeout: Duration.seconds(29),
      // A whole processor: comparisons draw ten thousand times over all rows.
      memoryMiB: 1769,
      environment: { ENVIRONMENT: props.environment },
    })
    database.grantSql(this.fn, 'ops')
    artifacts.grantRead(this.fn, 'evaluations/')
    machine.grantStart(this.fn)
    machine.grantStop(this.fn)
    frontDoor.grantInvoke(this.fn, ...mlflowCalls.api)
    frontDoor.routeTo(
      'Evaluations',
      this.fn,
      'POST /ops/evaluations',
      'GET /ops/evaluations',
      'GET /ops/evaluations/{id}',
      'GET /ops/evaluations/{id}/rows',
      'POST /ops/evaluations/{id}/cancel',
      'POST /ops/outcomes',
      'GET /ops/outcomes',
      'POST /ops/comparisons',
      'GET /ops/workloads',
      'GET /ops/workloads/{workload}',
      'GET /ops/workloads/{workload}/best-run',
    )
    props.alerts.alarm(this, 'evaluation-api-errors', {
      summary: 'The evaluation API failed.',
      severity: 'ticket',
      metric: this.fn.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
  }
}
