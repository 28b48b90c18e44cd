-- repeatable
-- What the application's calls in given traces took and cost, for the rows of an evaluation.

-- One row per trace that MLflow has. The cost is null unless every call of the trace is settled and priced; a trace
-- without any call has none, for nobody knows whether its calls were just not traced. Tokens are those of the calls, or
-- MLflow's own totals where the calls do not say.
create or replace function trace_costs(trace_ids text[])
returns table (trace_id text, input_tokens bigint, output_tokens bigint, cost_nano bigint)
language sql stable
-- Lists are of any length: a plan for all of them would read whole tables.
set plan_cache_mode = force_custom_plan
as $$
  select
    trace.request_id::text,
    case when spans.settled and calls.counted then calls.input_tokens else trace.input_tokens end,
    case when spans.settled and calls.counted then calls.output_tokens else trace.output_tokens end,
    case when spans.settled and calls.priced then calls.cost_nano end
  from mlflow.trace_info trace
  cross join lateral (
    select
      count(*) > 0
        and coalesce(bool_and(exists (
          select from ops.llm_call c
          where c.trace_id = s.trace_id and c.span_id = s.span_id
            and c.started_at = ops.instant(s.start_time_unix_nano))), false) as settled
    from mlflow.spans s
    where s.trace_id = trace.request_id and ops.may_be_call(s.type, s.model_name)
  ) spans
  cross join lateral (
    select
      sum(c.input_tokens)::bigint as input_tokens, sum(c.output_tokens)::bigint as output_tokens,
      sum(c.cost_nano)::bigint as cost_nano,
      bool_and(c.status = 'priced') as priced,
      -- A call without a price still has tokens, unless they are why it has none.
      bool_and(c.status <> 'unreadable' and c.reason <> 'no token usage') as counted
    from ops.llm_call c
    where c.trace_id = trace.request_id and c.status <> 'nested'
  ) calls
  where trace.request_id = any (trace_ids) and trace.status <> 'IN_PROGRESS'
$$;

-- What an evaluation's judge cost. Calls that its answers came from and that have no price are counted. The cost is null
-- while no call is priced although the judge was asked.
create or replace function judge_costs(
  of_evaluation text, out asked bigint, out priced bigint, out unpriced bigint, out cost_nano bigint)
language sql stable
as $$
  select j.asked, c.priced, c.unpriced, case when c.priced > 0 or j.asked = 0 then c.cost_nano end
  from (
    select count(*) as asked from ops.judgement
    where evaluation_id = of_evaluation and answer is not null and model <> ''
  ) j
  cross join (
    select
      count(*) filter (where status = 'priced') as priced,
      count(*) filter (where status in ('unpriced', 'unreadable')) as unpriced,
      coalesce(sum(call.cost_nano), 0)::bigint as cost_nano
    from ops.llm_call call where unit_type = 'evaluation' and unit_id = of_evaluation
  ) c
$$;
