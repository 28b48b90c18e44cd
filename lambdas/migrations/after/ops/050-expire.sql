-- repeatable
-- Drops the months of priced calls that are no longer kept; sums and unit costs stay.
create or replace function expire_calls(before_moment timestamptz, out dropped integer)
language plpgsql
as $$
declare
  month timestamp := date_trunc('month', before_moment at time zone 'UTC');
  partition_name text;
begin
  dropped := 0;
  for partition_name in
    select child.relname from pg_inherits
    join pg_class child on child.oid = inhrelid
    where inhparent = 'ops.llm_call'::regclass and child.relname < 'llm_call_' || to_char(month, 'YYYY_MM')
  loop
    execute format('drop table ops.%I', partition_name);
    dropped := dropped + 1;
  end loop;
  insert into ops.retention as kept (kept_since_ns)
  values ((extract(epoch from month at time zone 'UTC') * 1000000000)::bigint)
  on conflict (singleton) do update set kept_since_ns = greatest(kept.kept_since_ns, excluded.kept_since_ns);
end
$$;
