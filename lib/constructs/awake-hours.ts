import { Duration, TimeZone } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { DatabaseCluster } from 'aws-cdk-lib/aws-rds'
import {
  Schedule,
  ScheduleExpression,
  ScheduleGroup,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler'
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets'
import { Construct } from 'constructs'
import type { AwakeHours, EnvironmentConfig } from '../../config/environments.ts'
import { requireCron } from '../sound-cron.ts'
import { DeadLetters } from './dead-letters.ts'

export interface AwakeHoursScheduleProps {
  readonly cluster: DatabaseCluster
  readonly config: EnvironmentConfig['database']
  readonly awakeHours: AwakeHours
  readonly timeZone: string
  /** Start of fixed names, such as `townin-mlops-prod`. */
  readonly prefix: string
}

/**
 * Keeps a pausing database up in the working day, so that nobody waits for it. The Scheduler calls
 * `rds:ModifyDBCluster` by itself; there is no function.
 */
export class AwakeHoursSchedule extends Construct {
  readonly group: ScheduleGroup
  readonly deadLetters: DeadLetters

  constructor(scope: Construct, id: string, props: AwakeHoursScheduleProps) {
    super(scope, id)
    const { config, awakeHours } = props
    this.group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: `${props.prefix}-database`,
    })
    this.deadLetters = new DeadLetters(this, 'DeadLetters')
    this.schedule('Wake', props, awakeHours.wake, {
      MinCapacity: 0.5,
      MaxCapacity: config.maxCapacity,
    })
    this.schedule('Rest', props, awakeHours.rest, {
      MinCapacity: config.minCapacity,
      MaxCapacity: config.maxCapacity,
      SecondsUntilAutoPause: Duration.minutes(config.pauseAfterMinutes).toSeconds(),
    })
  }

  private schedule(
    id: string,
    props: AwakeHoursScheduleProps,
    cron: string,
    capacity: Readonly<Record<string, number>>,
  ): void {
    requireCron('database.awakeHours', cron)
    new Schedule(this, id, {
      schedule: ScheduleExpression.expression(`cron(${cron})`, TimeZone.of(props.timeZone)),
      scheduleGroup: this.group,
      description: `${id} the platform's database (${props.prefix}).`,
      target: new Universal({
        service: 'rds',
        action: 'modifyDBCluster',
        policyStatements: [
          new PolicyStatement({
            actions: ['rds:ModifyDBCluster'],
            resources: [props.cluster.clusterArn],
          }),
        ],
        input: ScheduleTargetInput.fromObject({
          DbClusterIdentifier: props.cluster.clusterIdentifier,
          ServerlessV2ScalingConfiguration: capacity,
          ApplyImmediately: true,
        }),
        deadLetterQueue: this.deadLetters,
        maxEventAge: Duration.hours(1),
        retryAttempts: 10,
      }),
    })
  }
}
