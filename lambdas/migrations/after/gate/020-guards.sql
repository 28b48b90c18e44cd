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

-- What a refused client is told.
create or replace function gate.refuse(reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception '%', reason using errcode = 'P0001';
end
$$;

-- The alias production of a protected name moves only where the gate has approved exactly this move, and the move is
-- in the ledger when it is made.
create or replace function gate.guard_alias() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  leaves boolean := tg_op <> 'INSERT' and lower(old.alias) = 'production' and gate.is_protected(old.workspace, old.name);
  arrives boolean := tg_op <> 'DELETE' and lower(new.alias) = 'production' and gate.is_protected(new.workspace, new.name);
  stays boolean;
  approved gate.approval;
  number bigint;
begin
  if not leaves and not arrives then
    return case when tg_op = 'DELETE' then old else new end;
  end if;
  if tg_op = 'UPDATE' then
    stays := (old.workspace, old.name, old.alias) = (new.workspace, new.name, new.alias);
    if leaves and not stays then
      perform gate.refuse(format('%s is in production: it cannot be renamed or moved away. Promote another version instead.', old.name));
    end if;
    if stays and old.version = new.version then
      return new;
    end if;
  elsif tg_op = 'DELETE' then
    perform gate.refuse(format(
      '%s version %s is in production: neither it, its alias nor the model can be deleted. Promote another version instead.',
      old.name, old.version));
  end if;
  if tg_op = 'INSERT' and new.alias = 'production' and gate.production_version(new.workspace, new.name) is not null then
    -- The row is there: this either fails by its key, or becomes an update (`on conflict`), which is guarded then.
    return new;
  end if;
  if new.alias <> 'production' then
    perform gate.refuse(format('Write the alias of %s in lower case: production.', new.name));
  end if;
  update gate.approval set consumed_at = clock_timestamp()
  where approval_id = (
    select a.approval_id from gate.approval a
    where a.workspace = new.workspace and a.name = new.name and a.to_version = new.version
      and a.from_version is not distinct from (case when tg_op = 'UPDATE' then old.version end)
      and a.consumed_at is null and a.expires_at > clock_timestamp()
    order by a.created_at limit 1
    for update)
  returning * into approved;
  if approved.approval_id is null then
    perform gate.refuse(format(
      'production of %s is guarded: version %s has no approval. Ask POST /ops/%s/%s/promotions, or set the alias through the platform''s front door.',
      new.name, new.version,
      (select case p.kind when 'prompt' then 'prompts' else 'models' end from gate.protected_name p
       where p.workspace = new.workspace and p.name = new.name),
      new.name));
  end if;
  number := gate.append(approved.entry || jsonb_build_object(
    'approval', approved.approval_id, 'workspace', new.workspace, 'name', new.name,
    'from', approved.from_version, 'to', new.version,
    'versionDigest', gate.version_digest(new.workspace, new.name, new.version)));
  insert into gate.frozen_version (workspace, name, version, sequence)
  values (new.workspace, new.name, new.version, number)
  on conflict do nothing;
  return new;
end
$$;

-- Stages follow the alias: exactly the version in production is in stage Production, whatever old code asks for.
create or replace function gate.derive_stages() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if new.alias = 'production' and gate.is_protected(new.workspace, new.name) then
    update mlflow.model_versions v
    set current_stage = case when v.version = new.version then 'Production' else 'Archived' end,
      last_updated_time = (extract(epoch from clock_timestamp()) * 1000)::bigint
    where v.workspace = new.workspace and v.name = new.name
      and (v.current_stage = 'Production') is distinct from (v.version = new.version)
      and v.current_stage <> 'Deleted_Internal';
  end if;
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
  if tg_op = 'DELETE' then
    if gate.is_protected(old.workspace, old.name)
      and gate.production_version(old.workspace, old.name) = old.version then
      perform gate.refuse(format('%s version %s is in production and cannot be deleted.', old.name, old.version));
    end if;
    return old;
  end if;
  if not gate.is_protected(new.workspace, new.name) then
    return new;
  end if;
  current := gate.production_version(new.workspace, new.name);
  if new.current_stage = 'Production' and current is distinct from new.version
    and (tg_op = 'INSERT' or old.current_stage is distinct from 'Production') then
    perform gate.refuse(format(
      'Stage Production of %s is guarded: version %s is not in production. Promote it through the platform''s front door.',
      new.name, new.version));
  end if;
  if tg_op = 'INSERT' then
    return new;
  end if;
  if old.current_stage = 'Production' and new.current_stage is distinct from 'Production' and current = new.version then
    perform gate.refuse(format(
      '%s version %s is in production: it cannot leave that stage. Promote another version instead.', new.name, new.version));
  end if;
  if gate.is_frozen(old.workspace, old.name, old.version) and new.current_stage <> 'Deleted_Internal'
    and (old.name, old.version, old.source, old.storage_location, old.run_id, old.run_link)
      is distinct from (new.name, new.version, new.source, new.storage_location, new.run_id, new.run_link) then
    perform gate.refuse(format('%s version %s was in production: its source and run cannot change.', old.name, old.version));
  end if;
  if gate.is_frozen(old.workspace, old.name, old.version)
    and new.current_stage = 'Deleted_Internal' and old.current_stage is distinct from 'Deleted_Internal' then
    perform gate.append(jsonb_build_object(
      'action', 'version-deleted', 'workload', (
        select p.workload from gate.protected_name p where p.workspace = old.workspace and p.name = old.name),
      'workspace', old.workspace, 'name', old.name, 'from', null, 'to', old.version,
      'actor', 'mlflow', 'reason', 'a version that was in production earlier was deleted in MLflow'));
  end if;
  return new;
end
$$;

-- The text of a prompt that was in production, and whether a name is a prompt, do not change.
create or replace function gate.guard_version_tag() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op <> 'INSERT' and gate.is_prompt_tag(old.key) and gate.is_frozen(old.workspace, old.name, old.version)
    and (tg_op = 'DELETE' or old is distinct from new) then
    perform gate.refuse(format(
      'version %s of %s was in production: what it is made of cannot change. Register a new version.', old.version, old.name));
  end if;
  if tg_op <> 'DELETE' and gate.is_prompt_tag(new.key) and gate.is_frozen(new.workspace, new.name, new.version)
    and (tg_op = 'INSERT' or old is distinct from new) then
    perform gate.refuse(format(
      'version %s of %s was in production: what it is made of cannot change. Register a new version.', new.version, new.name));
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;

create or replace function gate.guard_name_tag() returns trigger
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  protected_name text;
begin
  if tg_op <> 'INSERT' and gate.is_prompt_tag(old.key) and gate.production_version(old.workspace, old.name) is not null
    and gate.is_protected(old.workspace, old.name) and (tg_op = 'DELETE' or old is distinct from new) then
    protected_name := old.name;
  elsif tg_op = 'INSERT' and gate.is_prompt_tag(new.key) and gate.production_version(new.workspace, new.name) is not null
    and gate.is_protected(new.workspace, new.name) then
    protected_name := new.name;
  end if;
  if protected_name is not null then
    perform gate.refuse(format('%s is in production: whether it is a prompt cannot change.', protected_name));
  end if;
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
