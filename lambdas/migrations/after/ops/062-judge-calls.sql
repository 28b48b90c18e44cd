-- Each call to a judge that was answered and so has to be paid, whether its answer could be used or not: one that did
-- not fit and the repair that followed are two. A call is handed to MLflow as a trace, which is how it gets its price.

create table judge_call (
  -- Digest of the question, of the claim under which it was asked and of the number of the call. Also the ids of its
  -- trace and span, so that handing it over twice is one trace.
  call_id text primary key check (call_id ~ '^[0-9a-f]{48}$'),
  judgement_key text not null,
  -- Who pays: the evaluation that asked, however many others take the answer.
  evaluation_id text not null,
  operation text not null check (operation in ('chat', 'embeddings')),
  -- Task and version of its prompt, such as claims:1.
  prompt_version text not null,
  -- Empty where only the model is known.
  provider text not null,
  model text not null,
  -- Null where the provider did not say.
  input_tokens bigint,
  cached_input_tokens bigint not null,
  cache_write_tokens bigint not null,
  output_tokens bigint,
  reasoning_tokens bigint not null,
  asked_at timestamptz not null,
  milliseconds integer not null,
  -- Why the answer could not be used; empty for most.
  fault text not null,
  recorded_at timestamptz not null default now(),
  -- Until when somebody is handing it to MLflow.
  exporting_until timestamptz not null default '-infinity',
  traced_at timestamptz
);

create index judge_call_untraced on judge_call (evaluation_id, asked_at) where traced_at is null;

create index judge_call_evaluation on judge_call (evaluation_id);

-- They tell of calls, of which an answer may have needed several, or of which none led to an answer.
drop index judgement_untraced;

alter table judgement
  drop column input_tokens, drop column output_tokens, drop column asked_at, drop column milliseconds,
  drop column traced_at;

-- Claims are renewed by who holds them.
create index judgement_claimed on judgement (claimed_by) where answer is null;
