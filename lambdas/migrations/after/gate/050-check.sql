-- What is wrong with the guarantee: one row per finding, none when all is well.
create or replace function gate.findings()
returns table (finding text, name text, detail text)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
  with expected(table_name, trigger_name, function_name) as (
    values
      ('registered_model_aliases', 'gate_alias', 'guard_alias'),
      ('registered_model_aliases', 'gate_stages', 'derive_stages'),
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
  )
  select 'trigger missing or disabled', e.table_name, format('trigger %s of mlflow.%s', e.trigger_name, e.table_name)
  from expected e
  where not exists (
    select from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    join pg_proc f on f.oid = t.tgfoid
    where c.relnamespace = to_regnamespace('mlflow') and c.relname = e.table_name and t.tgname = e.trigger_name
      and t.tgenabled = 'A' and f.pronamespace = to_regnamespace('gate') and f.proname = e.function_name)
  union all
  select 'alias differs from ledger', name,
    format('production points to %s; the ledger says %s', coalesce('version ' || version, 'nothing'),
      coalesce(format('version %s (entry %s)', to_version, sequence), 'nothing'))
  from production where version is distinct from to_version
  union all
  select 'stage differs from alias', p.name, format('version %s is in stage Production', v.version)
  from production p
  join mlflow.model_versions v on v.workspace = p.workspace and v.name = p.name
  where v.current_stage = 'Production' and v.version is distinct from p.version
  union all
  select 'version has changed', p.name,
    format('version %s is no longer made of what entry %s of the ledger records', p.version, p.sequence)
  from production p
  where p.version = p.to_version and p.digest is distinct from gate.version_digest(p.workspace, p.name, p.version)
$$;
