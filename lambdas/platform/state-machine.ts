import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'

/** Executions of one state machine, by names that are given once. */
export interface StateMachine {
  /** Starts an execution unless one of that name was started before, and returns its ARN. */
  start(name: string, input: Readonly<Record<string, unknown>>): Promise<string>
  /** Stops an execution; one that has ended, or never was, stays as it is. */
  stop(name: string, why: { readonly error: string; readonly cause: string }): Promise<void>
}

/** A state machine (of the standard type) of Step Functions. */
export function stateMachineAt(client: SFNClient, arn: string): StateMachine {
  const executionArn = (name: string): string =>
    `${arn.replace(':stateMachine:', ':execution:')}:${name}`

  return {
    async start(name, input) {
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn: arn, name, input: JSON.stringify(input) }),
        )
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error
      }
      return executionArn(name)
    },
    async stop(name, { error, cause }) {
      try {
        await client.send(
          new StopExecutionCommand({ executionArn: executionArn(name), error, cause }),
        )
      } catch (failure) {
        if (!(failure instanceof ExecutionDoesNotExist)) throw failure
      }
    },
  }
}
