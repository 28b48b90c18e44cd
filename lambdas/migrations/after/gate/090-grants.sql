-- Functions run as `ledger`, which nobody can log in as.
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

grant execute on function gate.approve(text, text, integer, integer, jsonb, integer), gate.withdraw(uuid),
  gate.record(jsonb), gate.move_together(text, jsonb), gate.findings(), gate.production_version(text, text),
  gate.history_begin(text, text), gate.version_digest(text, text, integer), gate.content_changed_at(text, text, integer),
  gate.is_as_registered(text, text, integer) to gatekeeper;
grant execute on function gate.findings() to ops;
