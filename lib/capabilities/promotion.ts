import { Duration } from 'aws-cdk-lib'
import {
  ComparisonOperator,
  type IMetric,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Rule } from 'aws-cdk-lib/aws-events'
import { ScheduleExpression, type ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import { eventSource } from '../../lambdas/platform/events.ts'
import { guardedRoutes } from '../../lambdas/promotion/mlflow/guarded-routes.ts'
import type { Alerts } from '../constructs/alerts.ts'
import { DeadLetters } from '../constructs/dead-letters.ts'
import { Job } from '../constructs/job.ts'
import type { NodeFunction } from '../constructs/node-function.ts'
import { metricsNamespace } from '../names.ts'
import { GateFunctions, type GateFunctionsProps } from './promotion/functions.ts'

export interface PromotionProps extends GateFunctionsProps {
  readonly scheduleGroup: ScheduleGroup
  readonly alerts: Alerts
}

/**
 * The gate: nothing becomes `production` of a guarded model or prompt without evidence, whichever way it is asked for,
 * and what is in production is what the ledger says.
 */
export class Promotion extends Construct {
  readonly functions: GateFunctions
  readonly job: Job
  /** Events that could not be worked on. */
  readonly deadLetters: DeadLetters
  private readonly props: PromotionProps

  constructor(scope: Construct, id: string, props: PromotionProps) {
    super(scope, id)
    this.props = props
    this.functions = new GateFunctions(this, 'Functions', props)
    const { gate, api, check, events } = this.functions
    props.frontDoor.routeTo('Gate', gate, ...guardedRoutes)
    props.frontDoor.routeTo('Promotions', api, ...ownRoutes)
    this.job = this.makeJob(check)
    this.deadLetters = new DeadLetters(this, 'DeadLetters')
    props.bus.deliver(['GoalMissed'], events, this.deadLetters, 'Goals that are missed.')
    this.tellOfAutomaticRollbacks()
    this.addAlarms()
  }

  /** Nobody has asked for them, so somebody should hear of them. */
  private tellOfAutomaticRollbacks(): void {
    const { bus, alerts } = this.props
    new Rule(this, 'RolledBack', {
      eventBus: bus.bus,
      description: 'Rollbacks that nobody has asked for.',
      eventPattern: {
        source: [eventSource],
        detailType: ['RolledBack'],
        detail: { automatic: [true] },
      },
      targets: [
        alerts.eventTarget(
          this,
          {
            event: 'RolledBack',
            summary: 'A version went back by itself, since a goal of its workload stayed missed.',
            runbook: 'rolled-back',
          },
          this.deadLetters,
        ),
      ],
    })
  }

  private makeJob(check: NodeFunction): Job {
    return new Job(this, 'Job', {
      environment: this.props.environment,
      name: 'gate',
      fn: check,
      schedules: [
        { name: 'gate', expression: ScheduleExpression.rate(Duration.hours(1)), payload: {} },
      ],
      group: this.props.scheduleGroup,
      hoursWithoutSuccess: 3,
      didNotRunAlarm: 'gate-did-not-run',
      alerts: this.props.alerts,
    })
  }

  private addAlarms(): void {
    const { gate, api } = this.functions
    this.alarm('gate-is-broken', 'What is in production is not what the gate let through.', {
      severity: 'page',
      metric: new Metric({
        namespace: metricsNamespace,
        metricName: 'GateFindings',
        dimensionsMap: { Environment: this.props.environment },
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      // What a check found holds until the next one, which waits while the database sleeps.
      missingData: TreatMissingData.IGNORE,
    })
    this.alarm('gate-errors', "The gate failed on calls of MLflow's registry.", {
      severity: 'page',
      metric: errorsOf(gate),
    })
    this.alarm('promotion-api-errors', 'The promotion API failed.', {
      severity: 'ticket',
      metric: errorsOf(api),
    })
    this.alarm('automatic-rollback-failed', 'A rollback was not made, or not told of.', {
      severity: 'ticket',
      metric: this.deadLetters.waiting,
    })
  }

  private alarm(
    name: string,
    summary: string,
    how: {
      readonly severity: 'page' | 'ticket'
      readonly metric: IMetric
      readonly missingData?: TreatMissingData
    },
  ): void {
    this.props.alerts.alarm(this, name, {
      summary,
      ...how,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
  }
}

/** Greedy: MLflow's names may hold slashes, which an HTTP API decodes before it looks for the route. */
const ownRoutes = [
  'GET /ops/models/{proxy+}',
  'POST /ops/models/{proxy+}',
  'GET /ops/prompts/{proxy+}',
  'POST /ops/prompts/{proxy+}',
  'GET /ops/ledger',
  'GET /ops/indicators',
] as const

function errorsOf(fn: NodeFunction): Metric {
  return fn.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' })
}
