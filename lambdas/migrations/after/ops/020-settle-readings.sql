-- repeatable
-- Prices what was read and moves calls, sums and unit costs by the difference. Used by settling and by repricing.

-- Makes the monthly partitions of llm_call that the rows of `reading` belong to.
create or replace function ensure_call_partitions() returns void
language plpgsql
as $$
declare
  month timestamp;
  partition_name text;
begin
  for month in
    select distinct date_trunc('month', started_at at time zone 'UTC') from reading
  loop
    partition_name := 'llm_call_' || to_char(month, 'YYYY_MM');
    if to_regclass('ops.' || partition_name) is null then
      execute format(
        'create table ops.%I partition of ops.llm_call for values from (%L) to (%L)',
        partition_name, month at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
    end if;
  end loop;
end
$$;

-- The empty table `reading` of this transaction: calls as read, not yet priced. `found` means that tokens are known.
create or replace function prepare_readings() returns void
language plpgsql
set client_min_messages = warning
as $$
begin
  drop table if exists pg_temp.reading, pg_temp.changed;
  create temporary table reading (
    trace_id text, span_id text, started_at timestamptz, experiment_id integer, started_at_ns bigint, day date,
    workload text, span_provider text, model text, mode text,
    unit_type text, unit_id text, prompt_version text, country text,
    nested boolean, readable boolean, found boolean,
    input_tokens bigint, cached_input_tokens bigint, cache_write_tokens bigint, cache_write_1h_tokens bigint,
    output_tokens bigint, reasoning_tokens bigint, mlflow_cost_nano bigint
  ) on commit drop;
end
$$;

-- Prices the rows of `reading`, writes those that differ from llm_call, and moves every sum by the difference.
-- cost = (uncached input x input + cached x cached_input + writes x cache_write + output x output) / 1,000,000,
-- rounded once to the nano-USD. Returns how many calls changed and what all of them cost before and after.
create or replace function settle_readings(
  out changed_calls integer, out cost_before_nano bigint, out cost_after_nano bigint)
language plpgsql
as $$
begin
  -- What the joins below need; all columns would take as long as the joins.
  analyze reading (trace_id, started_at, span_provider, model, mode);
  perform ops.ensure_call_partitions();

  create temporary table changed on commit drop as
  with priced as (
    select r.*,
      case
        when r.nested then 'nested'
        when not r.readable then 'unreadable'
        when not r.found or tier.price_id is null then 'unpriced'
        else 'priced'
      end as status,
      case
        when r.nested then 'part of another call'
        when not r.readable then 'content cannot be read'
        when not r.found then 'no token usage'
        when r.model = '' then 'no model name'
        when resolution.provider is null then 'not resolved'
        when tier.price_id is null then 'no price'
        else ''
      end as reason,
      tier.price_id, tier.above_input_tokens as tier, price.source,
      -- Some clients name the model alone; the price list knows whose it is.
      coalesce(nullif(r.span_provider, ''), price.matched_provider, '') as provider,
      case when not r.nested and r.readable and r.found then round((
        (r.input_tokens - r.cached_input_tokens - r.cache_write_tokens)::numeric * tier.input
        + r.cached_input_tokens::numeric * tier.cached_input
        + (r.cache_write_tokens - r.cache_write_1h_tokens)::numeric * tier.cache_write
        + r.cache_write_1h_tokens::numeric * tier.cache_write_1h
        + r.output_tokens::numeric * tier.output) / 1000000)::bigint end as cost_nano
    from reading r
    left join ops.price_resolution resolution
      on resolution.provider = r.span_provider and resolution.model = r.model and resolution.mode = r.mode
      and resolution.utc_day = (r.started_at at time zone 'UTC')::date
      and extract(epoch from (r.started_at at time zone 'UTC')::time)
        between resolution.from_second and resolution.until_second - 0.000001
    left join lateral (
      select * from ops.price_tier t
      where t.price_id = resolution.price_id
        and (t.above_input_tokens = 0 or r.input_tokens > t.above_input_tokens)
      order by t.above_input_tokens desc limit 1
    ) tier on r.found and not r.nested
    left join ops.price price on price.price_id = tier.price_id
  ), explained as (
    select p.*,
      case
        when p.cost_nano is null or p.mlflow_cost_nano is null
          or abs(p.cost_nano - p.mlflow_cost_nano) <= 0.01 * p.mlflow_cost_nano then p.reason
        when p.mode <> 'standard' then 'differs from MLflow: mode'
        when p.source = 'config' then 'differs from MLflow: own price'
        when p.tier > 0 then 'differs from MLflow: long context'
        when p.cached_input_tokens + p.cache_write_tokens > 0 then 'differs from MLflow: cache'
        else 'differs from MLflow: unknown'
      end as full_reason
    from priced p
  )
  select
    e.trace_id, e.span_id, e.started_at, e.experiment_id, e.started_at_ns, e.day, e.workload,
    e.span_provider, e.provider, e.model, e.mode, e.unit_type, e.unit_id, e.prompt_version, e.country, e.status,
    e.full_reason as reason,
    e.input_tokens, e.cached_input_tokens, e.cache_write_tokens, e.cache_write_1h_tokens, e.output_tokens,
    e.reasoning_tokens, e.price_id, e.tier, e.cost_nano, e.mlflow_cost_nano, old.call as old_call
  from explained e
  -- Each is looked up by its key. What Postgres guesses of rows that came after its last analyze may be far too few,
  -- and a join that compares all with all takes minutes.
  left join lateral (
    select c as call from ops.llm_call c
    where c.trace_id = e.trace_id and c.span_id = e.span_id and c.started_at = e.started_at
    offset 0
  ) old on true
  where (old.call).trace_id is null
    or ((old.call).day, (old.call).workload, (old.call).span_provider, (old.call).provider, (old.call).model, (old.call).mode,
      (old.call).unit_type, (old.call).unit_id, (old.call).prompt_version, (old.call).country, (old.call).status,
      (old.call).reason, (old.call).input_tokens, (old.call).cached_input_tokens, (old.call).cache_write_tokens,
      (old.call).cache_write_1h_tokens, (old.call).output_tokens, (old.call).reasoning_tokens, (old.call).price_id,
      (old.call).tier, (old.call).cost_nano, (old.call).mlflow_cost_nano)
    is distinct from
      (e.day, e.workload, e.span_provider, e.provider, e.model, e.mode, e.unit_type, e.unit_id, e.prompt_version,
      e.country, e.status, e.full_reason, e.input_tokens, e.cached_input_tokens, e.cache_write_tokens,
      e.cache_write_1h_tokens, e.output_tokens, e.reasoning_tokens, e.price_id, e.tier, e.cost_nano,
      e.mlflow_cost_nano);

  select count(*), coalesce(sum((old_call).cost_nano), 0), coalesce(sum(cost_nano), 0)
  into changed_calls, cost_before_nano, cost_after_nano
  from changed;
  if changed_calls = 0 then
    return;
  end if;

  insert into ops.llm_call
  select trace_id, span_id, started_at, experiment_id, started_at_ns, day, workload, span_provider, provider, model,
    mode, unit_type, unit_id, prompt_version, country, status, reason, input_tokens, cached_input_tokens,
    cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, price_id, tier, cost_nano,
    mlflow_cost_nano
  from changed
  on conflict (trace_id, span_id, started_at) do update set
    day = excluded.day, workload = excluded.workload, span_provider = excluded.span_provider, provider = excluded.provider, model = excluded.model,
    mode = excluded.mode, unit_type = excluded.unit_type, unit_id = excluded.unit_id,
    prompt_version = excluded.prompt_version, country = excluded.country, status = excluded.status,
    reason = excluded.reason, input_tokens = excluded.input_tokens,
    cached_input_tokens = excluded.cached_input_tokens, cache_write_tokens = excluded.cache_write_tokens,
    cache_write_1h_tokens = excluded.cache_write_1h_tokens, output_tokens = excluded.output_tokens,
    reasoning_tokens = excluded.reasoning_tokens, price_id = excluded.price_id, tier = excluded.tier,
    cost_nano = excluded.cost_nano, mlflow_cost_nano = excluded.mlflow_cost_nano;

  perform ops.move_sums();
end
$$;

-- Adds what the rows of `changed` are now to the sums, and takes away what they were.
create or replace function move_sums() returns void
language plpgsql
as $$
begin
  with moved as materialized (
    select 1 as sign, day, workload, provider, model, mode, unit_type, unit_id, prompt_version, country, status,
      reason, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
      cost_nano, mlflow_cost_nano
    from changed where status <> 'nested'
    union all
    select -1, (old_call).day, (old_call).workload, (old_call).provider, (old_call).model, (old_call).mode,
      (old_call).unit_type, (old_call).unit_id, (old_call).prompt_version, (old_call).country, (old_call).status,
      (old_call).reason, (old_call).input_tokens, (old_call).cached_input_tokens, (old_call).cache_write_tokens,
      (old_call).output_tokens, (old_call).reasoning_tokens, (old_call).cost_nano, (old_call).mlflow_cost_nano
    from changed where (old_call).status <> 'nested'
  ), units as (
    insert into ops.unit_cost as kept (workload, unit_type, unit_id, day, calls, priced_calls, cost_nano)
    select workload, unit_type, unit_id, day, sum(sign), coalesce(sum(sign) filter (where status = 'priced'), 0),
      coalesce(sum(sign * cost_nano), 0)
    from moved where unit_id <> ''
    group by workload, unit_type, unit_id, day
    on conflict (workload, unit_type, unit_id, day) do update set
      calls = kept.calls + excluded.calls, priced_calls = kept.priced_calls + excluded.priced_calls,
      cost_nano = kept.cost_nano + excluded.cost_nano
  )
  insert into ops.cost_rollup as kept
  select day, workload, provider, model, mode, unit_type, prompt_version, country, reason,
    sum(sign), coalesce(sum(sign) filter (where status = 'priced'), 0),
    coalesce(sum(sign) filter (where status = 'unpriced'), 0),
    coalesce(sum(sign) filter (where status = 'unreadable'), 0),
    sum(sign * input_tokens), sum(sign * cached_input_tokens), sum(sign * cache_write_tokens),
    sum(sign * output_tokens), sum(sign * reasoning_tokens), coalesce(sum(sign * cost_nano), 0),
    coalesce(sum(sign) filter (where cost_nano is not null and mlflow_cost_nano is not null), 0),
    coalesce(sum(sign * cost_nano) filter (where mlflow_cost_nano is not null), 0),
    coalesce(sum(sign * mlflow_cost_nano) filter (where cost_nano is not null), 0),
    coalesce(sum(sign) filter (where status = 'priced' and reason <> ''), 0)
  from moved
  group by day, workload, provider, model, mode, unit_type, prompt_version, country, reason
  on conflict (day, workload, provider, model, mode, unit_type, prompt_version, country, reason) do update set
    calls = kept.calls + excluded.calls,
    priced_calls = kept.priced_calls + excluded.priced_calls,
    unpriced_calls = kept.unpriced_calls + excluded.unpriced_calls,
    unreadable_calls = kept.unreadable_calls + excluded.unreadable_calls,
    input_tokens = kept.input_tokens + excluded.input_tokens,
    cached_input_tokens = kept.cached_input_tokens + excluded.cached_input_tokens,
    cache_write_tokens = kept.cache_write_tokens + excluded.cache_write_tokens,
    output_tokens = kept.output_tokens + excluded.output_tokens,
    reasoning_tokens = kept.reasoning_tokens + excluded.reasoning_tokens,
    cost_nano = kept.cost_nano + excluded.cost_nano,
    compared_calls = kept.compared_calls + excluded.compared_calls,
    compared_cost_nano = kept.compared_cost_nano + excluded.compared_cost_nano,
    mlflow_cost_nano = kept.mlflow_cost_nano + excluded.mlflow_cost_nano,
    differing_calls = kept.differing_calls + excluded.differing_calls;

  if not exists (select from changed where (old_call).trace_id is not null) then
    return;
  end if;
  delete from ops.cost_rollup where calls = 0 and day in (select (old_call).day from changed);
  delete from ops.unit_cost u using changed c
  where u.calls = 0 and u.workload = (c.old_call).workload and u.unit_type = (c.old_call).unit_type
    and u.unit_id = (c.old_call).unit_id and u.day = (c.old_call).day;
end
$$;
