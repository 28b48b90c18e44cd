/**
 * What each function of the gate calls of MLflow, past the routes that it stands on itself: method and beginning of the
 * path. What is not listed is refused; a test compares the lists with the calls in the functions' code. What the gate
 * hands on besides is in `guarded-routes.ts`.
 */
// A version, and the tag that says of which entry it was told.
const telling = [
  'GET /api/2.0/mlflow/model-versions/get',
  'POST /api/2.0/mlflow/model-versions/set-tag',
] as const

/** Who moves production tells of it. */
const registry = [...telling, 'POST /api/2.0/mlflow/registered-models/alias'] as const

/** What a version was made of. */
const making = [
  'GET /api/2.0/mlflow/model-versions/get-download-uri',
  'GET /api/2.0/mlflow/logged-models/*',
  'GET /api/2.0/mlflow/runs/get',
] as const

/** Which rows a benchmark has now. */
const datasets = ['GET /api/3.0/mlflow/datasets/*', 'POST /api/3.0/mlflow/datasets/search'] as const

/** What was registered, and whether it could be made again. */
const indicators = ['GET /api/2.0/mlflow/model-versions/search', ...making] as const

export const mlflowCalls = {
  mlflow: [...registry, ...making, ...datasets],
  api: [...registry, ...indicators, ...datasets],
  check: [...telling, ...indicators],
  events: registry,
} as const
