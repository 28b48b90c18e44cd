-- What the promotion function may do, and nothing more.

-- Number of the entry with which what a name has had in production begins to count: its latest adoption. When a name
-- leaves the configuration and returns, it is adopted anew, and nothing is known of what its versions were meanwhile.
create or replace function gate.history_begin(in_workspace text, in_name text) returns bigint
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(max(l.sequence), 0) from gate.ledger l
  where l.workspace = in_workspace and l.name = in_name and l.action = 'adoption'
$$;

-- Lets one move be made within a time, and returns the approval's id. `entry` becomes the ledger's entry of the move.
create or replace function gate.approve(
  in_workspace text, in_name text, in_from integer, in_to integer, in_entry jsonb, in_seconds integer)
returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  approval uuid;
  action text := in_entry ->> 'action';
  digest text;
  proven text;
  changed timestamptz;
begin
  if not gate.is_protected(in_workspace, in_name) then
    perform gate.refuse(format('%s is not protected: there is nothing to approve.', in_name));
  end if;
  if in_seconds is null or in_seconds < 1 or in_seconds > 300 then
    perform gate.refuse('An approval lasts from 1 to 300 seconds.');
  end if;
  if action is null or action not in ('promotion', 'rollback', 'automatic-rollback') then
    perform gate.refuse(format('What is approved is a promotion or a rollback, not "%s".', action));
  end if;
  digest := gate.version_digest(in_workspace, in_name, in_to);
  if digest is null then
    perform gate.refuse(format('%s has no version %s.', in_name, in_to));
  end if;
  if action <> 'promotion' then
    select l.content::jsonb ->> 'versionDigest' into proven from gate.ledger l
    where l.workspace = in_workspace and l.name = in_name and l.to_version = in_to
      and l.action in ('promotion', 'rollback', 'automatic-rollback', 'adoption')
      and l.sequence >= gate.history_begin(in_workspace, in_name)
    order by l.sequence desc limit 1;
    if proven is null then
      perform gate.refuse(format('%s version %s was never in production since it is guarded: it can be promoted, not rolled back to.', in_name, in_to));
    elsif proven <> digest then
      perform gate.refuse(format('%s version %s is no longer what was in production. Register a new version and promote it.', in_name, in_to));
    end if;
  end if;
  -- The last word on what the decision rests on: an evaluation of this content and no other.
  if action = 'promotion' then
    if not gate.is_as_registered(in_workspace, in_name, in_to) then
      perform gate.refuse(format(
        '%s version %s was changed after it was registered, or has the number of one that was deleted. Register a new version.',
        in_name, in_to));
    end if;
    changed := gate.content_changed_at(in_workspace, in_name, in_to);
    if exists (
      select from jsonb_path_query(in_entry, 'lax $.evidence.**.startedAt') s(at)
      where gate.moment(s.at #>> '{}') < changed) then
      perform gate.refuse(format('An evaluation began before %s version %s was registered. Evaluate it again.', in_name, in_to));
    end if;
  end if;
  insert into gate.approval (workspace, name, from_version, to_version, entry, version_digest, expires_at)
  values (in_workspace, in_name, in_from, in_to,
    in_entry || jsonb_build_object('workload', (
      select p.workload from gate.protected_name p where p.workspace = in_workspace and p.name = in_name)),
    digest, clock_timestamp() + in_seconds * interval '1 second')
  returning approval_id into approval;
  return approval;
end
$$;

-- Takes an approval back that was not used, so that a move that failed cannot be made later.
create or replace function gate.withdraw(in_approval uuid) returns void
language sql security definer
set search_path = pg_catalog, pg_temp
as $$
  update gate.approval set consumed_at = clock_timestamp() where approval_id = in_approval and consumed_at is null
$$;

-- Records what moves nothing: a refusal, a person's approval, something noticed outside.
create or replace function gate.record(entry jsonb) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if entry ->> 'action' in ('promotion', 'rollback', 'automatic-rollback', 'adoption', 'version-deleted') then
    perform gate.refuse(format('An entry of %s is written by the move itself.', entry ->> 'action'));
  end if;
  return gate.append(entry);
end
$$;

-- Moves production of several names in one transaction, all or none: for a model and a prompt that belong together.
-- `moves` is an array of { name, from, to, entry }. Each move passes the same guard as MLflow's own.
create or replace function gate.move_together(in_workspace text, moves jsonb) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  move jsonb;
  moved integer;
begin
  -- Everything is locked first, in the order of names: whoever moves one of them holds its row, then wants the ledger.
  perform from mlflow.registered_model_aliases a
  where a.workspace = in_workspace and a.alias = 'production'
    and a.name in (select value ->> 'name' from jsonb_array_elements(moves))
  order by a.name for update;
  perform from mlflow.model_versions v
  where v.workspace = in_workspace
    and (v.name, v.version) in (
      select m.value ->> 'name', (m.value ->> side)::integer
      from jsonb_array_elements(moves) m, (values ('from'), ('to')) s(side))
  order by v.name, v.version for no key update;
  for move in select value from jsonb_array_elements(moves) order by value ->> 'name' loop
    perform gate.approve(in_workspace, move ->> 'name', (move ->> 'from')::integer, (move ->> 'to')::integer,
      move -> 'entry', 60);
    update mlflow.registered_model_aliases a set version = (move ->> 'to')::integer
    where a.workspace = in_workspace and a.name = move ->> 'name' and a.alias = 'production'
      and a.version = (move ->> 'from')::integer;
    get diagnostics moved = row_count;
    if moved <> 1 then
      perform gate.refuse(format('production of %s is no longer version %s: nothing was moved.', move ->> 'name', move ->> 'from'));
    end if;
  end loop;
end
$$;

-- Makes the protected names those of the configuration. What is in production when a name becomes protected is
-- adopted: its entry says that nothing was proven. A name that leaves is free from then on, and the ledger says so.
create or replace function gate.protect(names jsonb) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  one record;
begin
  if jsonb_typeof(names) is distinct from 'array' then
    perform gate.refuse('The protected names are an array.');
  end if;
  if exists (
    select from jsonb_array_elements(names) w
    full join (select p.name from gate.protected_name p where p.workspace = 'default') p on p.name = w.value ->> 'name'
    where w.value is null or p.name is null) then
    -- Moves that began before a name was protected end first.
    lock table mlflow.model_versions, mlflow.model_version_tags, mlflow.registered_model_aliases in share row exclusive mode;
  end if;
  for one in
    select p.name, p.kind, p.workload from gate.protected_name p
    where p.workspace = 'default'
      and not exists (select from jsonb_array_elements(names) w where w.value ->> 'name' = p.name)
  loop
    perform gate.release(one.name, one.kind, one.workload);
  end loop;
  for one in
    select w.value ->> 'name' as name, w.value ->> 'kind' as kind, w.value ->> 'workload' as workload
    from jsonb_array_elements(names) w
  loop
    if gate.is_protected('default', one.name) then
      update gate.protected_name set kind = one.kind, workload = one.workload
      where workspace = 'default' and name = one.name and (kind, workload) is distinct from (one.kind, one.workload);
    else
      perform gate.adopt(one.name, one.kind, one.workload);
    end if;
  end loop;
end
$$;

-- Begins to protect a name. Where only the stage says what is in production, the alias is made to say the same.
create or replace function gate.adopt(in_name text, in_kind text, in_workload text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  current integer := gate.production_version('default', in_name);
  number bigint;
begin
  if current is null then
    -- What `models:/<name>/Production` serves: the highest.
    select max(v.version) into current from mlflow.model_versions v
    where v.workspace = 'default' and v.name = in_name and v.current_stage = 'Production';
    if current is not null then
      insert into mlflow.registered_model_aliases (workspace, name, alias, version)
      values ('default', in_name, 'production', current);
    end if;
  end if;
  if current is not null then
    perform gate.follow_alias('default', in_name, current);
  end if;
  insert into gate.protected_name (workspace, name, kind, workload) values ('default', in_name, in_kind, in_workload);
  -- With nothing in production there is nothing to say, unless the ledger's last word on the name is another.
  if current is not null or exists (
    select from gate.ledger l where l.workspace = 'default' and l.name = in_name
      and l.action in ('promotion', 'rollback', 'automatic-rollback', 'adoption')) then
    number := gate.append(jsonb_build_object(
      'action', 'adoption', 'workload', in_workload, 'workspace', 'default', 'name', in_name, 'kind', in_kind,
      'from', null, 'to', current, 'actor', 'deployment',
      'reason', 'it was in production when the name became protected; nothing was asked of it',
      'versionDigest', gate.version_digest('default', in_name, current)));
  end if;
  if current is not null then
    insert into gate.frozen_version (workspace, name, version, sequence) values ('default', in_name, current, number);
  end if;
end
$$;

-- Ends protecting a name.
create or replace function gate.release(in_name text, in_kind text, in_workload text) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform gate.append(jsonb_build_object(
    'action', 'outside-change', 'workload', in_workload, 'workspace', 'default', 'name', in_name, 'kind', in_kind,
    'from', gate.production_version('default', in_name), 'to', gate.production_version('default', in_name),
    'actor', 'deployment', 'reason', 'the configuration no longer names it: production is not guarded from here on'));
  delete from gate.protected_name where workspace = 'default' and name = in_name;
  -- What anyone may change now is no longer what was in production.
  delete from gate.frozen_version where workspace = 'default' and name = in_name;
  delete from gate.content_change where workspace = 'default' and name = in_name;
  update gate.approval set consumed_at = clock_timestamp()
  where workspace = 'default' and name = in_name and consumed_at is null;
end
$$;
