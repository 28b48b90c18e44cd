-- What evaluations were asked for and what they found. Rows are in the artifact bucket under evaluations/<id>/.

create table evaluation (
  evaluation_id text primary key,
  -- The same key again is the same evaluation.
  idempotency_key text not null unique,
  workload text not null,
  -- The workload's benchmark as configured: its verdicts are those of what runs.
  standing boolean not null,
  subject_kind text not null check (subject_kind in ('application', 'model-version', 'prompt-version')),
  -- Empty for the application.
  subject_name text not null,
  subject_version text not null,
  -- evaluationRequest of lambdas/evaluation/plan.ts.
  request jsonb not null,
  status text not null check (status in ('queued', 'running', 'completed', 'incomplete', 'failed', 'cancelled')),
  -- Why it is incomplete, failed or cancelled; empty otherwise.
  reason text not null default '',
  requested_by text not null,
  requested_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  execution_arn text not null default '',
  -- Of MLflow; empty until the run is open.
  experiment_id text not null default '',
  run_id text not null default '',
  dataset_digest text not null default '',
  row_count integer not null default 0,
  rejected_rows integer not null default 0,
  -- Rows without any score, as their output could not be had or their batch was lost.
  failed_rows integer not null default 0,
  batches integer not null default 0,
  -- Judge with model and prompt versions, k, seed: how the figures were made.
  made_with jsonb not null default '{}',
  -- Cost of the application's calls and of the judge's, where known.
  subject_cost_nano bigint,
  judge_cost_nano bigint
);

create index evaluation_workload on evaluation (workload, requested_at desc);
create index evaluation_subject on evaluation (subject_kind, subject_name, subject_version);

-- One row per metric of a finished evaluation.
create table evaluation_metric (
  evaluation_id text not null references evaluation,
  metric text not null,
  version text not null,
  -- Null where nothing could be scored.
  value double precision,
  lower_bound double precision,
  upper_bound double precision,
  -- How the interval was made: wilson, bootstrap, or empty.
  interval_method text not null,
  scored integer not null,
  unscored integer not null,
  -- The goal as it stood then, and its verdict; both null for a metric without a goal.
  goal jsonb,
  verdict text check (verdict in ('met', 'missed', 'unproven')),
  primary key (evaluation_id, metric)
);

-- What really happened to units, by idempotency key. The latest report of a unit counts.
create table outcome (
  outcome_id text primary key,
  workload text not null,
  unit_type text not null,
  unit_id text not null,
  at timestamptz not null,
  -- Whether it is what was looked for (fraud), what was predicted, and whether nobody had to look at it.
  actual boolean,
  predicted boolean,
  straight_through boolean,
  confidence double precision check (confidence between 0 and 1),
  reported_by text not null,
  received_at timestamptz not null default now()
);

create index outcome_unit on outcome (workload, unit_type, unit_id, at desc);
create index outcome_at on outcome (workload, at);

-- What a judge answered to one question about one text: never asked, and never paid for, twice.
create table judgement (
  -- SHA-256 over judge, model, prompt with its version, and all that it was shown.
  judgement_key text primary key,
  -- Who asks, until when others wait for the answer.
  claimed_by text not null,
  claimed_until timestamptz not null,
  -- Null while it is being asked.
  answer jsonb,
  judge text not null,
  model text not null,
  prompt_version text not null,
  evaluation_id text not null,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  asked_at timestamptz,
  milliseconds integer,
  -- When the call was handed to MLflow as a trace, which is how it gets its price.
  traced_at timestamptz
);

create index judgement_untraced on judgement (evaluation_id) where traced_at is null;
