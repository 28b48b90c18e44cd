/** A value of OpenTelemetry as MLflow 3.17 writes it in JSON. One without a field is null. */
export interface AnyValue {
  readonly string_value?: string
  readonly bool_value?: boolean
  /** A number, or its digits where it is large. */
  readonly int_value?: number | string
  readonly double_value?: number | string
  readonly array_value?: { readonly values?: readonly AnyValue[] }
  readonly kvlist_value?: {
    readonly values?: readonly { readonly key: string; readonly value?: AnyValue }[]
  }
}

/** A span of a trace that MLflow's `traces/get` and `traces/batchGet` answer with. */
export interface StoredSpan {
  readonly span_id: string
  readonly parent_span_id?: string
  readonly name?: string
  readonly start_time_unix_nano?: number | string
  readonly attributes?: readonly { readonly key: string; readonly value?: AnyValue }[]
}

/** What of a span an answer is read from. */
export interface SpanContent {
  readonly name: string
  readonly type: string
  readonly isRoot: boolean
  readonly inputs: unknown
  readonly outputs: unknown
}

/** The contents of spans, in the order in which they began. */
export function readSpans(spans: readonly StoredSpan[]): SpanContent[] {
  return spans
    .toSorted((left, right) => startOf(left) - startOf(right))
    .map((span) => {
      const attributes = new Map((span.attributes ?? []).map(({ key, value }) => [key, value]))
      const type = toJson(attributes.get('mlflow.spanType'))
      return {
        name: span.name ?? '',
        type: typeof type === 'string' ? type : '',
        isRoot: (span.parent_span_id ?? '') === '',
        inputs: parsed(toJson(attributes.get('mlflow.spanInputs'))),
        outputs: parsed(toJson(attributes.get('mlflow.spanOutputs'))),
      }
    })
}

/** To the microsecond or so, which is enough for an order. */
function startOf({ start_time_unix_nano: start = 0 }: StoredSpan): number {
  return Number(start)
}

function toJson(value: AnyValue | undefined): unknown {
  if (value === undefined) return null
  if (value.array_value !== undefined) return (value.array_value.values ?? []).map(toJson)
  if (value.kvlist_value !== undefined) {
    const pairs = value.kvlist_value.values ?? []
    return Object.fromEntries(pairs.map((pair) => [pair.key, toJson(pair.value)]))
  }
  const number = value.int_value ?? value.double_value
  return value.string_value ?? value.bool_value ?? (number === undefined ? null : finite(number))
}

/** JSON has no NaN. */
function finite(number: number | string): number | null {
  return Number.isFinite(Number(number)) ? Number(number) : null
}

/** OpenTelemetry's own exporters write objects as JSON text. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value) as unknown
  } catch {
    return value
  }
}
