-- Runs on every deployment as the administrator, before MLflow starts. Every statement may run again.

-- The role that the gate's functions run as. Nobody logs in as it.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'ledger') then
    create role ledger nologin;
  end if;
end
$$;

-- A CREATEROLE master may act for the roles it made only after this (PostgreSQL 16 and later).
grant mlflow, ops, gatekeeper, ledger to current_user with set true, inherit true;

create schema if not exists mlflow authorization mlflow;

create schema if not exists ops authorization ops;

-- The gate's tables belong to the administrator: whoever uses them can neither change nor drop them.
create schema if not exists gate;

-- MLflow creates its tables without naming a schema.
alter role mlflow set search_path = mlflow;

alter role ops set search_path = ops;

alter role gatekeeper set search_path = ops;

-- Days are computed in the environment's time zone explicitly; everything else is UTC.
alter role ops set timezone = 'UTC';

alter role gatekeeper set timezone = 'UTC';

revoke all on schema public from public;

do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to mlflow', current_database());
  execute format('grant connect, temporary on database %I to ops', current_database());
  execute format('grant connect on database %I to gatekeeper', current_database());
end
$$;

grant usage on schema mlflow to ops;
