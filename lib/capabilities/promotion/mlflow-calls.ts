/**
 * What each function of the gate calls of MLflow, past the routes that it stands on itself: method and beginning of the
 * path. What is not listed is refused; a test compares the lists with the calls in the functions' code. What the gate
 * hands on besides is in `guarded-routes.ts`.
 */
const registry = [
  'GET /api/2.0/mlflow/model-versions/get',
  'POST /api/2.0/mlflow/model-versions/set-tag',
  'POST /api/2.0/mlflow/registered-models/alias',
] as const

/** What a version was made of, and which rows its benchmark has now. */
const evidence = [
  'GET /api/2.0/mlflow/logged-models/*',
  'GET /api/2.0/mlflow/runs/get',
  'GET /api/3.0/mlflow/datasets/*',
  'POST /api/3.0/mlflow/datasets/search',
] as const

/** What was registered, for the indicators. */
const indicators = ['GET /api/2.0/mlflow/model-versions/search', ...evidence] as const

export const mlflowCalls = {
  mlflow: [...registry, ...evidence],
  api: [...registry, ...indicators],
  check: indicators,
  events: registry,
} as const
