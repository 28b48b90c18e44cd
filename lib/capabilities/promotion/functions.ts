import { Duration } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../../../config/environments.ts'
import { guardedRoutes } from '../../../lambdas/promotion/mlflow/guarded-routes.ts'
import { accept } from '../../accepted-finding.ts'
import type { ArtifactStore } from '../../constructs/artifact-store.ts'
import type { Database } from '../../constructs/database.ts'
import type { EventBus } from '../../constructs/event-bus.ts'
import { grantPublishing } from '../../constructs/figures.ts'
import type { FrontDoor } from '../../constructs/front-door.ts'
import { grantLastSuccess } from '../../constructs/last-success.ts'
import { NodeFunction } from '../../constructs/node-function.ts'
import { mlflowCalls } from './mlflow-calls.ts'

export interface GateFunctionsProps {
  readonly environment: EnvironmentName
  readonly config: EnvironmentConfig
  readonly database: Database
  readonly artifacts: ArtifactStore
  readonly frontDoor: FrontDoor
  readonly bus: EventBus
  /** What the functions are made from, for the ledger: package, version and commit. */
  readonly code: string
}

/** The functions of the gate, each with a role that may do just its part. */
export class GateFunctions extends Construct {
  /** Answers MLflow's own calls that move or remove what is in production. */
  readonly gate: NodeFunction
  readonly api: NodeFunction
  readonly check: NodeFunction
  /** Hears of missed goals. */
  readonly events: NodeFunction

  constructor(scope: Construct, id: string, props: GateFunctionsProps) {
    super(scope, id)
    this.gate = this.makeDeciding('Gate', props, {
      entry: 'lambdas/promotion/mlflow-handler.ts',
      description: 'Decides on calls of MLflow that would change what is in production.',
    })
    props.frontDoor.grantInternal(this.gate, ...callsOfGate())
    this.api = this.makeDeciding('Api', props, {
      entry: 'lambdas/promotion/api-handler.ts',
      description: 'Promotes, rolls back and shows the ledger.',
    })
    props.frontDoor.grantInternal(this.api, ...mlflowCalls.api)
    this.check = this.makeCheck(props)
    this.events = this.make('Events', props, {
      entry: 'lambdas/promotion/events-handler.ts',
      description: 'Returns to the version before when goals stay missed.',
      timeout: Duration.minutes(3),
    })
    props.frontDoor.grantInternal(this.events, ...mlflowCalls.events)
    props.bus.grantPut(this.events)
  }

  /** One that gathers evidence and answers within the time that API Gateway gives. */
  private makeDeciding(
    id: string,
    props: GateFunctionsProps,
    own: { readonly entry: string; readonly description: string },
  ): NodeFunction {
    const fn = this.make(id, props, {
      ...own,
      // API Gateway gives up after 30 seconds; the function should be the one that says why.
      timeout: Duration.seconds(29),
      // A whole processor: signs are flipped ten thousand times over all rows.
      memoryMiB: 1769,
    })
    // Of a model's own files only the description is read; the others are listed.
    props.artifacts.grantRead(fn, 'evaluations/', 'datasets/', '*/MLmodel')
    props.artifacts.grantListVersions(fn)
    props.bus.grantPut(fn)
    return fn
  }

  private makeCheck(props: GateFunctionsProps): NodeFunction {
    const fn = this.make('Check', props, {
      entry: 'lambdas/promotion/check-handler.ts',
      description: 'Compares what is in production with the ledger.',
      timeout: Duration.minutes(15),
    })
    // Indicators count the models that could be made again.
    props.artifacts.grantRead(fn, '*/MLmodel')
    props.artifacts.grantListVersions(fn)
    props.frontDoor.grantInternal(fn, ...mlflowCalls.check)
    // Of moves of which a function died before it told of them.
    props.bus.grantPut(fn)
    grantPublishing(fn)
    grantCapacity(fn)
    grantLastSuccess(fn, props.environment, 'gate')
    return fn
  }

  private make(
    id: string,
    props: GateFunctionsProps,
    own: {
      readonly entry: string
      readonly description: string
      readonly timeout: Duration
      readonly memoryMiB?: number
    },
  ): NodeFunction {
    const fn = new NodeFunction(this, id, {
      ...own,
      logRetentionDays: props.config.logs.retentionDays,
      environment: { ENVIRONMENT: props.environment, CODE_VERSION: props.code },
    })
    props.database.grantSql(fn, 'ops', 'gatekeeper')
    return fn
  }
}

/** What the gate decides on it also hands on, when nothing is protected; it calls some more to decide. */
function callsOfGate(): string[] {
  return [...new Set<string>([...guardedRoutes, ...mlflowCalls.mlflow])]
}

/** Whether the database sleeps is asked of CloudWatch, which does not wake it. */
function grantCapacity(fn: NodeFunction): void {
  fn.addToRolePolicy(
    new PolicyStatement({ actions: ['cloudwatch:GetMetricData'], resources: ['*'] }),
  )
  accept(fn.role ?? fn, {
    reason: 'CloudWatch has no resources for metrics.',
    nag: ['IAM5[Resource::*]'],
  })
}
