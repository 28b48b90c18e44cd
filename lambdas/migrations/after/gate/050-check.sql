-- What is wrong with the guarantee: one row per finding, none when all is well.
create or replace function gate.findings()
returns table (finding text, name text, detail text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  with expected(table_name, trigger_name, function_name) as (
    values
      ('registered_model_aliases', 'gate_alias', 'guard_alias'),
      ('registered_model_aliases', 'gate_move', 'record_move'),
      ('model_versions', 'gate_version', 'guard_version'),
      ('model_version_tags', 'gate_version_tag', 'guard_version_tag'),
      ('registered_model_tags', 'gate_name_tag', 'guard_name_tag'),
      ('registered_model_aliases', 'gate_truncate', 'guard_truncate'),
      ('model_versions', 'gate_truncate', 'guard_truncate'),
      ('model_version_tags', 'gate_truncate', 'guard_truncate'),
      ('registered_model_tags', 'gate_truncate', 'guard_truncate'),
      ('registered_models', 'gate_truncate', 'guard_truncate')
  ), last_entry as (
    select distinct on (l.workspace, l.name) l.workspace, l.name, l.to_version, l.sequence,
      l.content::jsonb ->> 'versionDigest' as digest
    from gate.ledger l
    where l.action in ('promotion', 'rollback', 'automatic-rollback', 'adoption')
    order by l.workspace, l.name, l.sequence desc
  ), production as (
    select p.workspace, p.name, gate.production_version(p.workspace, p.name) as version, l.to_version, l.sequence, l.digest
    from gate.protected_name p
    left join last_entry l on l.workspace = p.workspace and l.name = p.name
  ), guarded as (
    select distinct to_regclass('mlflow.' || e.table_name) as relation, e.table_name from expected e
  )
  select 'trigger missing or disabled', e.table_name, format('trigger %s of mlflow.%s', e.trigger_name, e.table_name)
  from expected e
  where not exists (
    select from pg_trigger t
    join pg_proc f on f.oid = t.tgfoid
    where t.tgrelid = to_regclass('mlflow.' || e.table_name) and t.tgname = e.trigger_name
      and t.tgenabled = 'A' and f.pronamespace = to_regnamespace('gate') and f.proname = e.function_name)
  union all
  select 'trigger missing or disabled', 'gate.ledger', format('trigger %s of gate.ledger', e.name)
  from (values ('ledger_is_append_only'), ('ledger_is_not_truncated')) e(name)
  where not exists (
    select from pg_trigger t
    where t.tgrelid = to_regclass('gate.ledger') and t.tgname = e.name and t.tgenabled = 'A')
  union all
  -- What only an owner can add, to change a row after the guards have seen it or to show another one to MLflow.
  select 'something else is attached', g.table_name, format('trigger %s of mlflow.%s', t.tgname, g.table_name)
  from guarded g join pg_trigger t on t.tgrelid = g.relation
  where not t.tgisinternal
    and not exists (select from expected e where e.table_name = g.table_name and e.trigger_name = t.tgname)
  union all
  select 'something else is attached', g.table_name, format('rule %s of mlflow.%s', r.rulename, g.table_name)
  from guarded g join pg_rewrite r on r.ev_class = g.relation
  union all
  select 'something else is attached', g.table_name, format('table %s inherits mlflow.%s', i.inhrelid::regclass, g.table_name)
  from guarded g join pg_inherits i on i.inhparent = g.relation
  union all
  select 'alias differs from ledger', p.name,
    format('production points to %s; the ledger says %s', coalesce('version ' || p.version, 'nothing'),
      case when p.to_version is null then 'nothing' else format('version %s (entry %s)', p.to_version, p.sequence) end)
  from production p where p.version is distinct from p.to_version
  union all
  select 'alias in another letter case', p.name, format('alias %s points to version %s', a.alias, a.version)
  from gate.protected_name p
  join mlflow.registered_model_aliases a on a.workspace = p.workspace and a.name = p.name
  where lower(a.alias) = 'production' and a.alias <> 'production'
  union all
  select 'stage differs from alias', p.name, format('version %s is in stage %s', v.version, coalesce(v.current_stage, 'None'))
  from production p
  join mlflow.model_versions v on v.workspace = p.workspace and v.name = p.name
  where (v.current_stage is not distinct from 'Production') <> (v.version is not distinct from p.version)
  union all
  select 'version has changed', p.name,
    format('version %s is no longer made of what entry %s of the ledger records', p.version, p.sequence)
  from production p
  where p.version = p.to_version and p.digest is distinct from gate.version_digest(p.workspace, p.name, p.version)
$$;
