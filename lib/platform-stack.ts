import {
  CfnOutput,
  CrossStackReferences,
  ReferenceStrength,
  Stack,
  type StackProps,
} from 'aws-cdk-lib'
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import type { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../config/environments.ts'
import type { Workload } from '../lambdas/domain/workload.ts'
import { ApiReference } from './capabilities/api-reference.ts'
import { Costs } from './capabilities/costs.ts'
import { Evaluation } from './capabilities/evaluation.ts'
import { Promotion } from './capabilities/promotion.ts'
import { SlackAlerts } from './capabilities/slack-alerts.ts'
import { Alerts } from './constructs/alerts.ts'
import { ClientAccess } from './constructs/client-access.ts'
import { EventBus } from './constructs/event-bus.ts'
import { FrontDoor } from './constructs/front-door.ts'
import { Migrations } from './constructs/migrations.ts'
import { Monitoring } from './constructs/monitoring.ts'
import { SpendingLimit } from './constructs/spending-limit.ts'
import { TrackingServer } from './constructs/tracking-server.ts'
import type { DataStack } from './data-stack.ts'
import { prefixOf } from './names.ts'

export interface PlatformStackProps extends StackProps {
  readonly environment: EnvironmentName
  readonly config: EnvironmentConfig
  readonly workloads: readonly Workload[]
  readonly data: DataStack
  /** What this is made from: package, version and commit. */
  readonly code: string
  /** Tag by which the environment's bill is told from others. */
  readonly billingTag: { readonly key: string; readonly value: string }
}

/** What can be deployed anew at any time: MLflow, the front door, the capabilities and the monitoring. */
export class PlatformStack extends Stack {
  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props)
    // Data must not be deletable while something here refers to it.
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG)
    const { environment, config, workloads, code } = props
    const { network, database, artifacts } = props.data
    const prefix = prefixOf(environment)
    const logRetentionDays = config.logs.retentionDays

    const alerts = new Alerts(this, 'Alerts', { prefix, emails: config.alerts.emails })
    const bus = new EventBus(this, 'Events', { name: prefix })
    const frontDoor = new FrontDoor(this, 'FrontDoor', {
      network,
      config: config.frontDoor,
      prefix,
      logRetentionDays,
    })
    const trackingServer = new TrackingServer(this, 'TrackingServer', {
      network,
      database,
      artifacts,
      config: config.trackingServer,
      publicUrl: frontDoor.url,
      prefix,
      logRetentionDays,
    })
    frontDoor.routeTheRestTo(trackingServer)

    const migrations = new Migrations(this, 'Migrations', {
      database,
      workloads,
      logRetentionDays,
    })
    trackingServer.startAfter(migrations.apply('before'))
    const migrated = migrations.apply('after')
    migrated.node.addDependency(trackingServer.service)

    const scheduleGroup = new ScheduleGroup(this, 'Schedules', { scheduleGroupName: prefix })
    const shared = { environment, config, workloads, database, frontDoor, scheduleGroup, alerts }
    const costs = new Costs(this, 'Costs', shared)
    const evaluation = new Evaluation(this, 'Evaluation', {
      ...shared,
      prefix,
      artifacts,
      bus,
      costJob: costs.jobFunction,
    })
    const promotion = new Promotion(this, 'Promotion', { ...shared, artifacts, bus, code })
    costs.job.startAfter(migrated)
    promotion.job.startAfter(migrated)
    evaluation.benchmarks.job?.startAfter(migrated)
    const reference = new ApiReference(this, 'ApiReference', { frontDoor, logRetentionDays })
    const { slack } = config.alerts
    const slackAlerts = slack && new SlackAlerts(this, 'SlackAlerts', { ...shared, slack })

    const clients = new ClientAccess(this, 'ClientAccess', { frontDoor, artifacts, prefix })
    new Monitoring(this, 'Monitoring', {
      environment,
      prefix,
      workloads,
      scheduled: evaluation.benchmarks.scheduled,
      maxCapacity: config.database.maxCapacity,
      trackingServer,
      database,
      frontDoor,
      evaluations: evaluation.machine.stateMachine,
      functions: {
        'Cost API': costs.apiFunction,
        'Cost job': costs.jobFunction,
        'Evaluation API': evaluation.api.fn,
        'Evaluation schedule': evaluation.benchmarks.fn,
        'Evaluation: prepare': evaluation.steps.prepare,
        'Evaluation: batch': evaluation.steps.batch,
        'Evaluation: conclude': evaluation.steps.conclude,
        'Gate: calls of MLflow': promotion.functions.gate,
        'Gate: API': promotion.functions.api,
        'Gate: check': promotion.functions.check,
        'Gate: events': promotion.functions.events,
        ...(slackAlerts && { 'Alerts to Slack': slackAlerts.fn }),
        'API reference': reference.fn,
        Migrations: migrations.fn,
      },
      deadLetters: {
        costs: costs.job.deadLetters,
        ...(evaluation.benchmarks.job && { benchmarks: evaluation.benchmarks.job.deadLetters }),
        evaluations: evaluation.endings.deadLetters,
        'the gate': promotion.job.deadLetters,
        'automatic rollback': promotion.deadLetters,
        ...(slackAlerts && { 'alerts to Slack': slackAlerts.deadLetters }),
      },
      alerts,
    })
    new SpendingLimit(this, 'SpendingLimit', {
      name: prefix,
      monthlyUsd: config.monthlyBudgetUsd,
      tag: props.billingTag,
      topic: alerts.topic,
    })

    this.output({
      TrackingUri: frontDoor.url,
      ArtifactBucket: artifacts.bucketName,
      ClientPolicyArn: clients.clientPolicy.managedPolicyArn,
      ReleasePolicyArn: clients.releasePolicy.managedPolicyArn,
      ViewerPolicyArn: clients.viewerPolicy.managedPolicyArn,
      CostJobSchedule: costs.job.schedules[0]?.scheduleName,
      ScheduleGroup: scheduleGroup.scheduleGroupName,
      CostJobFunction: costs.jobFunction.functionName,
      CostApiFunction: costs.apiFunction.functionName,
      EvaluationStateMachineArn: evaluation.machine.stateMachine.stateMachineArn,
      EvaluationApiFunction: evaluation.api.fn.functionName,
      PrepareFunction: evaluation.steps.prepare.functionName,
      BatchFunction: evaluation.steps.batch.functionName,
      ConcludeFunction: evaluation.steps.conclude.functionName,
      ScheduleFunction: evaluation.benchmarks.fn.functionName,
      GateFunction: promotion.functions.gate.functionName,
      PromotionApiFunction: promotion.functions.api.functionName,
      GateCheckFunction: promotion.functions.check.functionName,
      GateEventsFunction: promotion.functions.events.functionName,
      EventBusName: bus.bus.eventBusName,
      AlertsFunction: slackAlerts?.fn.functionName,
      AlertTopicArn: alerts.topic.topicArn,
    })
  }

  private output(values: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined) new CfnOutput(this, name, { value })
    }
  }
}
