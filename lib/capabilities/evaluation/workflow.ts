import { Duration } from 'aws-cdk-lib'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import {
  type CatchProps,
  Choice,
  Condition,
  DistributedMap,
  Fail,
  type IChainable,
  JitterType,
  Map,
  Pass,
  ProvideItems,
  type RetryProps,
  StateMachineType,
  TaskInput,
  type TaskStateBase,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions'
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks'
import type { Construct } from 'constructs'

/** What the steps of an evaluation call. */
export interface FunctionsOfSteps {
  readonly prepare: IFunction
  readonly batch: IFunction
  readonly conclude: IFunction
  /** Prices the traces that the evaluation made. */
  readonly costJob: IFunction
}

export interface WorkflowProps {
  readonly functions: FunctionsOfSteps
  /** Batches that run at the same time. */
  readonly batchesAtOnce: number
}

/** Longer than a function can run, so that an answer that never comes is noticed. */
const stepLimit = Timeout.duration(Duration.minutes(16))

/** The function was not reached, or Lambda had a moment: worth a few quick attempts. */
const whenLambdaIsAway: RetryProps = {
  errors: [
    'Lambda.ClientExecutionTimeoutException',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ],
  interval: Duration.seconds(2),
  maxAttempts: 6,
  backoffRate: 2,
  maxDelay: Duration.minutes(1),
  jitterStrategy: JitterType.FULL,
}

/** The function ran and failed, or took too long. What it saved on the way is not done again. */
const whenItFails: RetryProps = {
  interval: Duration.seconds(5),
  maxAttempts: 2,
  backoffRate: 3,
  jitterStrategy: JitterType.FULL,
}

/** Half an hour: an evaluation that has been paid for should not be lost to a restart of MLflow. */
const patiently: RetryProps = {
  interval: Duration.seconds(10),
  maxAttempts: 6,
  backoffRate: 3,
  maxDelay: Duration.minutes(10),
  jitterStrategy: JitterType.FULL,
}

/** A batch had no time left and saved what it has: it goes on at once, for five hours of a slow application. */
const whenUnfinished: RetryProps = {
  errors: ['BatchUnfinished'],
  interval: Duration.seconds(1),
  maxAttempts: 20,
  backoffRate: 1,
}

const settlePause = Duration.seconds(15)
const settleAttempts = 20

const evaluationId = '{% $states.input.evaluationId %}'
const secondsForTraces = '{% $states.input.secondsForTraces %}'

// A function's error is JSON, of which a person wants the message. It may be cut off, so it is not parsed.
const lossInWords = [
  '{% (',
  '$cause := $string($states.errorOutput.Cause);',
  '$message := $match($cause, /"errorMessage": ?"([^"]*)/, 1).groups[0];',
  '$substring($states.errorOutput.Error & ": " & ($exists($message) ? $message : $cause), 0, 500)',
  ') %}',
].join(' ')

/**
 * The states of an evaluation. Only its id, numbers of batches and reasons pass through them: at most some
 * 50 bytes a batch. Rows are in the artifact bucket.
 */
export function workflowOf(scope: Construct, props: WorkflowProps): IChainable {
  const { prepare, batch, conclude, costJob } = props.functions

  const concludeFailure = invoke(scope, 'ConcludeFailure', conclude, {
    payload: { evaluationId, failure: '{% $states.input.failure %}' },
    outputs: '{% $states.input %}',
    whenItFails: patiently,
  })
  concludeFailure.next(
    Fail.jsonata(scope, 'EvaluationFailed', {
      error: '{% $states.input.failure.Error %}',
      cause: '{% $substring($states.input.failure.Cause & "", 0, 2000) %}',
    }),
  )
  const toFailure: CatchProps = {
    outputs: { evaluationId, failure: '{% $states.errorOutput %}' },
  }

  const concluded = invoke(scope, 'Conclude', conclude, {
    payload: { evaluationId },
    outputs: { evaluationId },
    whenItFails: patiently,
  }).addCatch(concludeFailure, toFailure)

  const arrive = settleCosts(scope, costJob, concluded)
  const map = {
    items: ProvideItems.jsonata('{% $states.input.items[] %}'),
    maxConcurrency: props.batchesAtOnce,
    outputs: { evaluationId, secondsForTraces },
  }
  const few = Map.jsonata(scope, 'EvaluateBatches', map)
    .itemProcessor(oneBatch(scope, '', batch))
    .addCatch(concludeFailure, toFailure)
  few.next(arrive)

  // The history of an execution holds 25,000 events; each batch of a distributed map has its own.
  const many = DistributedMap.jsonata(scope, 'EvaluateManyBatches', {
    ...map,
    label: 'Batches',
    mapExecutionType: StateMachineType.STANDARD,
  })
    .itemProcessor(oneBatch(scope, 'OfMany', batch))
    .addCatch(concludeFailure, toFailure)
  many.next(arrive)

  const prepared = invoke(scope, 'Prepare', prepare, {
    payload: { evaluationId },
    outputs: '{% $states.result.Payload %}',
    inVain: ['UnusableInput', 'UnreadableFile'],
  }).addCatch(concludeFailure, toFailure)

  return prepared.next(
    Choice.jsonata(scope, 'HowManyBatches')
      .when(Condition.jsonata('{% $count($states.input.items) = 0 %}'), concluded, {
        comment: 'Cancelled meanwhile, or nothing to evaluate.',
      })
      .when(Condition.jsonata('{% $states.input.large %}'), many)
      .otherwise(few),
  )
}

/**
 * Lets the cost job price the traces. All benchmarks of a night come here at about the same time, and the job does one
 * run at a time, so one that is told "busy" comes again. Costs that stay unknown are no reason to lose the figures.
 *
 * @returns where it begins
 */
function settleCosts(scope: Construct, costJob: IFunction, concluded: IChainable): IChainable {
  const settle = invoke(scope, 'SettleCosts', costJob, {
    payload: { action: 'settle' },
    outputs: {
      evaluationId,
      attempts: '{% $states.input.attempts + 1 %}',
      settled: '{% $not($states.result.Payload.result in ["busy", "unfinished"]) %}',
    },
  }).addCatch(concluded, { outputs: { evaluationId } })
  const pause = Wait.jsonata(scope, 'LetOthersSettle', { time: WaitTime.duration(settlePause) })
  const isDone = `$states.input.settled or $states.input.attempts >= ${settleAttempts}`
  settle.next(
    Choice.jsonata(scope, 'AreCostsSettled')
      .when(Condition.jsonata(`{% ${isDone} %}`), concluded)
      .otherwise(pause),
  )
  pause.next(settle)
  const arrive = Wait.jsonata(scope, 'LetTracesArrive', {
    time: WaitTime.seconds(secondsForTraces),
    outputs: { evaluationId, attempts: 0 },
  })
  arrive.next(settle)
  return arrive
}

/**
 * One batch. If it fails for good, the same function writes its rows as lost; and if not even that is possible, the
 * conclusion counts the rows of a batch without a file as lost. So no batch can end an evaluation.
 */
function oneBatch(scope: Construct, suffix: string, fn: IFunction): IChainable {
  const batch = '{% $states.input.batch %}'
  const givenUp = Pass.jsonata(scope, `GiveBatchUp${suffix}`, { outputs: {} })
  const lose = invoke(scope, `LoseBatch${suffix}`, fn, {
    payload: { evaluationId, batch, lost: '{% $states.input.lost %}' },
    outputs: {},
  }).addCatch(givenUp, { outputs: {} })
  return invoke(scope, `RunBatch${suffix}`, fn, {
    payload: { evaluationId, batch },
    outputs: {},
    goesOn: whenUnfinished,
  }).addCatch(lose, { outputs: { evaluationId, batch, lost: lossInWords } })
}

interface Invocation {
  readonly payload: Readonly<Record<string, unknown>>
  /** What goes on to the next state; results stay behind. */
  readonly outputs: unknown
  /** How to go on trying after the function failed. @default twice, within half a minute */
  readonly whenItFails?: RetryProps
  /** Errors after which trying again cannot help. @default none */
  readonly inVain?: string[]
  /** Errors after which it goes on where it was. @default none */
  readonly goesOn?: RetryProps
}

function invoke(
  scope: Construct,
  id: string,
  lambdaFunction: IFunction,
  { payload, outputs, whenItFails: retry = whenItFails, inVain = [], goesOn }: Invocation,
): TaskStateBase {
  const task = LambdaInvoke.jsonata(scope, id, {
    lambdaFunction,
    payload: TaskInput.fromObject({ ...payload }),
    outputs,
    taskTimeout: stepLimit,
    retryOnServiceExceptions: false,
  })
  if (inVain.length > 0) task.addRetry({ errors: inVain, maxAttempts: 0 })
  if (goesOn !== undefined) task.addRetry(goesOn)
  return task.addRetry(whenLambdaIsAway).addRetry(retry)
}
