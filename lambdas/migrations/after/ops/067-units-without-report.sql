-- repeatable
-- Units of production that nobody has reported on.

-- How many units of a type the traces of a period name of which no outcome was ever reported. Traces that an evaluation
-- made itself carry the tag ops.evaluation.id and are none of production.
create or replace function units_without_report(
  of_workload text, of_experiment text, of_type text, from_ms bigint, until_ms bigint)
returns bigint
language sql stable
as $$
  select count(distinct unit.id)
  from mlflow.experiments e
  join mlflow.trace_info t
    on t.experiment_id = e.experiment_id and t.timestamp_ms >= from_ms and t.timestamp_ms < until_ms
  join mlflow.trace_tags type on type.request_id = t.request_id and type.key = 'ops.unit.type'
  join mlflow.trace_tags tag on tag.request_id = t.request_id and tag.key = 'ops.unit.id'
  cross join lateral (select ops.label(tag.value, 200) as id) unit
  where e.name = of_experiment and ops.label(type.value, 40) = of_type and unit.id <> ''
    and not exists (
      select from mlflow.trace_tags own where own.request_id = t.request_id and own.key = 'ops.evaluation.id')
    and not exists (
      select from ops.outcome o
      where o.workload = of_workload and o.unit_type = of_type and o.unit_id = unit.id)
$$;
