-- Runs on every deployment as the administrator, after MLflow has its tables. Every statement may run again.
-- The ledger, and what may stand in `production`. Whoever writes here can neither change nor remove what was written.

-- What is made from here on is nobody's until the grants of the last file say whose it is.
alter default privileges revoke execute on functions from public;

-- Guards that stand call what a deployment adds at once.
alter default privileges in schema gate grant execute on functions to ledger;

-- A moment of ISO 8601 text; immutable, since the text names its offset.
create or replace function gate.moment(iso text) returns timestamptz
language sql immutable strict
set search_path = pg_catalog, pg_temp
set timezone = 'UTC'
as $$ select iso::timestamptz $$;

-- Names whose alias `production` is protected, from config/workloads.ts.
create table if not exists gate.protected_name (
  workspace text not null,
  name text not null,
  kind text not null check (kind in ('model', 'prompt')),
  workload text not null,
  since timestamptz not null default now(),
  primary key (workspace, name)
);

-- One entry is one JSON text, and its hash covers the hash of the entry before it:
-- hash = SHA-256 of previous_hash, a line feed, and content, in UTF-8.
create table if not exists gate.ledger (
  sequence bigint primary key,
  content text not null,
  previous_hash text not null,
  hash text not null unique,
  -- For looking things up: they cannot differ from what was hashed.
  at timestamptz not null generated always as (gate.moment(content::jsonb ->> 'at')) stored,
  action text not null generated always as (content::jsonb ->> 'action') stored,
  workload text not null generated always as (content::jsonb ->> 'workload') stored,
  workspace text not null generated always as (content::jsonb ->> 'workspace') stored,
  name text not null generated always as (content::jsonb ->> 'name') stored,
  from_version integer generated always as ((content::jsonb ->> 'from')::integer) stored,
  to_version integer generated always as ((content::jsonb ->> 'to')::integer) stored
);

create index if not exists ledger_name on gate.ledger (workspace, name, sequence desc);
create index if not exists ledger_at on gate.ledger (at);

-- What the gate has decided and MLflow has yet to do: one move, once, soon.
create table if not exists gate.approval (
  approval_id uuid primary key default gen_random_uuid(),
  workspace text not null,
  name text not null,
  -- What production points to now; null where it points to nothing.
  from_version integer,
  to_version integer not null,
  entry jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  consumed_at timestamptz
);

-- What the version was made of when the gate decided; a move of anything else is refused.
alter table gate.approval add column if not exists version_digest text;

-- Whether the move was made with it, and the entry of the move. Without a move it is consumed when it is withdrawn or
-- production moves otherwise.
alter table gate.approval add column if not exists used boolean not null default false;

alter table gate.approval add column if not exists sequence bigint references gate.ledger;

create index if not exists approval_open on gate.approval (workspace, name, to_version) where consumed_at is null;

-- Versions that have been in production: what they are made of does not change any more.
create table if not exists gate.frozen_version (
  workspace text not null,
  name text not null,
  version integer not null,
  sequence bigint not null references gate.ledger,
  primary key (workspace, name, version)
);

-- When a version of a protected name got the content that it has: what was evaluated before proves nothing of it.
create table if not exists gate.content_change (
  workspace text not null,
  name text not null,
  version integer not null,
  changed_at timestamptz not null,
  primary key (workspace, name, version)
);

-- The transaction that registered it first; null where that was before the name was protected. Whoever keeps versions by
-- their number, as MLflow's client does for ever, goes on with what was registered then: where content changed later, no
-- evaluation proves anything.
alter table gate.content_change add column if not exists registered_at timestamptz;

-- What `ledger`, as whom the functions run, may do: it appends but does not change.
grant usage on schema mlflow to ledger;

grant select on mlflow.registered_model_aliases, mlflow.model_versions, mlflow.model_version_tags to ledger;

grant insert, update (version) on mlflow.registered_model_aliases to ledger;

-- To wait for moves that are under way when a name becomes protected.
grant maintain on mlflow.registered_model_aliases, mlflow.model_versions, mlflow.model_version_tags to ledger;

grant update (current_stage, last_updated_time) on mlflow.model_versions to ledger;

grant usage on schema gate to ledger, gatekeeper, ops;

-- Triggers fire without it. Whoever may name a guard could put it on a table of their own and feed it rows.
revoke usage on schema gate from mlflow;

grant select, insert on gate.ledger to ledger;

grant select, insert, delete on gate.frozen_version to ledger;

grant select, insert, update, delete on gate.content_change to ledger;

grant select, insert, update, delete on gate.protected_name to ledger;

grant select, insert, update on gate.approval to ledger;

revoke all on gate.ledger, gate.approval, gate.protected_name, gate.frozen_version, gate.content_change from public;

grant select on gate.ledger, gate.protected_name to gatekeeper, ops;
