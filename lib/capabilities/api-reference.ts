import { Construct } from 'constructs'
import type { FrontDoor } from '../constructs/front-door.ts'
import { NodeFunction } from '../constructs/node-function.ts'

export interface ApiReferenceProps {
  readonly frontDoor: FrontDoor
  readonly logRetentionDays: number
}

/** Describes the platform's API, and answers for every path of it that nothing else does. */
export class ApiReference extends Construct {
  readonly fn: NodeFunction

  constructor(scope: Construct, id: string, props: ApiReferenceProps) {
    super(scope, id)
    this.fn = new NodeFunction(this, 'Function', {
      entry: 'lambdas/api-reference/handler.ts',
      description: "Describes the platform's API.",
      logRetentionDays: props.logRetentionDays,
    })
    props.frontDoor.routeTo(
      'ApiReference',
      this.fn,
      'GET /ops/openapi.json',
      // What is unknown is answered here and never reaches MLflow.
      'ANY /ops',
      'ANY /ops/{proxy+}',
    )
  }
}
