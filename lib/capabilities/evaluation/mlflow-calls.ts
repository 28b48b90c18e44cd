/**
 * What each function calls of MLflow, through the front door: method and beginning of the path. What is not listed is
 * refused; a test compares the lists with the calls in the functions' code.
 */
export const mlflowCalls = {
  prepare: [
    'GET /api/2.0/mlflow/experiments/get-by-name',
    'POST /api/2.0/mlflow/experiments/create',
    'GET /api/2.0/mlflow/model-versions/get',
    'POST /api/2.0/mlflow/runs/create',
    'POST /api/2.0/mlflow/runs/delete',
    'POST /api/2.0/mlflow/runs/log-batch',
    'POST /api/2.0/mlflow/runs/log-inputs',
    'POST /api/2.0/mlflow/runs/search',
    'POST /api/2.0/mlflow/runs/update',
    'GET /api/3.0/mlflow/datasets/*',
    'POST /api/3.0/mlflow/datasets/search',
    'GET /api/3.0/mlflow/traces/batchGet',
    'GET /api/3.0/mlflow/traces/get',
  ],
  batch: [
    'GET /api/2.0/mlflow/experiments/get-by-name',
    'POST /api/2.0/mlflow/experiments/create',
    'POST /v1/traces',
  ],
  conclude: [
    'GET /api/2.0/mlflow/experiments/get-by-name',
    'POST /api/2.0/mlflow/experiments/create',
    'POST /api/2.0/mlflow/runs/create',
    'POST /api/2.0/mlflow/runs/delete',
    'GET /api/2.0/mlflow/runs/get',
    'POST /api/2.0/mlflow/runs/log-batch',
    'POST /api/2.0/mlflow/runs/search',
    'POST /api/2.0/mlflow/runs/update',
    'POST /api/2.0/mlflow/traces/link-to-run',
    'POST /api/3.0/mlflow/traces/batchGetInfos',
    // Assessments of a trace, whose id comes in between.
    'POST /api/3.0/mlflow/traces/tr-*',
  ],
  api: ['GET /api/2.0/mlflow/experiments/get-by-name', 'POST /api/2.0/mlflow/runs/search'],
} as const
