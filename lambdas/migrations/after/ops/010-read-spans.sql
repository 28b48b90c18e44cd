-- repeatable
-- Reads what a span and the tags of its trace say about a call, whatever state they are in.

-- The token counts of one call. `found` is false where the span reports none; `readable` is false where it cannot be read.
do $$
begin
  if to_regtype('ops.token_usage') is null then
    create type token_usage as (
      readable boolean,
      found boolean,
      input_tokens bigint,
      cached_input_tokens bigint,
      cache_write_tokens bigint,
      cache_write_1h_tokens bigint,
      output_tokens bigint,
      reasoning_tokens bigint
    );
  end if;
end
$$;

-- Reads MLflow's `mlflow.chat.tokenUsage`, which stands as JSON text inside the JSON of the span's content.
-- Broken JSON and counts that are no whole numbers from 0 to 999,999,999 make it unreadable.
-- MLflow counts cached tokens as input; where a client did not, they are more than the input and are added.
-- A span without it, such as those of embeddings, may hold the usage that OpenAI's API answered with.
create or replace function read_usage(content text) returns token_usage
language plpgsql immutable parallel safe
as $$
declare
  -- One call reads the content: each that does decompresses it again, which costs as much as all that follows.
  rest text := split_part(content, '"mlflow.chat.tokenUsage": "{', 2);
  usage jsonb;
  result ops.token_usage;
begin
  if rest <> '' then
    -- Finding the key costs a tenth of parsing the span. Quotes inside other values are escaped, so they cannot match.
    -- It also reads spans whose JSON is broken elsewhere, as by a NUL or half a surrogate pair.
    usage := ('{' || replace(split_part(left(rest, 1000), '}"', 1), '\"', '"') || '}')::jsonb;
  else
    usage := coalesce(
      (content::json #>> '{attributes,mlflow.chat.tokenUsage}')::jsonb,
      ops.answered_usage(content::json #>> '{attributes,mlflow.spanOutputs}'));
  end if;
  result.readable := true;
  result.found := coalesce(usage ?| array['input_tokens', 'output_tokens', 'total_tokens'], false);
  if not result.found then
    return result;
  end if;
  result.input_tokens := ops.token_count(usage -> 'input_tokens');
  result.output_tokens := ops.token_count(usage -> 'output_tokens');
  result.cached_input_tokens := ops.token_count(usage -> 'cache_read_input_tokens');
  result.cache_write_tokens := ops.token_count(usage -> 'cache_creation_input_tokens');
  result.cache_write_1h_tokens := least(
    ops.token_count(usage -> 'cache_creation_input_tokens_above_1hr'), result.cache_write_tokens);
  result.reasoning_tokens := ops.token_count(usage -> 'reasoning_tokens');
  if result.cached_input_tokens + result.cache_write_tokens > result.input_tokens then
    result.input_tokens := result.input_tokens + result.cached_input_tokens + result.cache_write_tokens;
  end if;
  return result;
exception when others then
  result := null;
  result.readable := false;
  result.found := false;
  return result;
end
$$;

-- The usage in an answer of OpenAI's API, in MLflow's words; null where the outputs of the span are something else.
create or replace function answered_usage(outputs text) returns jsonb
language sql immutable parallel safe
as $$
  select jsonb_build_object('input_tokens', usage -> 'prompt_tokens', 'output_tokens', usage -> 'completion_tokens')
  from (
    select (outputs::json -> 'usage')::jsonb as usage
    where outputs is json object and json_typeof(outputs::json -> 'usage') = 'object'
  ) answer
  where usage ? 'prompt_tokens'
$$;

-- A count of tokens; an absent one is 0. Raises an error for anything that is no whole number from 0 to 999,999,999.
create or replace function token_count(value jsonb) returns bigint
language sql immutable parallel safe
as $$
  select case
    when value is null or value = 'null'::jsonb then 0
    when jsonb_typeof(value) = 'number' and value::text ~ '^[0-9]{1,9}(\.0+)?$' then value::numeric::bigint
    else ('not a token count: ' || value::text)::bigint
  end
$$;

-- The first prompt that MLflow linked to a trace, as `name/version`; empty where there is none or it is unreadable.
create or replace function linked_prompt(tag_value text) returns text
language plpgsql immutable parallel safe
as $$
begin
  return coalesce((tag_value::jsonb -> 0 ->> 'name') || '/' || (tag_value::jsonb -> 0 ->> 'version'), '');
exception when others then
  return '';
end
$$;

-- A value as it stands in keys and reports: trimmed, and short enough for an index.
create or replace function label(value text, length integer) returns text
language sql immutable parallel safe
as $$ select coalesce(left(btrim(value), length), '') $$;

-- Whether a span may be an LLM call, by its type or because it names a model. Made of columns alone, so that it is inlined.
create or replace function may_be_call(type text, model_name text) returns boolean
language sql immutable parallel safe
as $$ select type in ('CHAT_MODEL', 'LLM', 'EMBEDDING') or model_name is not null $$;

-- The pricing mode that a tag names; `standard` where it names none.
create or replace function pricing_mode(tag_value text) returns text
language sql immutable parallel safe
as $$ select coalesce(nullif(ops.label(lower(tag_value), 40), ''), 'standard') $$;

-- What the tags of the given traces say: unit, prompt version, country and pricing mode. One row per trace with such tags.
create or replace function trace_dimensions(trace_ids text[])
returns table (
  trace_id text, unit_type text, unit_id text, prompt_version text, country text, mode text
)
language sql stable
as $$
  select
    tag.request_id,
    ops.label(max(tag.value) filter (where tag.key = 'ops.unit.type'), 40),
    ops.label(max(tag.value) filter (where tag.key = 'ops.unit.id'), 200),
    coalesce(
      nullif(ops.label(max(tag.value) filter (where tag.key = 'ops.prompt.version'), 100), ''),
      ops.label(ops.linked_prompt(max(tag.value) filter (where tag.key = 'mlflow.linkedPrompts')), 100)),
    ops.label(max(tag.value) filter (where tag.key = 'ops.country'), 20),
    ops.pricing_mode(max(tag.value) filter (where tag.key = 'ops.pricing.mode'))
  from mlflow.trace_tags tag
  where tag.request_id = any (trace_ids)
    and tag.key in ('ops.unit.type', 'ops.unit.id', 'ops.prompt.version', 'ops.country', 'ops.pricing.mode',
      'mlflow.linkedPrompts')
  group by tag.request_id
$$;

-- A model's name without the date of its version: clients name it with and without.
create or replace function undated(model text) returns text
language sql immutable parallel safe
as $$ select regexp_replace(model, '-\d{4}-?\d{2}-?\d{2}$', '') $$;

-- Nanoseconds since the Unix epoch before which calls are not kept.
create or replace function kept_since() returns bigint
language sql stable
as $$ select coalesce(max(kept_since_ns), 0) from ops.retention $$;

-- A moment from nanoseconds since the Unix epoch, exact to the microsecond.
create or replace function instant(nanoseconds bigint) returns timestamptz
language sql immutable parallel safe
as $$ select timestamptz '1970-01-01 00:00:00+00' + (nanoseconds / 1000) * interval '1 microsecond' $$;

-- A moment as ISO 8601 in UTC, to the millisecond.
create or replace function iso(moment timestamptz) returns text
language sql immutable parallel safe
as $$ select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;
