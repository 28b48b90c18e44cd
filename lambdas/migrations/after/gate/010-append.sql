-- The one way into the ledger.

-- Appends an entry and returns its number. Appending is serialised until the transaction ends, so that every entry
-- follows the one before it and an entry that is rolled back leaves no gap.
create or replace function gate.append(entry jsonb) returns bigint
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  last_sequence bigint;
  last_hash text;
  numbered text;
begin
  perform pg_advisory_xact_lock(hashtextextended('gate.ledger', 0));
  select sequence, hash into last_sequence, last_hash from gate.ledger order by sequence desc limit 1;
  last_sequence := coalesce(last_sequence, 0) + 1;
  last_hash := coalesce(last_hash, repeat('0', 64));
  numbered := (entry || jsonb_build_object(
    'sequence', last_sequence,
    'at', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))::text;
  insert into gate.ledger (sequence, content, previous_hash, hash)
  values (last_sequence, numbered, last_hash,
    encode(sha256(convert_to(last_hash || E'\n' || numbered, 'UTF8')), 'hex'));
  return last_sequence;
end
$$;

-- Entries are for ever, also for their owner.
create or replace function gate.refuse_change() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'The ledger is append-only.' using errcode = 'P0001';
end
$$;

create or replace trigger ledger_is_append_only
before update or delete on gate.ledger
for each row execute function gate.refuse_change();

create or replace trigger ledger_is_not_truncated
before truncate on gate.ledger
for each statement execute function gate.refuse_change();

alter table gate.ledger enable always trigger ledger_is_append_only;

alter table gate.ledger enable always trigger ledger_is_not_truncated;
