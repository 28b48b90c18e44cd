/** Rows that an evaluation is made of. Keys are those of objects in the environment's artifact bucket. */
export type DatasetReference =
  /** An MLflow evaluation dataset, by name. */
  | { readonly kind: 'mlflow'; readonly name: string }
  /** One row of JSON a line. */
  | { readonly kind: 'jsonl'; readonly key: string }
  /** Cases of an event log (CSV or XES) and the process model (PNML) that they should follow. */
  | { readonly kind: 'event-log'; readonly log: string; readonly model: string }

/** Where the outputs that are judged come from. */
export type SourceReference =
  /** The application is called for each row, at the address that the environment names for the workload. */
  | { readonly kind: 'endpoint' }
  /** Rows of `{ id, outputs, contexts?, version? }` by key; questions and labels come from the dataset. */
  | { readonly kind: 'recorded'; readonly key: string }
  /** Traces of the workload in production of the last days. Every trace is a row; there is no dataset. */
  | { readonly kind: 'traces'; readonly days: number; readonly sample: number }
  /** Units whose outcome was reported in the last days. Every unit is a row; there is no dataset. */
  | { readonly kind: 'outcomes'; readonly days: number }
  /** The dataset's rows hold what is judged, as event logs do. */
  | { readonly kind: 'dataset' }

/** A question in plain language that a judge answers with yes or no for each row. */
export interface Criterion {
  /** The metric's name, in lower case with underscores; its figure is the share of rows with yes. */
  readonly name: string
  readonly language: 'ko' | 'en'
  /** Such as "Does the answer rest on the policy clauses alone?" */
  readonly question: string
}

/** How a workload is evaluated each day and on demand. */
export interface Benchmark {
  /** What is asked, with labels. Needed unless the source is `traces` or `outcomes`. */
  readonly dataset?: DatasetReference
  readonly source: SourceReference
  /** Metrics that are measured besides those of the workload's quality goals. @default none */
  readonly metrics?: readonly string[]
  /** Depth at which retrieval is looked at. @default 5 */
  readonly k?: number
  readonly criteria?: readonly Criterion[]
  /** Graph for `graph_coverage`: a JSON object of `{ nodes, edges, entries }`, by key. */
  readonly graph?: { readonly key: string; readonly hops?: number }
  /** Cron fields in the environment's time zone, or `never`. @default `0 2 * * ? *`, each day at two in the morning */
  readonly schedule?: string
}

/** Depth at which retrieval is looked at, unless a benchmark says otherwise. */
export const defaultK = 5

/** Each day at two in the morning. */
export const defaultSchedule = '0 2 * * ? *'
