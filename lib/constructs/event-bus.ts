import { Duration } from 'aws-cdk-lib'
import { EventBus as AwsEventBus, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import { eventSource } from '../../lambdas/platform/events.ts'
import type { DeadLetters } from './dead-letters.ts'

export interface EventBusProps {
  /** Name of the bus, such as `townin-mlops-prod`. */
  readonly name: string
}

/** Where the platform says what happened, for whoever wants to listen: `EvaluationCompleted`, `GoalMissed`, … */
export class EventBus extends Construct {
  readonly bus: AwsEventBus

  constructor(scope: Construct, id: string, props: EventBusProps) {
    super(scope, id)
    this.bus = new AwsEventBus(this, 'Bus', {
      eventBusName: props.name,
      description: 'What happens on the MLflow platform.',
    })
  }

  /** Lets a function send events, and tells it where: `EVENT_BUS_NAME`. */
  grantPut(fn: LambdaFunction): void {
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['events:PutEvents'], resources: [this.bus.eventBusArn] }),
    )
    fn.addEnvironment('EVENT_BUS_NAME', this.bus.eventBusName)
  }

  /**
   * Gives a function the events of some types. What cannot be delivered, and what it fails on for good, is kept in the
   * queue.
   */
  deliver(
    types: readonly [string, ...string[]],
    fn: LambdaFunction,
    deadLetters: DeadLetters,
    description: string,
  ): void {
    const maxEventAge = Duration.hours(6)
    deadLetters.keepFailuresOf(fn, { retryAttempts: 2, maxEventAge })
    new Rule(fn, 'Rule', {
      eventBus: this.bus,
      description,
      eventPattern: { source: [eventSource], detailType: [...types] },
      targets: [
        new LambdaTarget(fn, { deadLetterQueue: deadLetters, retryAttempts: 20, maxEventAge }),
      ],
    })
  }
}
