import { Duration } from 'aws-cdk-lib'
import { ComparisonOperator, type Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { Construct } from 'constructs'
import type { Alerts } from '../../constructs/alerts.ts'
import { DeadLetters } from '../../constructs/dead-letters.ts'
import type { NodeFunction } from '../../constructs/node-function.ts'
import type { EvaluationMachine } from './machine.ts'

export interface EndingsProps {
  readonly machine: EvaluationMachine
  readonly conclude: NodeFunction
  readonly alerts: Alerts
}

/**
 * No evaluation just disappears: whatever way its execution ends other than by itself, `conclude` hears of it and closes
 * the record, and somebody is told.
 */
export class Endings extends Construct {
  readonly deadLetters: DeadLetters

  constructor(scope: Construct, id: string, props: EndingsProps) {
    super(scope, id)
    const { stateMachine } = props.machine
    this.deadLetters = new DeadLetters(this, 'DeadLetters')
    const maxEventAge = Duration.hours(6)
    this.deadLetters.keepFailuresOf(props.conclude, { retryAttempts: 2, maxEventAge })
    new Rule(this, 'Rule', {
      description: 'Tells of evaluations whose execution failed, took too long or was stopped.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [stateMachine.stateMachineArn],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [
        new LambdaFunction(props.conclude, {
          deadLetterQueue: this.deadLetters,
          retryAttempts: 20,
          maxEventAge,
        }),
      ],
    })
    // One that was stopped is no failure: somebody cancelled it.
    this.alarmOn(props.alerts, 'evaluation-failed', 'An evaluation failed.', {
      metric: stateMachine.metricFailed({ period: Duration.minutes(5) }),
    })
    this.alarmOn(
      props.alerts,
      'evaluation-timed-out',
      'An evaluation took longer than it may take.',
      { metric: stateMachine.metricTimedOut({ period: Duration.minutes(5) }) },
    )
    this.alarmOn(
      props.alerts,
      'evaluation-not-concluded',
      'The record of an evaluation that ended could not be closed.',
      { metric: this.deadLetters.waiting },
    )
  }

  private alarmOn(
    alerts: Alerts,
    name: string,
    summary: string,
    { metric }: { readonly metric: Metric },
  ): void {
    alerts.alarm(this, name, {
      summary,
      severity: 'ticket',
      metric,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
  }
}
