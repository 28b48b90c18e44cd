-- Runs on every deployment as the administrator, before MLflow starts. Every statement may run again.

-- A CREATEROLE master may act for the roles it made only after this (PostgreSQL 16 and later).
grant mlflow, ops to current_user with set true, inherit true;

create schema if not exists mlflow authorization mlflow;

create schema if not exists ops authorization ops;

-- MLflow creates its tables without naming a schema.
alter role mlflow set search_path = mlflow;

alter role ops set search_path = ops;

-- Days are computed in the environment's time zone explicitly; everything else is UTC.
alter role ops set timezone = 'UTC';

revoke all on schema public from public;

do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to mlflow', current_database());
  execute format('grant connect, temporary on database %I to ops', current_database());
end
$$;

grant usage on schema mlflow to ops;
