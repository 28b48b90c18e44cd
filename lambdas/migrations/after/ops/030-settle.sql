-- repeatable
-- The third step of the cost job: reads the new calls of one experiment, prices them and moves every figure and the
-- watermark in one transaction. Rows never leave the database.

-- Fills `reading` with the calls of the given traces of one experiment.
create or replace function read_calls(
  of_experiment integer, workload_name text, zone text, until_ns bigint, trace_ids text[]) returns void
language plpgsql
as $$
declare
  -- A trace may reach back to what was dropped, and a clock may be wrong by years: neither is settled with it.
  earliest bigint := ops.kept_since();
  latest bigint := until_ns + 86400000000000;
begin
  insert into reading
  with recursive candidate as materialized (
    select s.trace_id, s.span_id, s.parent_span_id, s.start_time_unix_nano,
      ops.label(s.model_provider, 100) as provider, ops.label(s.model_name, 100) as model,
      -- Clients may write any cost there.
      case when s.total_cost between 0 and 1000000 then round(s.total_cost * 1e9)::bigint end as mlflow_cost_nano,
      s.type, ops.read_usage(s.content) as usage
    from mlflow.spans s
    where s.trace_id = any (trace_ids) and s.experiment_id = of_experiment
      and s.start_time_unix_nano >= earliest and s.start_time_unix_nano < latest
      and ops.may_be_call(s.type, s.model_name)
  ), crowded as materialized (
    select trace_id from candidate group by trace_id having count(*) > 1
  ), edge as materialized (
    select s.trace_id, s.span_id, s.parent_span_id
    from mlflow.spans s
    where s.trace_id = any (array(select trace_id from crowded)) and s.parent_span_id is not null
  ), ancestry (trace_id, span_id, ancestor_id) as (
    select c.trace_id, c.span_id, c.parent_span_id
    from candidate c join crowded using (trace_id)
    where c.parent_span_id is not null
    union
    select a.trace_id, a.span_id, e.parent_span_id
    from ancestry a join edge e on e.trace_id = a.trace_id and e.span_id = a.ancestor_id
  ), related as materialized (
    select a.trace_id, a.span_id as inner_id, a.ancestor_id as outer_id,
      (inside.usage).found as inner_found, (outside.usage).found as outer_found
    from ancestry a
    join candidate outside on outside.trace_id = a.trace_id and outside.span_id = a.ancestor_id
    join candidate inside on inside.trace_id = a.trace_id and inside.span_id = a.span_id
    -- An embedding inside a chat is another call, and so is a chat with another model and other tokens.
    where (outside.type = 'EMBEDDING') is not distinct from (inside.type = 'EMBEDDING')
      and not (
        outside.type in ('CHAT_MODEL', 'LLM') and (outside.usage).found and (inside.usage).found
        and outside.model <> '' and inside.model <> ''
        and ops.undated(outside.model) <> ops.undated(inside.model)
        and ((outside.usage).input_tokens, (outside.usage).output_tokens)
          <> ((inside.usage).input_tokens, (inside.usage).output_tokens))
  ), nested as materialized (
    -- The innermost span that reports tokens is the call; around and inside it are other views of the same call.
    select trace_id, outer_id as span_id from related where inner_found or not outer_found
    union
    select trace_id, inner_id from related where outer_found and not inner_found
  )
  select c.trace_id, c.span_id, ops.instant(c.start_time_unix_nano), of_experiment, c.start_time_unix_nano,
    (ops.instant(c.start_time_unix_nano) at time zone zone)::date,
    workload_name, c.provider, c.model, coalesce(d.mode, 'standard'),
    coalesce(d.unit_type, ''), coalesce(d.unit_id, ''), coalesce(d.prompt_version, ''), coalesce(d.country, ''),
    n.span_id is not null, (c.usage).readable, (c.usage).found,
    coalesce((c.usage).input_tokens, 0), coalesce((c.usage).cached_input_tokens, 0),
    coalesce((c.usage).cache_write_tokens, 0), coalesce((c.usage).cache_write_1h_tokens, 0),
    coalesce((c.usage).output_tokens, 0), coalesce((c.usage).reasoning_tokens, 0), c.mlflow_cost_nano
  from candidate c
  left join nested n using (trace_id, span_id)
  left join ops.trace_dimensions(trace_ids) d using (trace_id);
end
$$;

-- Notes where a trace's own token total and the sum of its calls differ, and forgets where they no longer do.
create or replace function compare_tokens(trace_ids text[]) returns void
language plpgsql
as $$
begin
  with compared as (
    select r.trace_id, min(r.experiment_id) as experiment_id, min(r.workload) as workload, min(r.day) as day,
      max(t.total_tokens) as trace_tokens,
      coalesce(sum((r.input_tokens + r.output_tokens)) filter (where not r.nested), 0) as call_tokens
    from reading r join mlflow.trace_info t on t.request_id = r.trace_id
    group by r.trace_id
  ), forgotten as (
    delete from ops.token_difference where trace_id in (
      select trace_id from compared where trace_tokens is not distinct from call_tokens)
  )
  insert into ops.token_difference as kept (trace_id, experiment_id, workload, day, trace_tokens, call_tokens)
  select trace_id, experiment_id, workload, day, trace_tokens, call_tokens
  from compared where trace_tokens is not null and trace_tokens <> call_tokens
  on conflict (trace_id) do update set
    workload = excluded.workload, day = excluded.day,
    trace_tokens = excluded.trace_tokens, call_tokens = excluded.call_tokens, noticed_at = now()
  where (kept.workload, kept.day, kept.trace_tokens, kept.call_tokens)
    is distinct from (excluded.workload, excluded.day, excluded.trace_tokens, excluded.call_tokens);
end
$$;

-- Settles the first `call_limit` unseen calls of an experiment that started in [from_ns, until_ns), with all calls of
-- their traces, and takes up changed tags of calls on the way. Running it again, in parallel or after a crash changes
-- nothing. `next_ns` is where the next chunk begins; `busy` means that another run holds the lock and nothing was done.
create or replace function settle(
  of_experiment integer, workload_name text, zone text, from_ns bigint, until_ns bigint, call_limit integer,
  out busy boolean, out traces integer, out calls integer, out changed integer, out next_ns bigint,
  out finished boolean)
language plpgsql
-- After five chunks Postgres would plan for any range and any list of traces, and read whole tables for each chunk.
set plan_cache_mode = force_custom_plan
as $$
declare
  first_ns bigint := greatest(from_ns, ops.kept_since());
  picked text[];
  known text[];
  found integer;
  found_until bigint;
begin
  busy := not pg_try_advisory_xact_lock(hashtext('ops.settle'));
  traces := 0; calls := 0; changed := 0; next_ns := from_ns; finished := false;
  if busy then
    return;
  end if;

  select array_agg(distinct trace_id), count(*), max(start_time_unix_nano) into picked, found, found_until
  from (
    select s.trace_id, s.start_time_unix_nano
    from mlflow.spans s
    where s.experiment_id = of_experiment
      and s.start_time_unix_nano >= first_ns and s.start_time_unix_nano < until_ns
      and ops.may_be_call(s.type, s.model_name)
      and not exists (
        select from ops.llm_call c
        where c.trace_id = s.trace_id and c.span_id = s.span_id
          and c.started_at = ops.instant(s.start_time_unix_nano)
        -- Keeps it a look-up by key, whatever Postgres guesses of rows that came after its last analyze.
        offset 0)
    order by s.start_time_unix_nano
    limit call_limit
  ) unseen;
  next_ns := case when found < call_limit then until_ns else found_until end;

  -- Calls that are known are looked at as well, so many at a time that one statement stays short.
  select array_agg(distinct trace_id), count(*), max(started_at_ns) into known, found, found_until
  from (
    select trace_id, started_at_ns from ops.llm_call
    where experiment_id = of_experiment and started_at_ns >= first_ns and started_at_ns < next_ns
      and started_at >= ops.instant(first_ns) and started_at <= ops.instant(next_ns)
    order by started_at_ns
    limit 10 * call_limit
  ) seen;
  if found = 10 * call_limit and found_until > from_ns then
    next_ns := found_until;
  end if;
  if found > 0 then
    select picked || array_agg(distinct differing.trace_id), count(*), max(differing.started_at_ns)
    into picked, found, found_until
    from (
      select c.trace_id, c.started_at_ns
      from unnest(known) as seen(trace_id)
      -- A trace that MLflow no longer has keeps what was known of it.
      join mlflow.trace_info t on t.request_id = seen.trace_id
      left join ops.trace_dimensions(known) d on d.trace_id = seen.trace_id
      cross join lateral (
        select * from ops.llm_call
        where trace_id = seen.trace_id and started_at >= ops.instant(first_ns) and started_at <= ops.instant(next_ns)
        offset 0
      ) c
      where c.experiment_id = of_experiment and c.started_at_ns >= first_ns and c.started_at_ns < next_ns
        and (c.reason = 'not resolved'
          or (c.workload, c.day, c.unit_type, c.unit_id, c.prompt_version, c.country, c.mode)
          is distinct from (workload_name, (c.started_at at time zone zone)::date, coalesce(d.unit_type, ''),
            coalesce(d.unit_id, ''), coalesce(d.prompt_version, ''), coalesce(d.country, ''),
            coalesce(d.mode, 'standard')))
      order by c.started_at_ns
      limit call_limit
    ) differing;
    if found = call_limit and found_until > from_ns then
      next_ns := found_until;
    end if;
  end if;
  finished := next_ns = until_ns;

  if cardinality(picked) > 0 then
    perform ops.prepare_readings();
    perform ops.read_calls(of_experiment, workload_name, zone, until_ns, picked);
    select changed_calls into changed from ops.settle_readings();
    perform ops.compare_tokens(picked);
    select count(distinct trace_id), count(*) filter (where not nested) into traces, calls from reading;
  end if;

  insert into ops.watermark as kept (experiment_id, settled_until_ns) values (of_experiment, next_ns)
  on conflict (experiment_id) do update
    set settled_until_ns = greatest(kept.settled_until_ns, excluded.settled_until_ns), updated_at = now();
end
$$;
