import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { evaluationWorkload } from '../../domain/workload.ts'
import { type JudgeCall, spanOf } from './judge-call.ts'

type Span = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number]

/** A call, and the evaluation that pays for it. */
export interface PaidCall extends JudgeCall {
  readonly evaluationId: string
}

/** `SpanKind.CLIENT` and `SpanStatusCode.OK` of OpenTelemetry. */
const clientSpan = 2
const okStatus = 1

const scope = { name: 'townin-mlops judges' }
const resource = {
  attributes: { 'service.name': 'townin-mlops-judges' },
} as unknown as Span['resource']

/**
 * Calls as spans of OpenTelemetry, in protobuf as MLflow takes it: one trace for all calls of one attempt with one prompt.
 * Ids and times come from the calls alone: MLflow takes a span that it has got for the same one, and so does the cost job.
 */
export function toTraces(calls: readonly PaidCall[]): Uint8Array {
  const traces = Map.groupBy(calls, (call) => spanOf(call).traceId)
  const spans = [...traces.values()].flatMap((own) => [rootOf(own), ...own.map(toSpan)])
  const bytes = ProtobufTraceSerializer.serializeRequest(spans)
  if (bytes === undefined) throw new Error('The calls cannot be written as traces.')
  return bytes
}

/** The span that holds those of the calls. Attributes `mlflow.traceTag.…` become tags of the trace. */
function rootOf(calls: readonly PaidCall[]): Span {
  const [first] = calls
  if (first === undefined) throw new Error('A trace needs a call.')
  const name = `judge ${first.promptVersion}`
  return makeSpan({
    name,
    context: rootContext(first),
    start: Math.min(...calls.map(({ askedAt }) => askedAt)),
    end: Math.max(...calls.map(({ askedAt, milliseconds }) => askedAt + milliseconds)),
    attributes: {
      'mlflow.spanType': 'CHAIN',
      'mlflow.traceTag.mlflow.traceName': name,
      'mlflow.traceTag.ops.unit.type': evaluationWorkload.units[0]?.type ?? '',
      'mlflow.traceTag.ops.unit.id': first.evaluationId,
      'mlflow.traceTag.ops.prompt.version': first.promptVersion,
    },
  })
}

/**
 * A call by OpenTelemetry's conventions for generative AI, which MLflow reads tokens, model and provider from. What was
 * shown and answered is not in it: rows and answers are kept where they belong.
 */
function toSpan(call: PaidCall): Span {
  const { usage } = call
  return makeSpan({
    name: `${call.operation} ${call.promptVersion}`,
    context: { ...spanOf(call), traceFlags: 1 },
    parent: rootContext(call),
    start: call.askedAt,
    end: call.askedAt + call.milliseconds,
    attributes: {
      'mlflow.spanType': call.operation === 'chat' ? 'CHAT_MODEL' : 'EMBEDDING',
      'gen_ai.operation.name': call.operation,
      'gen_ai.request.model': call.model,
      ...(call.provider !== '' && { 'gen_ai.provider.name': call.provider }),
      // Absent, not 0, where the provider did not say: the call is then counted as one without a price.
      ...(usage.inputTokens !== null && { 'gen_ai.usage.input_tokens': usage.inputTokens }),
      ...(usage.outputTokens !== null && { 'gen_ai.usage.output_tokens': usage.outputTokens }),
      ...(usage.cachedInputTokens > 0 && {
        'gen_ai.usage.cache_read.input_tokens': usage.cachedInputTokens,
      }),
      ...(usage.cacheWriteTokens > 0 && {
        'gen_ai.usage.cache_write.input_tokens': usage.cacheWriteTokens,
      }),
      'ops.judgement.key': call.judgementKey,
      ...(call.fault !== '' && { 'ops.judgement.fault': call.fault }),
    },
  })
}

/** The root of a trace has the id that its trace begins with. */
function rootContext(call: PaidCall): ReturnType<Span['spanContext']> {
  const { traceId } = spanOf(call)
  return { traceId, spanId: traceId.slice(0, 16), traceFlags: 1 }
}

function makeSpan(span: {
  readonly name: string
  readonly context: ReturnType<Span['spanContext']>
  readonly parent?: ReturnType<Span['spanContext']>
  readonly start: number
  readonly end: number
  readonly attributes: Span['attributes']
}): Span {
  return {
    name: span.name,
    kind: clientSpan,
    spanContext: () => span.context,
    ...(span.parent !== undefined && { parentSpanContext: span.parent }),
    startTime: toHrTime(span.start),
    endTime: toHrTime(span.end),
    duration: toHrTime(span.end - span.start),
    status: { code: okStatus },
    attributes: span.attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

/** Seconds and nanoseconds. */
function toHrTime(milliseconds: number): [number, number] {
  return [Math.floor(milliseconds / 1_000), (milliseconds % 1_000) * 1_000_000]
}
