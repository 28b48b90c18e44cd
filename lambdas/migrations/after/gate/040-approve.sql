-- What the promotion function may do, and nothing more.

-- Lets one move be made within a time, and returns the approval's id. `entry` becomes the ledger's entry of the move.
create or replace function gate.approve(
  in_workspace text, in_name text, in_from integer, in_to integer, in_entry jsonb, in_seconds integer)
returns uuid
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  approval uuid;
begin
  if not gate.is_protected(in_workspace, in_name) then
    perform gate.refuse(format('%s is not protected: there is nothing to approve.', in_name));
  end if;
  if in_seconds is null or in_seconds < 1 or in_seconds > 300 then
    perform gate.refuse('An approval lasts from 1 to 300 seconds.');
  end if;
  insert into gate.approval (workspace, name, from_version, to_version, entry, expires_at)
  values (in_workspace, in_name, in_from, in_to,
    in_entry || jsonb_build_object('workload', (
      select p.workload from gate.protected_name p where p.workspace = in_workspace and p.name = in_name)),
    clock_timestamp() + in_seconds * interval '1 second')
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
  -- In the order of names, so that two such moves cannot wait for each other.
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
-- adopted: its entry says that nothing was proven.
create or replace function gate.protect(names jsonb) returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  wanted record;
  current integer;
  number bigint;
begin
  for wanted in
    select w.value ->> 'name' as name, w.value ->> 'kind' as kind, w.value ->> 'workload' as workload
    from jsonb_array_elements(names) w
  loop
    if gate.is_protected('default', wanted.name) then
      update gate.protected_name set kind = wanted.kind, workload = wanted.workload
      where workspace = 'default' and name = wanted.name
        and (kind, workload) is distinct from (wanted.kind, wanted.workload);
      continue;
    end if;
    insert into gate.protected_name (workspace, name, kind, workload)
    values ('default', wanted.name, wanted.kind, wanted.workload);
    current := gate.production_version('default', wanted.name);
    if current is not null then
      number := gate.append(jsonb_build_object(
        'action', 'adoption', 'workload', wanted.workload, 'workspace', 'default', 'name', wanted.name,
        'from', null, 'to', current, 'actor', 'deployment',
        'reason', 'it was in production when the name became protected; nothing was asked of it',
        'versionDigest', gate.version_digest('default', wanted.name, current)));
      insert into gate.frozen_version (workspace, name, version, sequence)
      values ('default', wanted.name, current, number) on conflict do nothing;
    end if;
  end loop;
  delete from gate.protected_name p
  where p.workspace = 'default'
    and not exists (select from jsonb_array_elements(names) w where w.value ->> 'name' = p.name);
end
$$;
