import { MlflowError } from '../../platform/mlflow.ts'

/** Statuses that say nothing of the request itself: who asks may not, asks too often, or was too slow. */
const aboutCaller = new Set([401, 403, 408, 429])

/** Whether MLflow will not take a request whenever it comes, so that trying again has no use. */
export function isRefusal(error: unknown): error is MlflowError {
  return (
    error instanceof MlflowError &&
    error.status >= 400 &&
    error.status < 500 &&
    !aboutCaller.has(error.status)
  )
}

/** Whether MLflow is away, or will not talk to us at all. */
export function isAway(error: unknown): boolean {
  return (
    !(error instanceof MlflowError) ||
    error.status === 0 ||
    error.status > 500 ||
    aboutCaller.has(error.status)
  )
}
