-- repeatable
-- Finds, in MLflow's trace tables, what evaluations of production look at. Traces that an evaluation made itself carry
-- the tag ops.evaluation.id and are none of production.

-- Traces of a period that succeeded, in an order that the seed shuffles: the same traces give the same order, and a
-- larger sample holds the smaller one. Tags are looked up for those that are drawn, not for all.
create or replace function drawn_traces(
  of_experiment integer, from_ms bigint, until_ms bigint, seed text, most integer)
returns table (trace_id text)
language sql stable
as $$
  with shuffled as materialized (
    select t.request_id, md5(seed || ':' || t.request_id) as draw
    from mlflow.trace_info t
    where t.experiment_id = of_experiment and t.timestamp_ms >= from_ms and t.timestamp_ms < until_ms
      and t.status = 'OK'
    order by draw
  )
  select s.request_id::text
  from shuffled s
  where not exists (
    select from mlflow.trace_tags tag where tag.request_id = s.request_id and tag.key = 'ops.evaluation.id')
  order by s.draw
  limit most
$$;

-- The traces of a period in the order of their time, with the unit that each names; null where it names none of the
-- given types, an evaluation made it, or an outcome of the unit was reported before the evaluation was asked for. Pages
-- begin after a trace.
create or replace function units_without_outcome(
  of_experiment integer, of_workload text, for_evaluation text, types jsonb, until_ms bigint,
  after_ms bigint, after_trace text, page integer)
returns table (trace_id text, timestamp_ms bigint, unit_type text, unit_id text)
language sql stable
as $$
  with traces as (
    select t.request_id, t.timestamp_ms
    from mlflow.trace_info t
    where t.experiment_id = of_experiment and t.timestamp_ms >= after_ms and t.timestamp_ms < until_ms
      and (t.timestamp_ms, t.request_id) > (after_ms, after_trace)
    order by t.timestamp_ms, t.request_id
    limit page
  ), named as (
    select t.request_id, t.timestamp_ms, ops.label(type.value, 40) as unit_type, ops.label(unit.value, 200) as unit_id
    from traces t
    left join mlflow.trace_tags type on type.request_id = t.request_id and type.key = 'ops.unit.type'
    left join mlflow.trace_tags unit on unit.request_id = t.request_id and unit.key = 'ops.unit.id'
  ), counted as (
    select n.*, n.unit_id <> '' and types ? n.unit_type
      and not exists (
        select from mlflow.trace_tags tag where tag.request_id = n.request_id and tag.key = 'ops.evaluation.id')
      and not exists (
        select from ops.outcome o
        where o.workload = of_workload and o.unit_type = n.unit_type and o.unit_id = n.unit_id
          and o.received_at <= (select requested_at from ops.evaluation where evaluation_id = for_evaluation))
      as counts
    from named n
  )
  select request_id::text, timestamp_ms, case when counts then unit_type end, case when counts then unit_id end
  from counted
  order by timestamp_ms, request_id
$$;
