/** Something about an input that its owner should know, and where it stands. */
export interface Finding {
  /** Line in the file, from 1; `null` when it concerns the file as a whole. */
  readonly line: number | null
  readonly message: string
}

export interface LogEvent {
  readonly activity: string
  /** Milliseconds since 1970 (UTC), with a fraction for microseconds; `null` when the log has no timestamps. */
  readonly at: number | null
  /** Line in the file. */
  readonly line: number
}

export interface Case {
  readonly id: string
  /** In the order in which they happened. */
  readonly events: readonly LogEvent[]
}

export interface EventLog {
  readonly cases: readonly Case[]
  /** What does not stop the check, such as events of a case whose order the timestamps leave open. */
  readonly warnings: readonly Finding[]
}

/** The activities of a case, in order. */
export type Trace = readonly string[]

/** A trace and how many cases took it. */
export interface Variant {
  readonly trace: Trace
  readonly cases: readonly string[]
}

export function traceOf(aCase: Case): Trace {
  return aCase.events.map(({ activity }) => activity)
}

/** Equal traces, and only they, have equal keys. */
export function keyOfTrace(trace: Trace): string {
  return JSON.stringify(trace)
}

/** The distinct traces of a log in the order of their first case. */
export function variantsOf(log: EventLog): readonly Variant[] {
  const variants = new Map<string, { trace: Trace; cases: string[] }>()
  for (const aCase of log.cases) {
    const trace = traceOf(aCase)
    const key = keyOfTrace(trace)
    const known = variants.get(key)
    if (known === undefined) variants.set(key, { trace, cases: [aCase.id] })
    else known.cases.push(aCase.id)
  }
  return [...variants.values()]
}
