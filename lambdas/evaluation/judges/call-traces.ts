import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { evaluationWorkload } from '../../domain/workload.ts'
import type { JudgeCall } from './judge-call.ts'

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
 * Calls as one trace each, in OpenTelemetry's protobuf as MLflow takes it. Ids and times come from the call alone:
 * MLflow takes a trace that it has got for the same one, and so does the cost job.
 */
export function toTraces(calls: readonly PaidCall[]): Uint8Array {
  const bytes = ProtobufTraceSerializer.serializeRequest(calls.map(toSpan))
  if (bytes === undefined) throw new Error('The calls cannot be written as traces.')
  return bytes
}

/**
 * Attributes by OpenTelemetry's conventions for generative AI, which MLflow reads tokens, model and provider from. Those
 * with the prefix `mlflow.traceTag.` become tags of the trace. What was shown and answered is not in it: rows and answers
 * are kept where they belong.
 */
function toSpan(call: PaidCall): Span {
  const { usage, callId } = call
  const start = call.askedAt
  const end = start + call.milliseconds
  const name = `${call.operation} ${call.promptVersion}`
  return {
    name,
    kind: clientSpan,
    spanContext: () => ({
      traceId: callId.slice(0, 32),
      spanId: callId.slice(32, 48),
      traceFlags: 1,
    }),
    startTime: toHrTime(start),
    endTime: toHrTime(end),
    duration: toHrTime(call.milliseconds),
    status: { code: okStatus },
    attributes: {
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
      'mlflow.traceTag.mlflow.traceName': name,
      'mlflow.traceTag.ops.unit.type': evaluationWorkload.units[0]?.type ?? '',
      'mlflow.traceTag.ops.unit.id': call.evaluationId,
      'mlflow.traceTag.ops.prompt.version': call.promptVersion,
    },
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
