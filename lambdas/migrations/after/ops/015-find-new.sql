-- repeatable
-- Finds what is new in MLflow's spans. Together with 010 and 030, the only SQL that knows MLflow's trace tables.

-- Experiments that have spans, with the moment until which their spans are settled.
create or replace function traced_experiments()
returns table (experiment_id integer, name text, settled_until_ns bigint)
language sql stable
as $$
  select e.experiment_id, e.name::text, w.settled_until_ns
  from mlflow.experiments e
  left join ops.watermark w using (experiment_id)
  where exists (select from mlflow.spans s where s.experiment_id = e.experiment_id)
  order by e.experiment_id
$$;

-- When the first span of an experiment in a range started; null where there is none.
create or replace function first_span(of_experiment integer, from_ns bigint, until_ns bigint) returns bigint
language sql stable
as $$
  select min(start_time_unix_nano) from mlflow.spans
  where experiment_id = of_experiment and start_time_unix_nano >= from_ns and start_time_unix_nano < until_ns
$$;

-- Combinations of provider, model, mode and UTC day among the spans that started in a range of an experiment and that
-- have no price row yet.
create or replace function unresolved_combinations(of_experiment integer, from_ns bigint, until_ns bigint)
returns table (provider text, model text, mode text, utc_day date)
language sql stable
as $$
  -- Few rows are left after this step, so that the next is quick however few Postgres guesses them to be.
  with used as materialized (
    select s.model_provider, s.model_name, tag.value as mode, s.start_time_unix_nano / 86400000000000 as day_number
    from mlflow.spans s
    left join mlflow.trace_tags tag on tag.request_id = s.trace_id and tag.key = 'ops.pricing.mode'
    where s.experiment_id = of_experiment and s.model_name is not null
      and s.start_time_unix_nano >= from_ns and s.start_time_unix_nano < until_ns
    group by s.model_provider, s.model_name, tag.value, day_number
  ), named as (
    select distinct ops.label(model_provider, 100) as provider, ops.label(model_name, 100) as model,
      ops.pricing_mode(mode) as mode,
      date '1970-01-01' + day_number::integer as utc_day
    from used
  )
  select * from named n
  where model <> '' and not exists (
    select from ops.price_resolution r
    where r.provider = n.provider and r.model = n.model and r.mode = n.mode and r.utc_day = n.utc_day)
$$;

-- Counts, by day, the calls in a range of an experiment that arrived after their time and are in no sum, and keeps the
-- counts.
create or replace function count_late_calls(
  of_experiment integer, workload_name text, zone text, from_ns bigint, until_ns bigint) returns bigint
language sql
as $$
  delete from ops.late_calls where experiment_id = of_experiment;
  with counted as (
    insert into ops.late_calls (experiment_id, day, workload, calls, counted_at)
    select of_experiment, (ops.instant(s.start_time_unix_nano) at time zone zone)::date, workload_name, count(*), now()
    from mlflow.spans s
    where s.experiment_id = of_experiment
      and s.start_time_unix_nano >= from_ns and s.start_time_unix_nano < until_ns
      and ops.may_be_call(s.type, s.model_name)
      and not exists (
        select from ops.llm_call c
        where c.trace_id = s.trace_id and c.span_id = s.span_id
          and c.started_at = ops.instant(s.start_time_unix_nano)
          and c.started_at >= ops.instant(from_ns) and c.started_at <= ops.instant(until_ns))
    group by 2
    returning calls
  )
  select coalesce(sum(calls), 0)::bigint from counted
$$;
