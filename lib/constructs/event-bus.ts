import { EventBus as AwsEventBus } from 'aws-cdk-lib/aws-events'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'

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
}
