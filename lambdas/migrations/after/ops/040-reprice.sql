-- repeatable
-- Prices the calls of a period again from the tokens that were kept, so that it works after MLflow's traces expired.

-- Reprices the next `call_limit` calls of a repricing, in the order in which they started, and keeps its audit row.
-- Asking again for a finished repricing changes nothing.
create or replace function reprice(
  of_repricing text, from_moment timestamptz, until_moment timestamptz, call_limit integer,
  out busy boolean, out calls integer, out changed integer, out finished boolean)
language plpgsql
-- After five chunks Postgres would plan for any range and any list of traces, and read whole tables for each chunk.
set plan_cache_mode = force_custom_plan
as $$
declare
  audit ops.repricing;
  settled_before bigint := 0;
  settled_after bigint := 0;
  last_ns bigint;
begin
  busy := not pg_try_advisory_xact_lock(hashtext('ops.settle'));
  calls := 0; changed := 0; finished := false;
  if busy then
    return;
  end if;
  select * into strict audit from ops.repricing where repricing_id = of_repricing;
  if audit.finished_at is not null then
    finished := true;
    return;
  end if;

  perform ops.prepare_readings();
  insert into reading
  select trace_id, span_id, started_at, experiment_id, started_at_ns, day, workload, span_provider, model, mode,
    unit_type, unit_id, prompt_version, country, false, true, true,
    input_tokens, cached_input_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
    mlflow_cost_nano
  from ops.llm_call
  where started_at >= greatest(from_moment, ops.instant(audit.next_ns)) and started_at < until_moment
    and (status = 'priced' or reason in ('no price', 'not resolved')) and started_at_ns > audit.next_ns
  order by started_at_ns
  -- Calls that began in the same nanosecond stay in one chunk.
  fetch first call_limit rows with ties;

  select count(*), max(started_at_ns) into calls, last_ns from reading;
  finished := calls < call_limit;
  if calls > 0 then
    select s.changed_calls, s.cost_before_nano, s.cost_after_nano
    into changed, settled_before, settled_after from ops.settle_readings() s;
  end if;
  update ops.repricing set
    next_ns = coalesce(last_ns, next_ns),
    calls_seen = calls_seen + calls,
    calls_changed = calls_changed + changed,
    cost_before_nano = cost_before_nano + settled_before,
    cost_after_nano = cost_after_nano + settled_after,
    finished_at = case when finished then now() end
  where repricing_id = of_repricing;
end
$$;
