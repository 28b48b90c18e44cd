-- Runs on every deployment as the administrator, once MLflow has created or upgraded its tables.

grant select on all tables in schema mlflow to ops;

-- The webhook and gateway secrets of MLflow are no business of the platform.
revoke select on mlflow.secrets from ops;
