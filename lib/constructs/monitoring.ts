import { Duration } from 'aws-cdk-lib'
import {
  type Alarm,
  ComparisonOperator,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import {
  DefaultDashboardFactory,
  MonitoringFacade,
  type MetricWithAlarmSupport,
} from 'cdk-monitoring-constructs'
import { Construct } from 'constructs'
import type { EnvironmentName } from '../../config/environments.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { metricsNamespace } from '../names.ts'
import type { Alerts } from './alerts.ts'
import type { Database } from './database.ts'
import type { FrontDoor } from './front-door.ts'
import type { Job } from './job.ts'
import type { TrackingServer } from './tracking-server.ts'

export interface MonitoringProps {
  readonly environment: EnvironmentName
  readonly prefix: string
  readonly workloads: readonly Workload[]
  readonly maxCapacity: number
  readonly trackingServer: TrackingServer
  readonly database: Database
  readonly frontDoor: FrontDoor
  /** Functions by the name under which the dashboard shows them. */
  readonly functions: Readonly<Record<string, LambdaFunction>>
  readonly jobs: Readonly<Record<string, Job>>
  readonly alerts: Alerts
}

/** One dashboard of the whole platform, and the alarms on what no capability owns. */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id)
    this.alarmOnTrackingServer(props)
    this.alarmOnDatabase(props)
    this.alarmOnFrontDoor(props)
    this.addDashboard(props)
  }

  private alarmOnTrackingServer({ alerts, trackingServer }: MonitoringProps): void {
    const { service } = trackingServer
    alerts.alarm(this, 'tracking-server-down', {
      summary: 'No MLflow task has been running for 10 minutes.',
      severity: 'page',
      // A running task reports its CPU each minute; without Container Insights this counts tasks.
      metric: service.metricCpuUtilization({
        period: Duration.minutes(5),
        statistic: 'SampleCount',
      }),
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      periods: 2,
      missingData: TreatMissingData.BREACHING,
    })
    alerts.alarm(this, 'tracking-server-memory', {
      summary: 'MLflow uses more than 90 % of its memory.',
      severity: 'ticket',
      metric: service.metricMemoryUtilization({
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 90,
      periods: 3,
    })
  }

  private alarmOnDatabase({ alerts, database, maxCapacity }: MonitoringProps): void {
    alerts.alarm(this, 'database-at-capacity', {
      summary: `The database has used its ${maxCapacity} capacity units for half an hour.`,
      severity: 'ticket',
      metric: database.cluster.metricServerlessDatabaseCapacity({
        period: Duration.minutes(5),
        statistic: 'Average',
      }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: maxCapacity,
      periods: 6,
    })
    const { awakeHours } = database
    if (awakeHours === undefined) return
    alerts.alarm(this, 'database-awake-hours-failed', {
      summary: 'The database could not be woken or sent to rest on schedule.',
      severity: 'ticket',
      metric: awakeHours.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
    alerts.alarm(this, 'database-awake-hours-did-not-run', {
      summary: "The schedules of the database's awake hours have not run for four days.",
      severity: 'ticket',
      metric: new Metric({
        namespace: 'AWS/Scheduler',
        metricName: 'InvocationAttemptCount',
        dimensionsMap: { ScheduleGroup: awakeHours.group.scheduleGroupName },
        period: Duration.days(1),
        statistic: 'Sum',
      }),
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      // A weekend and a day: awake hours are those of working days.
      periods: 4,
      missingData: TreatMissingData.BREACHING,
    })
  }

  private alarmOnFrontDoor({ alerts, frontDoor, functions }: MonitoringProps): void {
    alerts.alarm(this, 'front-door-errors', {
      summary: 'The front door answered 5xx more than 10 times in 5 minutes, three times in a row.',
      severity: 'page',
      metric: frontDoor.api.metricServerError({ period: Duration.minutes(5), statistic: 'Sum' }),
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 10,
      periods: 3,
    })
    alerts.alarm(this, 'front-door-slow', {
      summary: 'One request in twenty takes longer than 10 seconds.',
      severity: 'ticket',
      metric: frontDoor.api.metricLatency({ period: Duration.minutes(5), statistic: 'p95' }),
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 10_000,
      periods: 3,
    })
    const api = functions['Cost API']
    if (api === undefined) return
    alerts.alarm(this, 'costs-api-errors', {
      summary: 'The cost API failed.',
      severity: 'ticket',
      metric: api.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
  }

  private addDashboard(props: MonitoringProps): void {
    const facade = new MonitoringFacade(this, 'Facade', {
      dashboardFactory: new DefaultDashboardFactory(this, 'Dashboards', {
        dashboardNamePrefix: props.prefix,
        createDashboard: true,
        createSummaryDashboard: false,
        createAlarmDashboard: false,
        detailDashboardRange: Duration.days(7),
      }),
      alarmFactoryDefaults: { actionsEnabled: false, alarmNamePrefix: props.prefix },
      metricFactoryDefaults: { namespace: metricsNamespace },
    })
    addCosts(facade, props)
    facade
      .addLargeHeader('Tracking server')
      .monitorSimpleFargateService({
        fargateService: props.trackingServer.service,
        humanReadableName: 'MLflow',
        alarmFriendlyName: 'Mlflow',
      })
      .monitorApiGatewayV2HttpApi({
        api: props.frontDoor.api,
        humanReadableName: 'Front door',
        alarmFriendlyName: 'FrontDoor',
      })
      .monitorAuroraCluster({
        cluster: props.database.cluster,
        humanReadableName: 'Database',
        alarmFriendlyName: 'Database',
      })
      .addLargeHeader('Functions')
    for (const [name, lambdaFunction] of Object.entries(props.functions)) {
      facade.monitorLambdaFunction({
        lambdaFunction,
        humanReadableName: name,
        alarmFriendlyName: name.replaceAll(' ', ''),
      })
    }
    for (const [name, job] of Object.entries(props.jobs)) {
      facade.monitorSqsQueue({
        queue: job.deadLetters,
        humanReadableName: `Dead letters of ${name}`,
        alarmFriendlyName: `DeadLetters${name}`,
      })
    }
    addAlarms(facade, props.alerts.alarms)
  }
}

function addCosts(facade: MonitoringFacade, { environment, workloads }: MonitoringProps): void {
  const metrics = facade.createMetricFactory()
  const perWorkload = (metricName: string): MetricWithAlarmSupport[] =>
    workloads.map(({ name }) =>
      metrics.createMetric(
        metricName,
        'Maximum' as never,
        name,
        { Environment: environment, Workload: name },
        undefined,
        metricsNamespace,
        Duration.days(1),
      ),
    )
  facade.addLargeHeader('What LLM calls cost').monitorCustom({
    alarmFriendlyName: 'Costs',
    humanReadableName: 'Costs by workload',
    metricGroups: [
      { title: 'Cost a day (USD)', metrics: perWorkload('CostUsd') },
      { title: 'Cost of a unit, p95 (USD)', metrics: perWorkload('UnitCostP95Usd') },
      { title: 'Calls that are traced (share)', metrics: perWorkload('TrackingCoverage') },
      { title: 'Traced calls with a price (share)', metrics: perWorkload('CostVisibility') },
    ],
  })
}

function addAlarms(facade: MonitoringFacade, alarms: readonly Alarm[]): void {
  if (alarms.length === 0) return
  facade.addLargeHeader(`Alarms (${alarms.length})`)
}
