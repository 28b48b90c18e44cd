import { expect, it } from 'vitest'
import { queryDatabase, runCostJob, runPython, stack } from './platform.ts'

const exporter = `
import os, mlflow
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

experiment = mlflow.set_experiment("fp-copilot").experiment_id
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(
    endpoint=os.environ["OTLP"], headers={"x-mlflow-experiment-id": experiment})))
with provider.get_tracer("copilot").start_as_current_span("answer") as outer:
    with provider.get_tracer("copilot").start_as_current_span("chat gpt-4o-mini") as span:
        span.set_attributes({
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 1200,
            "gen_ai.usage.output_tokens": 34,
        })
provider.shutdown()
print(format(outer.get_span_context().trace_id, "032x"))
`

it('a real OpenTelemetry exporter sends through the signing proxy, and its calls are priced', async () => {
  const printed = await runPython(['-c', exporter], {
    OTLP: `http://127.0.0.1:${stack.ports.connect}/v1/traces`,
  })
  const traceId = printed.trim().split('\n').at(-1)
  expect((await runCostJob()).error).toBeUndefined()
  const calls = await queryDatabase(
    `select workload, provider, model, status, input_tokens::int as input, output_tokens::int as output, cost_nano::int as cost
     from ops.llm_call where trace_id like '%' || $1 and status <> 'nested'`,
    [traceId],
  )
  expect(calls).toEqual([
    {
      workload: 'fp-copilot',
      provider: 'openai',
      model: 'gpt-4o-mini',
      status: 'priced',
      input: 1_200,
      output: 34,
      cost: 1_200 * 150 + 34 * 600,
    },
  ])
})
