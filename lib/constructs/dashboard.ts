import { Duration } from 'aws-cdk-lib'
import { AlarmStatusWidget } from 'aws-cdk-lib/aws-cloudwatch'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import {
  DefaultDashboardFactory,
  MetricStatistic,
  type MetricWithAlarmSupport,
  MonitoringFacade,
} from 'cdk-monitoring-constructs'
import { Construct } from 'constructs'
import type { EnvironmentName } from '../../config/environments.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { metricsNamespace } from '../names.ts'
import type { Alerts } from './alerts.ts'
import type { Database } from './database.ts'
import type { FrontDoor } from './front-door.ts'
import { qualityWidgets } from './quality-widgets.ts'
import type { TrackingServer } from './tracking-server.ts'

export interface PlatformDashboardProps {
  readonly environment: EnvironmentName
  /** The dashboard's name, such as `townin-mlops-prod`. */
  readonly prefix: string
  readonly workloads: readonly Workload[]
  /** Workloads whose quality is measured regularly. */
  readonly scheduled: readonly Workload[]
  readonly trackingServer: TrackingServer
  readonly database: Database
  readonly frontDoor: FrontDoor
  /** Runs evaluations. */
  readonly evaluations: IStateMachine
  /** Functions by the name under which the dashboard shows them. */
  readonly functions: Readonly<Record<string, LambdaFunction>>
  /** Queues of what failed, by what they are of. */
  readonly deadLetters: Readonly<Record<string, IQueue>>
  readonly alerts: Alerts
}

/** The whole platform on one page: what is wrong, how good answers are, what LLM calls cost, how each part is doing. */
export class PlatformDashboard extends Construct {
  private readonly facade: MonitoringFacade

  constructor(scope: Construct, id: string, props: PlatformDashboardProps) {
    super(scope, id)
    this.facade = new MonitoringFacade(this, 'Facade', {
      dashboardFactory: new DefaultDashboardFactory(this, 'Dashboards', {
        dashboardNamePrefix: props.prefix,
        createDashboard: true,
        createSummaryDashboard: false,
        createAlarmDashboard: false,
        detailDashboardRange: Duration.days(7),
      }),
      // Alarms have fixed names and a runbook, so `Alerts` makes them.
      alarmFactoryDefaults: { actionsEnabled: false, alarmNamePrefix: props.prefix },
      metricFactoryDefaults: { namespace: metricsNamespace },
    })
    this.showAlarms(props)
    this.showQuality(props)
    this.showCosts(props)
    this.showParts(props)
    this.showFunctions(props)
  }

  private showAlarms({ alerts }: PlatformDashboardProps): void {
    this.facade.addWidget(
      new AlarmStatusWidget({ title: 'Alarms', alarms: alerts.alarms, width: 24, height: 6 }),
    )
  }

  private showQuality({ environment, scheduled }: PlatformDashboardProps): void {
    const widgets = scheduled.flatMap((workload) => qualityWidgets(environment, workload))
    if (widgets.length === 0) return
    this.facade.addLargeHeader('How good the answers are, against the goals')
    for (const widget of widgets) this.facade.addWidget(widget)
  }

  private showCosts({ environment, workloads }: PlatformDashboardProps): void {
    const metrics = this.facade.createMetricFactory()
    const byWorkload = (metricName: string): MetricWithAlarmSupport[] =>
      workloads.map(({ name }) =>
        metrics.createMetric(
          metricName,
          MetricStatistic.MAX,
          name,
          { Environment: environment, Workload: name },
          undefined,
          metricsNamespace,
          Duration.days(1),
        ),
      )
    this.facade.addLargeHeader('What LLM calls cost').monitorCustom({
      alarmFriendlyName: 'Costs',
      humanReadableName: 'Costs by workload',
      metricGroups: [
        { title: 'Cost a day (USD)', metrics: byWorkload('CostUsd') },
        { title: 'Cost of a unit, p95 (USD)', metrics: byWorkload('UnitCostP95Usd') },
        { title: 'Calls that are traced (share)', metrics: byWorkload('TrackingCoverage') },
        { title: 'Traced calls with a price (share)', metrics: byWorkload('CostVisibility') },
      ],
    })
  }

  private showParts({ trackingServer, frontDoor, database }: PlatformDashboardProps): void {
    this.facade
      .addLargeHeader('The platform')
      .monitorSimpleFargateService({
        fargateService: trackingServer.service,
        humanReadableName: 'MLflow',
        alarmFriendlyName: 'Mlflow',
      })
      .monitorApiGatewayV2HttpApi({
        api: frontDoor.api,
        humanReadableName: 'Front door',
        alarmFriendlyName: 'FrontDoor',
      })
      .monitorAuroraCluster({
        cluster: database.cluster,
        humanReadableName: 'Database',
        alarmFriendlyName: 'Database',
      })
  }

  private showFunctions({ functions, deadLetters, evaluations }: PlatformDashboardProps): void {
    this.facade.addLargeHeader('Functions').monitorStepFunction({
      stateMachine: evaluations,
      humanReadableName: 'Evaluations',
      alarmFriendlyName: 'Evaluations',
    })
    for (const [name, lambdaFunction] of Object.entries(functions)) {
      this.facade.monitorLambdaFunction({
        lambdaFunction,
        humanReadableName: name,
        alarmFriendlyName: name.replaceAll(/\W/gu, ''),
      })
    }
    for (const [name, queue] of Object.entries(deadLetters)) {
      this.facade.monitorSqsQueue({
        queue,
        humanReadableName: `Dead letters of ${name}`,
        alarmFriendlyName: `DeadLetters${name.replaceAll(/\W/gu, '')}`,
      })
    }
  }
}
