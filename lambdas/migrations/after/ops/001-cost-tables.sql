-- Where cost aggregation keeps what it knows. Money is a bigint of nano-USD, prices are nano-USD
-- per million tokens, a day is a day of the environment's time zone unless its name says UTC.

-- One row per MLflow experiment: all spans that started before it, and arrived in time, are settled.
create table watermark (
  experiment_id integer primary key,
  settled_until_ns bigint not null,
  updated_at timestamptz not null default now()
);

-- Calls that started before it were dropped, or were never kept: they are not settled again. It only rises.
create table retention (
  singleton boolean primary key default true check (singleton),
  kept_since_ns bigint not null
);

-- A set of prices that applied to a call. Its id is a digest of its content, so that storing it twice is one row.
create table price (
  price_id text primary key,
  source text not null,
  source_version text not null,
  matched_provider text not null,
  matched_model text not null,
  first_used_at timestamptz not null default now()
);

-- The whole call is charged at the highest tier that its input tokens exceed; 0 is the base tier.
create table price_tier (
  price_id text not null references price,
  above_input_tokens bigint not null,
  input bigint not null,
  cached_input bigint not null,
  cache_write bigint not null,
  cache_write_1h bigint not null,
  output bigint not null,
  primary key (price_id, above_input_tokens)
);

-- Which price a provider, model and mode had from one second of a UTC day to another. No price: price_id is null.
create table price_resolution (
  provider text not null,
  model text not null,
  mode text not null,
  utc_day date not null,
  from_second integer not null,
  until_second integer not null,
  price_id text references price,
  resolved_at timestamptz not null default now(),
  primary key (provider, model, mode, utc_day, from_second)
);

-- One row per span that may be an LLM call. `nested` spans belong to the call of another span and cost nothing.
-- Partitioned by the month in which the span started (UTC), a value that can never change.
create table llm_call (
  trace_id text not null,
  span_id text not null,
  started_at timestamptz not null,
  experiment_id integer not null,
  started_at_ns bigint not null,
  day date not null,
  workload text not null,
  -- As the span names it, often not at all; "provider" is whose model it is by the price list where it does not.
  span_provider text not null,
  provider text not null,
  model text not null,
  mode text not null,
  unit_type text not null,
  unit_id text not null,
  prompt_version text not null,
  country text not null,
  status text not null check (status in ('priced', 'unpriced', 'unreadable', 'nested')),
  reason text not null,
  input_tokens bigint not null,
  cached_input_tokens bigint not null,
  cache_write_tokens bigint not null,
  cache_write_1h_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  price_id text,
  tier bigint,
  cost_nano bigint check ((cost_nano is not null) = (status = 'priced')),
  mlflow_cost_nano bigint,
  primary key (trace_id, span_id, started_at)
) partition by range (started_at);

create index llm_call_experiment on llm_call (experiment_id, started_at_ns);

create index llm_call_unit on llm_call (unit_type, unit_id) where unit_id <> '';

-- Sums of llm_call, moved in the transaction that moves the calls. Kept when the calls expire.
create table cost_rollup (
  day date not null,
  workload text not null,
  provider text not null,
  model text not null,
  mode text not null,
  unit_type text not null,
  prompt_version text not null,
  country text not null,
  -- Why calls are unpriced or unreadable, or differ from MLflow's cost; empty for most.
  reason text not null,
  calls bigint not null,
  priced_calls bigint not null,
  unpriced_calls bigint not null,
  unreadable_calls bigint not null,
  input_tokens bigint not null,
  cached_input_tokens bigint not null,
  cache_write_tokens bigint not null,
  output_tokens bigint not null,
  reasoning_tokens bigint not null,
  cost_nano bigint not null,
  compared_calls bigint not null,
  compared_cost_nano bigint not null,
  mlflow_cost_nano bigint not null,
  differing_calls bigint not null,
  primary key (day, workload, provider, model, mode, unit_type, prompt_version, country, reason)
);

-- What each unit of work cost on each day.
create table unit_cost (
  workload text not null,
  unit_type text not null,
  unit_id text not null,
  day date not null,
  calls bigint not null,
  priced_calls bigint not null,
  cost_nano bigint not null,
  primary key (workload, unit_type, unit_id, day)
);

create index unit_cost_day on unit_cost (workload, unit_type, day);

-- Traces whose own token total differs from the sum of their calls.
create table token_difference (
  trace_id text primary key,
  experiment_id integer not null,
  workload text not null,
  day date not null,
  trace_tokens bigint not null,
  call_tokens bigint not null,
  noticed_at timestamptz not null default now()
);

create index token_difference_day on token_difference (day, workload);

-- Calls that arrived after the lateness window, as last counted. They are in no sum until they are settled by hand.
create table late_calls (
  experiment_id integer not null,
  day date not null,
  workload text not null,
  calls bigint not null,
  counted_at timestamptz not null,
  primary key (experiment_id, day)
);

-- The record of each repricing: what it covered and what it changed.
create table repricing (
  repricing_id text primary key,
  from_day date not null,
  until_day date not null,
  reason text not null,
  requested_at timestamptz not null default now(),
  finished_at timestamptz,
  next_ns bigint not null default 0,
  calls_seen bigint not null default 0,
  calls_changed bigint not null default 0,
  cost_before_nano bigint not null default 0,
  cost_after_nano bigint not null default 0
);

-- Calls that applications say they made, by idempotency key. Their traced counterpart is counted in cost_rollup.
create table reported_calls (
  report_id text primary key,
  workload text not null,
  provider text not null,
  model text not null,
  at timestamptz not null,
  day date not null,
  calls bigint not null,
  reported_by text not null,
  received_at timestamptz not null default now()
);

create index reported_calls_day on reported_calls (day, workload);

-- Calls that a provider's own records say were made with a model on a day.
create table provider_calls (
  source text not null,
  day date not null,
  model text not null,
  calls bigint not null,
  primary key (source, day, model)
);

-- When a provider was last asked about a day, and why it could not answer. The latest answer counts.
create table provider_day (
  source text not null,
  day date not null,
  answered boolean not null,
  reason text not null,
  asked_at timestamptz not null default now(),
  primary key (source, day)
);

-- Days whose figures went to CloudWatch.
create table published_day (
  day date primary key,
  published_at timestamptz not null default now()
);

-- Successful runs of a job.
create table job_run (
  job text not null,
  started_at timestamptz not null,
  finished_at timestamptz not null default now(),
  summary jsonb not null,
  primary key (job, started_at)
);
