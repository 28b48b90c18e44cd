import { Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../../../config/environments.ts'
import type { ArtifactStore } from '../../constructs/artifact-store.ts'
import type { Database } from '../../constructs/database.ts'
import type { EventBus } from '../../constructs/event-bus.ts'
import { grantPublishing } from '../../constructs/figures.ts'
import type { FrontDoor } from '../../constructs/front-door.ts'
import { grantNamedSecrets } from '../../constructs/named-secret.ts'
import { NodeFunction } from '../../constructs/node-function.ts'
import { grantJudges } from './judge-access.ts'
import type { LastSuccesses } from './last-successes.ts'
import { mlflowCalls } from './mlflow-calls.ts'

export interface EvaluationStepsProps {
  readonly environment: EnvironmentName
  readonly config: EnvironmentConfig
  readonly database: Database
  readonly artifacts: ArtifactStore
  readonly frontDoor: FrontDoor
  readonly bus: EventBus
  readonly lastSuccesses: LastSuccesses
}

/** What evaluations keep for themselves. */
const evaluations = 'evaluations/'

/** The functions that the state machine runs, each with a role that may do just its step. */
export class EvaluationSteps extends Construct {
  readonly prepare: NodeFunction
  readonly batch: NodeFunction
  readonly conclude: NodeFunction

  constructor(scope: Construct, id: string, props: EvaluationStepsProps) {
    super(scope, id)
    this.prepare = this.makePrepare(props)
    this.batch = this.makeBatch(props)
    this.conclude = this.makeConclude(props)
  }

  private makePrepare(props: EvaluationStepsProps): NodeFunction {
    const fn = this.make('Prepare', props, {
      entry: 'lambdas/evaluation/prepare-handler.ts',
      description: 'Reads the rows of an evaluation, opens its run and cuts it into batches.',
      memoryMiB: 1769,
    })
    props.artifacts.grantRead(fn, evaluations, 'datasets/', 'recorded/')
    props.artifacts.grantWrite(fn, evaluations)
    props.frontDoor.grantInvoke(fn, ...mlflowCalls.prepare)
    return fn
  }

  private makeBatch(props: EvaluationStepsProps): NodeFunction {
    const { judges, endpoints } = props.config.evaluation
    const fn = this.make('Batch', props, {
      entry: 'lambdas/evaluation/batch-handler.ts',
      description: 'Asks the application and the judge about one batch of rows, and scores them.',
      memoryMiB: 1024,
    })
    props.artifacts.grantRead(fn, evaluations, 'datasets/')
    props.artifacts.grantWrite(fn, evaluations)
    props.frontDoor.grantInvoke(fn, ...mlflowCalls.batch)
    grantJudges(fn, judges)
    grantNamedSecrets(fn, ...secretsOf(endpoints))
    return fn
  }

  private makeConclude(props: EvaluationStepsProps): NodeFunction {
    const fn = this.make('Conclude', props, {
      entry: 'lambdas/evaluation/conclude-handler.ts',
      description: 'Sums an evaluation up, compares it with its goals and tells everyone.',
      // A whole processor: intervals are drawn a thousand times over all rows.
      memoryMiB: 1769,
    })
    props.artifacts.grantRead(fn, evaluations, 'graphs/')
    // A run's artifacts are in <experiment>/<run>/artifacts/.
    props.artifacts.grantWrite(fn, evaluations, '*/*/artifacts/evaluation_results.json')
    props.frontDoor.grantInvoke(fn, ...mlflowCalls.conclude)
    props.bus.grantPut(fn)
    grantPublishing(fn)
    props.lastSuccesses.grantWrite(fn)
    return fn
  }

  private make(
    id: string,
    props: EvaluationStepsProps,
    own: { readonly entry: string; readonly description: string; readonly memoryMiB: number },
  ): NodeFunction {
    const fn = new NodeFunction(this, `${id}Function`, {
      ...own,
      timeout: Duration.minutes(15),
      logRetentionDays: props.config.logs.retentionDays,
      environment: { ENVIRONMENT: props.environment },
    })
    props.database.grantSql(fn, 'ops')
    return fn
  }
}

function secretsOf(
  endpoints: Readonly<Record<string, { readonly secretName?: string }>>,
): readonly string[] {
  return [...new Set(Object.values(endpoints).flatMap(({ secretName }) => secretName ?? []))]
}
