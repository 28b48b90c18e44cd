import {
  GetParameterCommand,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'

/** When a job last succeeded, kept where it can be read while the database sleeps. */
export interface LastSuccess {
  readonly read: () => Promise<Date | undefined>
  readonly write: (moment: Date) => Promise<void>
}

/** Keeps it in an SSM parameter. */
export function lastSuccessIn(parameter: string): LastSuccess {
  const client = new SSMClient({})
  return {
    async read() {
      try {
        const { Parameter } = await client.send(new GetParameterCommand({ Name: parameter }))
        const moment = new Date(Parameter?.Value ?? '')
        // The deployment creates it with a text that is no moment.
        return Number.isNaN(moment.getTime()) ? undefined : moment
      } catch (error) {
        if (error instanceof ParameterNotFound) return undefined
        throw error
      }
    },
    async write(moment) {
      await client.send(
        new PutParameterCommand({
          Name: parameter,
          Value: moment.toISOString(),
          Type: 'String',
          Overwrite: true,
        }),
      )
    },
  }
}

/**
 * When a job last succeeded, or, while it never did, since when it could have: when the deployment made its parameter.
 * `undefined` where there is no parameter.
 */
export async function lastSuccessOrDeployment(parameter: string): Promise<Date | undefined> {
  try {
    const { Parameter } = await new SSMClient({}).send(new GetParameterCommand({ Name: parameter }))
    const moment = new Date(Parameter?.Value ?? '')
    return Number.isNaN(moment.getTime()) ? Parameter?.LastModifiedDate : moment
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined
    throw error
  }
}
