-- Triggers on MLflow's tables. They decide by rows alone, so no client, endpoint or spelling gets around them.
-- Every refusal is SQLSTATE P0001: MLflow makes a 400 of it, which clients do not retry.

create or replace function gate.is_protected(in_workspace text, in_name text) returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (select from gate.protected_name p where p.workspace = in_workspace and p.name = in_name)
$$;

create or replace function gate.is_frozen(in_workspace text, in_name text, in_version integer) returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from gate.frozen_version f
    where f.workspace = in_workspace and f.name = in_name and f.version = in_version)
$$;

-- The version that production points to; null where it points to none.
create or replace function gate.production_version(in_workspace text, in_name text) returns integer
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select a.version from mlflow.registered_model_aliases a
  where a.workspace = in_workspace and a.name = in_name and a.alias = 'production'
$$;

-- Tags in which MLflow keeps a prompt's text, type and model settings.
create or replace function gate.is_prompt_tag(key text) returns boolean
language sql immutable
set search_path = pg_catalog, pg_temp
as $$ select lower(key) like 'mlflow.prompt.%' or lower(key) like '\_mlflow\_prompt\_%' $$;

-- SHA-256 over what a version is made of: source, run, and for prompts the text with all that MLflow keeps about it.
create or replace function gate.version_digest(in_workspace text, in_name text, in_version integer) returns text
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select encode(sha256(convert_to(jsonb_build_object(
    'source', v.source, 'storageLocation', v.storage_location, 'runId', v.run_id,
    'prompt', coalesce((
      select jsonb_object_agg(t.key, t.value)
      from mlflow.model_version_tags t
      where t.workspace = v.workspace and t.name = v.name and t.version = v.version
        and gate.is_prompt_tag(t.key)), '{}'))::text, 'UTF8')), 'hex')
  from mlflow.model_versions v
  where v.workspace = in_workspace and v.name = in_name and v.version = in_version
$$;

-- When a version got the content that it has; null where that was before the name was protected.
create or replace function gate.content_changed_at(in_workspace text, in_name text, in_version integer)
returns timestamptz
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select c.changed_at from gate.content_change c
  where c.workspace = in_workspace and c.name = in_name and c.version = in_version
$$;

-- Whether a version is made of what was first registered by its number, as far as it was protected then.
create or replace function gate.is_as_registered(in_workspace text, in_name text, in_version integer) returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select not exists (
    select from gate.content_change c
    where c.workspace = in_workspace and c.name = in_name and c.version = in_version
      and c.changed_at is distinct from c.registered_at)
$$;

-- Notes that a version is registered. One of a number that was there before is a change of that.
create or replace function gate.note_registration(in_workspace text, in_name text, in_version integer) returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into gate.content_change as c (workspace, name, version, changed_at, registered_at)
  values (in_workspace, in_name, in_version, transaction_timestamp(), transaction_timestamp())
  on conflict (workspace, name, version) do update set changed_at = clock_timestamp()
$$;

-- Notes that the content of a version has changed or is gone. What the registration itself writes is no change.
create or replace function gate.note_change(in_workspace text, in_name text, in_version integer) returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
  insert into gate.content_change as c (workspace, name, version, changed_at)
  values (in_workspace, in_name, in_version, clock_timestamp())
  on conflict (workspace, name, version) do update set changed_at = excluded.changed_at
  where c.registered_at is distinct from transaction_timestamp()
$$;

-- What a refused client is told.
create or replace function gate.refuse(reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception '%', reason using errcode = 'P0001';
end
$$;

-- What every guard asks first. In an isolation above MLflow's own, a transaction that began before a name was protected
-- or a version promoted would not see it. And a guard that were put on another table could be told anything.
create or replace function gate.check_guard(guarded oid, expected text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if guarded is distinct from to_regclass('mlflow.' || expected)::oid then
    perform gate.refuse(format('This guard belongs on mlflow.%s alone.', expected));
  end if;
  if current_setting('transaction_isolation') <> 'read committed' then
    perform gate.refuse('What is in production is only guarded in transactions of isolation "read committed": use that.');
  end if;
end
$$;

-- The alias production of a protected name moves only where the gate has approved exactly this move.
-- Locks are taken in one order, by all who move: alias, name, version, ledger.
create or replace function gate.guard_alias() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  leaves boolean;
  arrives boolean;
  approved uuid;
  stage text;
begin
  perform gate.check_guard(tg_relid, 'registered_model_aliases');
  leaves := tg_op <> 'INSERT' and lower(old.alias) = 'production' and gate.is_protected(old.workspace, old.name);
  arrives := tg_op <> 'DELETE' and lower(new.alias) = 'production' and gate.is_protected(new.workspace, new.name);
  if tg_op = 'DELETE' then
    -- One in other letter case is from before the name was protected: it may go, but not move.
    if leaves and old.alias = 'production' then
      perform gate.refuse(format(
        '%s version %s is in production: neither it, its alias nor the model can be deleted. Promote another version instead.',
        old.name, old.version));
    end if;
    return old;
  end if;
  if not leaves and not arrives then
    return new;
  end if;
  if tg_op = 'UPDATE' then
    if (old.workspace, old.name, old.alias) is distinct from (new.workspace, new.name, new.alias) then
      perform gate.refuse(format('production of %s is guarded: no alias is renamed or moved to it or away from it.',
        case when leaves then old.name else new.name end));
    end if;
    if old.version = new.version then
      return new;
    end if;
  end if;
  if new.alias <> 'production' then
    perform gate.refuse(format('Write the alias of %s in lower case: production.', new.name));
  end if;
  if tg_op = 'INSERT' and gate.production_version(new.workspace, new.name) is not null then
    -- The row is there: this either fails by its key, or becomes an update (`on conflict`), which is guarded then.
    return new;
  end if;
  perform pg_advisory_xact_lock(hashtextextended(format('gate.name %s %s', new.workspace, new.name), 0));
  -- Whoever deletes the version or changes a prompt's text has ended after this, or waits.
  select v.current_stage into stage from mlflow.model_versions v
  where v.workspace = new.workspace and v.name = new.name and v.version = new.version
  for no key update;
  if not found or stage = 'Deleted_Internal' then
    perform gate.refuse(format('%s has no version %s.', new.name, new.version));
  end if;
  select a.approval_id into approved from gate.approval a
  where a.workspace = new.workspace and a.name = new.name and a.to_version = new.version
    and a.from_version is not distinct from (case when tg_op = 'UPDATE' then old.version end)
    and a.version_digest = gate.version_digest(new.workspace, new.name, new.version)
    and a.consumed_at is null and a.expires_at > clock_timestamp()
  order by a.created_at desc limit 1
  for update;
  if approved is null then
    perform gate.refuse(format(
      'production of %s is guarded: version %s has no approval. Ask POST /ops/%s/%s/promotions, or set the alias through the platform''s front door.',
      new.name, new.version,
      (select case p.kind when 'prompt' then 'prompts' else 'models' end from gate.protected_name p
       where p.workspace = new.workspace and p.name = new.name),
      new.name));
  end if;
  -- The others were for what production pointed to until now: a rollback would make them good again.
  update gate.approval a
  set consumed_at = clock_timestamp(), used = a.approval_id = approved
  where a.workspace = new.workspace and a.name = new.name and a.consumed_at is null;
  return new;
end
$$;

-- Stages follow the alias: exactly the version in production is in stage Production, whatever old code asks for.
create or replace function gate.follow_alias(in_workspace text, in_name text, in_version integer) returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
  update mlflow.model_versions v
  set current_stage = case when v.version = in_version then 'Production' else 'Archived' end,
    last_updated_time = (extract(epoch from clock_timestamp()) * 1000)::bigint
  where v.workspace = in_workspace and v.name = in_name
    and (v.current_stage is not distinct from 'Production') is distinct from (v.version = in_version)
    and v.current_stage is distinct from 'Deleted_Internal'
$$;

-- Writes the move into the ledger and derives the stages. After the row, so that a row that `on conflict do nothing`
-- dropped leaves no entry.
create or replace function gate.record_move() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  approved gate.approval;
  number bigint;
begin
  perform gate.check_guard(tg_relid, 'registered_model_aliases');
  if new.alias <> 'production' or not gate.is_protected(new.workspace, new.name) then
    return null;
  end if;
  if tg_op = 'INSERT' or old.version <> new.version then
    select a.* into approved from gate.approval a
    where a.workspace = new.workspace and a.name = new.name and a.to_version = new.version
      and a.used and a.sequence is null
    order by a.consumed_at desc limit 1;
    if approved.approval_id is null then
      perform gate.refuse(format('production of %s moved without an approval: its guard is disabled.', new.name));
    end if;
    number := gate.append(approved.entry || jsonb_build_object(
      'approval', approved.approval_id, 'workspace', new.workspace, 'name', new.name,
      'from', approved.from_version, 'to', new.version, 'versionDigest', approved.version_digest));
    insert into gate.frozen_version (workspace, name, version, sequence)
    values (new.workspace, new.name, new.version, number)
    on conflict do nothing;
    update gate.approval set sequence = number where approval_id = approved.approval_id;
  end if;
  perform gate.follow_alias(new.workspace, new.name, new.version);
  return null;
end
$$;

-- A version is in stage Production exactly while production points to it, and one that was in production stays as it
-- was until it is deleted.
create or replace function gate.guard_version() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  current integer;
begin
  perform gate.check_guard(tg_relid, 'model_versions');
  if tg_op <> 'INSERT' and gate.is_protected(old.workspace, old.name) then
    current := gate.production_version(old.workspace, old.name);
    if tg_op = 'DELETE' or (old.workspace, old.name, old.version) is distinct from (new.workspace, new.name, new.version) then
      if current = old.version or gate.is_frozen(old.workspace, old.name, old.version) then
        perform gate.refuse(format('%s version %s is or was in production: it cannot be renamed or deleted from the database.',
          old.name, old.version));
      end if;
    elsif current = old.version and new.current_stage is distinct from 'Production'
      and new.current_stage is distinct from old.current_stage then
      perform gate.refuse(format(
        '%s version %s is in production: it cannot leave that stage or be deleted. Promote another version instead.',
        old.name, old.version));
    elsif not gate.is_frozen(old.workspace, old.name, old.version) then
      null;
    elsif old.current_stage = 'Deleted_Internal' then
      perform gate.refuse(format('%s version %s is deleted.', old.name, old.version));
    elsif new.current_stage = 'Deleted_Internal' then
      perform gate.append(jsonb_build_object(
        'action', 'version-deleted', 'workload', p.workload, 'workspace', p.workspace, 'name', p.name, 'kind', p.kind,
        'from', null, 'to', old.version, 'actor', 'mlflow',
        'reason', 'a version that was in production earlier was deleted in MLflow'))
      from gate.protected_name p
      where p.workspace = old.workspace and p.name = old.name;
    elsif (old.source, old.storage_location, old.run_id, old.run_link)
      is distinct from (new.source, new.storage_location, new.run_id, new.run_link) then
      perform gate.refuse(format('%s version %s was in production: its source and run cannot change.', old.name, old.version));
    end if;
    if tg_op = 'DELETE' or (old.workspace, old.name, old.version, old.source, old.storage_location, old.run_id)
      is distinct from (new.workspace, new.name, new.version, new.source, new.storage_location, new.run_id) then
      perform gate.note_change(old.workspace, old.name, old.version);
    end if;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  if not gate.is_protected(new.workspace, new.name) then
    return new;
  end if;
  if tg_op = 'INSERT' or (old.workspace, old.name, old.version) is distinct from (new.workspace, new.name, new.version) then
    -- Both come from elsewhere: a new version, or one of a model that takes over a protected name.
    if gate.is_frozen(new.workspace, new.name, new.version) then
      perform gate.refuse(format('%s version %s was in production: another cannot take its number.', new.name, new.version));
    end if;
    perform gate.note_registration(new.workspace, new.name, new.version);
  elsif new.current_stage is not distinct from old.current_stage then
    return new;
  end if;
  if new.current_stage = 'Production'
    and gate.production_version(new.workspace, new.name) is distinct from new.version then
    perform gate.refuse(format(
      'Stage Production of %s is guarded: version %s is not in production. Promote it through the platform''s front door.',
      new.name, new.version));
  end if;
  return new;
end
$$;

-- The text of a prompt that was in production does not change. Of others, a change is kept.
create or replace function gate.guard_version_tag() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  touched record;
begin
  perform gate.check_guard(tg_relid, 'model_version_tags');
  if tg_op = 'UPDATE' and old is not distinct from new then
    return new;
  end if;
  for touched in
    select t.workspace, t.name, t.version from (values
      (old.workspace, old.name, old.version, old.key), (new.workspace, new.name, new.version, new.key)
    ) t(workspace, name, version, key)
    where gate.is_prompt_tag(t.key) and gate.is_protected(t.workspace, t.name)
  loop
    -- A promotion of the version has ended after this, or waits.
    perform from mlflow.model_versions v
    where v.workspace = touched.workspace and v.name = touched.name and v.version = touched.version for share;
    if gate.is_frozen(touched.workspace, touched.name, touched.version) then
      perform gate.refuse(format('version %s of %s was in production: what it is made of cannot change. Register a new version.',
        touched.version, touched.name));
    end if;
    perform gate.note_change(touched.workspace, touched.name, touched.version);
  end loop;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;

-- Whether a name is a prompt does not change while a version of it is in production.
create or replace function gate.guard_name_tag() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  touched record;
begin
  perform gate.check_guard(tg_relid, 'registered_model_tags');
  if tg_op = 'UPDATE' and old is not distinct from new then
    return new;
  end if;
  for touched in
    select t.workspace, t.name from (values
      (old.workspace, old.name, old.key), (new.workspace, new.name, new.key)
    ) t(workspace, name, key)
    where gate.is_prompt_tag(t.key) and gate.is_protected(t.workspace, t.name)
      and gate.production_version(t.workspace, t.name) is not null
  loop
    perform gate.refuse(format('%s is in production: whether it is a prompt cannot change.', touched.name));
  end loop;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;

create or replace function gate.guard_truncate() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform gate.refuse(format('%s holds what is in production and cannot be truncated.', tg_table_name));
  return null;
end
$$;
