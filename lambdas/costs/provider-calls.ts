/** Calls that a provider's own records say were made with a model. */
export interface ProviderCalls {
  readonly model: string
  readonly calls: number
}

/** A place outside MLflow that knows how many calls were made. */
export interface CallSource {
  readonly name: string
  /** Calls by model between two moments. Throws when the source cannot answer. */
  readonly count: (from: Date, until: Date) => Promise<ProviderCalls[]>
}

/** Providers, as spans name them, whose calls a source counts. */
const providersBySource: Readonly<Record<string, readonly string[]>> = {
  bedrock: ['bedrock', 'amazon_bedrock', 'aws', 'bedrock_converse'],
  openai: ['openai'],
}

/** Providers, as spans name them, whose calls a source counts; none for a source that is not known. */
export function providersOf(source: string): readonly string[] {
  return providersBySource[source] ?? []
}
