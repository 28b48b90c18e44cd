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
import { Costs } from './capabilities/costs.ts'
import { Alerts } from './constructs/alerts.ts'
import { ClientAccess } from './constructs/client-access.ts'
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
  /** Tag by which the environment's bill is told from others. */
  readonly billingTag: { readonly key: string; readonly value: string }
}

/** What can be deployed anew at any time: MLflow, the front door, the capabilities and the monitoring. */
export class PlatformStack extends Stack {
  constructor(scope: Construct, id: string, props: PlatformStackProps) {
    super(scope, id, props)
    // Data must not be deletable while something here refers to it.
    CrossStackReferences.of(this).consume(ReferenceStrength.STRONG)
    const { environment, config, workloads } = props
    const { network, database, artifacts } = props.data
    const prefix = prefixOf(environment)
    const logRetentionDays = config.logs.retentionDays

    const alerts = new Alerts(this, 'Alerts', { prefix, emails: config.alerts.emails })
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

    const migrations = new Migrations(this, 'Migrations', { database, logRetentionDays })
    trackingServer.startAfter(migrations.apply('before'))
    const migrated = migrations.apply('after')
    migrated.node.addDependency(trackingServer.service)

    const scheduleGroup = new ScheduleGroup(this, 'Schedules', { scheduleGroupName: prefix })
    const costs = new Costs(this, 'Costs', {
      environment,
      config,
      workloads,
      database,
      frontDoor,
      scheduleGroup,
      alerts,
    })
    costs.job.schedule.node.addDependency(migrated)

    const clients = new ClientAccess(this, 'ClientAccess', { frontDoor, artifacts, prefix })
    new Monitoring(this, 'Monitoring', {
      environment,
      prefix,
      workloads,
      maxCapacity: config.database.maxCapacity,
      trackingServer,
      database,
      frontDoor,
      functions: {
        'Cost API': costs.apiFunction,
        'Cost job': costs.jobFunction,
        Migrations: migrations.fn,
      },
      jobs: { costs: costs.job },
      alerts,
    })
    new SpendingLimit(this, 'SpendingLimit', {
      name: prefix,
      monthlyUsd: config.monthlyBudgetUsd,
      tag: props.billingTag,
      topic: alerts.topic,
    })

    new CfnOutput(this, 'TrackingUri', { value: frontDoor.url })
    new CfnOutput(this, 'ArtifactBucket', { value: artifacts.bucketName })
    new CfnOutput(this, 'ClientPolicyArn', { value: clients.clientPolicy.managedPolicyArn })
    new CfnOutput(this, 'ViewerPolicyArn', { value: clients.viewerPolicy.managedPolicyArn })
    new CfnOutput(this, 'CostJobSchedule', { value: costs.job.schedule.scheduleName })
    new CfnOutput(this, 'ScheduleGroup', { value: scheduleGroup.scheduleGroupName })
    new CfnOutput(this, 'CostJobFunction', { value: costs.jobFunction.functionName })
    new CfnOutput(this, 'CostApiFunction', { value: costs.apiFunction.functionName })
    new CfnOutput(this, 'AlertTopicArn', { value: alerts.topic.topicArn })
  }
}
