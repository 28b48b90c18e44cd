-- Functions run as `ledger`, which nobody can log in as and which may append but not change.
grant usage on schema mlflow to ledger;
grant select on mlflow.registered_model_aliases, mlflow.model_versions, mlflow.model_version_tags to ledger;
grant update (version) on mlflow.registered_model_aliases to ledger;
grant update (current_stage, last_updated_time) on mlflow.model_versions to ledger;
grant usage on schema gate to ledger, gatekeeper, ops, mlflow;
grant select, insert on gate.ledger, gate.frozen_version to ledger;
grant select, insert, update, delete on gate.protected_name to ledger;
grant select, insert, update on gate.approval to ledger;
revoke all on gate.ledger, gate.approval, gate.protected_name, gate.frozen_version from public;
grant select on gate.ledger, gate.protected_name to gatekeeper, ops;

-- An owner needs it for the moment of becoming one.
grant create on schema gate to ledger;

do $$
declare
  one record;
begin
  for one in select p.oid::regprocedure as signature from pg_catalog.pg_proc p where p.pronamespace = 'gate'::regnamespace
  loop
    execute format('alter function %s owner to ledger', one.signature);
    execute format('revoke all on function %s from public', one.signature);
  end loop;
end
$$;

revoke create on schema gate from ledger;

-- Triggers run for whoever writes; the others are the gatekeeper's.
grant execute on function gate.guard_alias(), gate.derive_stages(), gate.guard_version(), gate.guard_version_tag(),
  gate.guard_name_tag(), gate.guard_truncate() to mlflow;
grant execute on function gate.approve(text, text, integer, integer, jsonb, integer), gate.withdraw(uuid),
  gate.record(jsonb), gate.move_together(text, jsonb), gate.findings(), gate.production_version(text, text),
  gate.version_digest(text, text, integer) to gatekeeper;
grant execute on function gate.findings() to ops;
