-- Runs on every deployment as the administrator, once MLflow has created or upgraded its tables.
-- What the platform reads, and nothing else: MLflow keeps secrets of its own in other tables.

grant select on
  mlflow.alembic_version, mlflow.experiments, mlflow.trace_info, mlflow.trace_tags, mlflow.spans
to ops;
