-- Puts the guards on MLflow's tables. `always`: they also fire where a session plays a replica.
create or replace trigger gate_alias before insert or update or delete on mlflow.registered_model_aliases
for each row execute function gate.guard_alias();
create or replace trigger gate_move after insert or update on mlflow.registered_model_aliases
for each row execute function gate.record_move();
create or replace trigger gate_version before insert or update or delete on mlflow.model_versions
for each row execute function gate.guard_version();
create or replace trigger gate_version_tag before insert or update or delete on mlflow.model_version_tags
for each row execute function gate.guard_version_tag();
create or replace trigger gate_name_tag before insert or update or delete on mlflow.registered_model_tags
for each row execute function gate.guard_name_tag();

do $$
declare
  guarded text;
  one record;
begin
  foreach guarded in array array['registered_model_aliases', 'model_versions', 'model_version_tags',
    'registered_model_tags', 'registered_models']
  loop
    execute format(
      'create or replace trigger gate_truncate before truncate on mlflow.%I for each statement execute function gate.guard_truncate()',
      guarded);
  end loop;
  for one in
    select c.relname as table_name, t.tgname as trigger_name
    from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'mlflow'::regnamespace and not t.tgisinternal and t.tgname like 'gate\_%' and t.tgenabled <> 'A'
  loop
    execute format('alter table mlflow.%I enable always trigger %I', one.table_name, one.trigger_name);
  end loop;
end
$$;
