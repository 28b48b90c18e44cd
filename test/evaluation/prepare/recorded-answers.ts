import { readFileSync } from 'node:fs'
import { type Mlflow, MlflowError } from '../../../lambdas/platform/mlflow.ts'

interface Recorded {
  readonly name: string
  readonly status: number
  readonly body: Readonly<Record<string, unknown>> & {
    readonly error_code?: string
    readonly message?: string
  }
  /** Of `traces`: id by what the trace is of. */
  readonly ids?: Readonly<Record<string, string>>
}

/** What MLflow 3.17 answered to `fixtures/record.py`, by name. */
export const recordedAnswers: ReadonlyMap<string, Recorded> = new Map(
  readFileSync(new URL('fixtures/mlflow-3.17.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded)
    .map((recorded) => [recorded.name, recorded]),
)

/** A recorded answer as the port gives it: a body, or an error. */
export function answerAsRecorded(name: string): unknown {
  const recorded = recordedAnswers.get(name)
  if (recorded === undefined) throw new Error(`Nothing was recorded as ${name}.`)
  const { status, body } = recorded
  if (status >= 400) throw new MlflowError(body.message ?? '', status, body.error_code ?? '')
  return body
}

/** MLflow as a function of what it is called with. */
export function mlflowThat(
  answer: (path: string, values: Readonly<Record<string, unknown>>) => unknown,
): Mlflow & { readonly calls: string[] } {
  const calls: string[] = []
  return {
    calls,
    async call<Answer>(method: string, path: string, values = {}) {
      calls.push(`${method} ${path}`)
      return (await answer(path, values)) as Answer
    },
    send: () => Promise.reject(new Error('Nothing is sent.')),
  }
}
