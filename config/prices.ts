/** USD per million tokens. What is left out costs as much as `input`. */
export interface TokenPrices {
  readonly input: number
  readonly cachedInput?: number
  readonly cacheWrite?: number
  readonly cacheWrite1h?: number
  /** Embeddings have none. @default 0 */
  readonly output?: number
}

/** A price that the price list lacks or has wrong: batch, Bedrock, a rate that you negotiated. The first match counts. */
export interface PriceOverride {
  /** As MLflow records it, such as `openai`; `*` for any. */
  readonly provider: string
  /** Model name as MLflow records it; `*` at its end matches any rest. */
  readonly model: string
  /** Value of the trace tag `ops.pricing.mode`. @default 'standard' */
  readonly mode?: string
  /** First UTC day on which it holds, YYYY-MM-DD. */
  readonly from: string
  /** First UTC day on which it no longer holds. @default it still holds */
  readonly until?: string
  /** Prices, or a factor on the list price of the same day. */
  readonly prices: TokenPrices | { readonly timesListPrice: number }
  /** Where it is written: an address or the name of a contract. */
  readonly source: string
  /** Day on which somebody last looked there, YYYY-MM-DD. */
  readonly checked: string
}

export const priceOverrides: readonly PriceOverride[] = [
  {
    provider: 'openai',
    model: '*',
    mode: 'batch',
    from: '2024-04-15',
    prices: { timesListPrice: 0.5 },
    source: 'https://developers.openai.com/api/docs/guides/batch',
    checked: '2026-11-24',
  },
  {
    provider: 'anthropic',
    model: '*',
    mode: 'batch',
    from: '2024-10-08',
    prices: { timesListPrice: 0.5 },
    source: 'https://docs.claude.com/en/docs/build-with-claude/batch-processing',
    checked: '2026-11-24',
  },
  {
    provider: '*',
    model: 'amazon.titan-embed-text-v2*',
    from: '2024-04-30',
    prices: { input: 0.02 },
    source: 'https://aws.amazon.com/bedrock/pricing/',
    checked: '2026-11-24',
  },
  {
    // The list lacks it; MLflow's catalog has the same price.
    provider: '*',
    model: 'cohere.embed-multilingual-v3*',
    from: '2023-11-03',
    prices: { input: 0.1 },
    source: 'https://aws.amazon.com/bedrock/pricing/',
    checked: '2026-11-24',
  },
]
