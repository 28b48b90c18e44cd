import { Duration } from 'aws-cdk-lib'
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { PlatformDashboard, type PlatformDashboardProps } from './dashboard.ts'

export interface MonitoringProps extends PlatformDashboardProps {
  readonly maxCapacity: number
}

/** One dashboard of the whole platform, and the alarms on what no capability owns. */
export class Monitoring extends Construct {
  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id)
    this.alarmOnTrackingServer(props)
    this.alarmOnDatabase(props)
    this.alarmOnFrontDoor(props)
    new PlatformDashboard(this, 'Dashboard', props)
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
      metric: awakeHours.deadLetters.waiting,
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

  private alarmOnFrontDoor({ alerts, frontDoor }: MonitoringProps): void {
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
  }
}
