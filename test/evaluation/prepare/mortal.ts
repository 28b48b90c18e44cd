import type { Artifacts } from '../../../lambdas/platform/artifacts.ts'
import type { Statements } from '../../../lambdas/platform/data-api.ts'
import type { Mlflow } from '../../../lambdas/platform/mlflow.ts'

/** What a function that is ended in the middle leaves behind: nothing more happens. */
export class Ended extends Error {
  override readonly name = 'Ended'
}

interface Ports {
  readonly database: Statements
  readonly artifacts: Artifacts
  readonly mlflow: Mlflow
}

/**
 * Ports of a function that ends at a certain call to any of them: before it has an effect, or after it had one and
 * before its answer arrived.
 */
export function endingAt<Given extends Ports>(
  given: Given,
  call: number,
  moment: 'before' | 'after',
): Given {
  let calls = 0
  async function step<Result>(work: () => Promise<Result>): Promise<Result> {
    calls += 1
    if (calls > call || (calls === call && moment === 'before')) throw new Ended()
    const result = await work()
    if (calls >= call) throw new Ended()
    return result
  }
  const { database, artifacts, mlflow } = given
  return {
    ...given,
    database: { query: (sql, parameters) => step(() => database.query(sql, parameters)) },
    artifacts: {
      read: (key) => step(() => artifacts.read(key)),
      write: (key, content, type) => step(() => artifacts.write(key, content, type)),
      list: (prefix) => step(() => artifacts.list(prefix)),
    },
    mlflow: {
      call: (method, path, values) => step(() => mlflow.call(method, path, values)),
      send: (path, body, headers) => step(() => mlflow.send(path, body, headers)),
    },
  }
}
