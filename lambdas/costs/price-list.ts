import { createHash } from 'node:crypto'
import { calcPrice, type TieredPrices } from '@pydantic/genai-prices'
import type { PriceOverride, TokenPrices } from '../../config/prices.ts'
import { fromUsd } from '../domain/money.ts'
import type { Combination } from './combinations.ts'

/** Version and date of the price list, kept with every price; equals the installed package. */
export const priceListVersion = '0.1.8 (2026-09-23)'

/** Nano-USD per million tokens for calls with more input tokens than `aboveInputTokens`; 0 is the base tier. */
export interface PriceTier {
  readonly aboveInputTokens: number
  readonly input: number
  readonly cachedInput: number
  readonly cacheWrite: number
  readonly cacheWrite1h: number
  readonly output: number
}

/** What a call cost, and where that is written. */
export interface Price {
  /** Digest of all that follows. */
  readonly id: string
  readonly source: 'genai-prices' | 'config'
  readonly sourceVersion: string
  readonly matchedProvider: string
  readonly matchedModel: string
  readonly tiers: readonly PriceTier[]
}

/** A price from one second of a UTC day to another; `null` where none is known. */
export interface PriceSegment {
  readonly fromSecond: number
  readonly untilSecond: number
  readonly price: Price | null
}

const secondsPerDay = 86_400

/** Providers that charge by the hour of the day change their price on the half hour. */
const secondsPerStep = 1_800

/**
 * Second step of the way from a trace to its bill: the prices of a combination over its UTC day.
 * An override counts before the price list; a mode other than `standard` has no price without one.
 */
export function resolvePrices(
  combination: Combination,
  overrides: readonly PriceOverride[],
): PriceSegment[] {
  const override = overrides.find((candidate) => appliesTo(candidate, combination))
  const segments: PriceSegment[] = []
  for (let second = 0; second < secondsPerDay; second += secondsPerStep) {
    const moment = new Date(Date.parse(`${combination.utcDay}T00:00:00Z`) + second * 1_000)
    const price = priceAt(combination, moment, override)
    const last = segments.at(-1)
    if (last && last.price?.id === price?.id) {
      segments[segments.length - 1] = { ...last, untilSecond: second + secondsPerStep }
    } else {
      segments.push({ fromSecond: second, untilSecond: second + secondsPerStep, price })
    }
  }
  return segments
}

function appliesTo(override: PriceOverride, combination: Combination): boolean {
  return (
    (override.provider === '*' || override.provider === combination.provider) &&
    (override.model.endsWith('*')
      ? combination.model.startsWith(override.model.slice(0, -1))
      : combination.model === override.model) &&
    (override.mode ?? 'standard') === combination.mode &&
    override.from <= combination.utcDay &&
    (override.until === undefined || combination.utcDay < override.until)
  )
}

function priceAt(
  combination: Combination,
  moment: Date,
  override: PriceOverride | undefined,
): Price | null {
  if (override === undefined) {
    return combination.mode === 'standard' ? listPrice(combination, moment) : null
  }
  const origin = {
    source: 'config',
    sourceVersion: `${override.source}, checked ${override.checked}`,
  } as const
  if ('timesListPrice' in override.prices) {
    const factor = override.prices.timesListPrice
    const list = listPrice(combination, moment)
    if (list === null) return null
    return identified({
      ...origin,
      matchedProvider: list.matchedProvider,
      matchedModel: list.matchedModel,
      tiers: list.tiers.map(({ aboveInputTokens, ...prices }) => ({
        aboveInputTokens,
        ...mapPrices(prices, (price) => Math.round(price * factor)),
      })),
    })
  }
  return identified({
    ...origin,
    matchedProvider:
      combination.provider || (listPrice(combination, moment)?.matchedProvider ?? ''),
    matchedModel: override.model,
    tiers: [{ aboveInputTokens: 0, ...completePrices(override.prices) }],
  })
}

/** Where a model is looked for whose span names no provider: by its name alone, then with those who need to be named. */
const likelyProviders = [undefined, 'openai', 'google', 'anthropic']

/** The price list's answer. Names of models may carry their provider, as in `openai/gpt-4o`. */
function listPrice(combination: Combination, moment: Date): Price | null {
  const { provider } = combination
  const model =
    provider !== '' && combination.model.startsWith(`${provider}/`)
      ? combination.model.slice(provider.length + 1)
      : combination.model
  const [found] = (provider === '' ? likelyProviders : [provider]).flatMap((providerId) => {
    const answer = calcPrice({ input_tokens: 0 }, model, {
      timestamp: moment,
      ...(providerId !== undefined && { providerId }),
    })
    return answer?.model_price['input_mtok'] === undefined ? [] : [answer]
  })
  if (found === undefined) return null
  const keys = {
    input: found.model_price['input_mtok'],
    cachedInput: found.model_price['cache_read_mtok'],
    cacheWrite: found.model_price['cache_write_mtok'],
    cacheWrite1h: found.model_price['cache_write_1h_mtok'],
    output: found.model_price['output_mtok'],
  }
  const thresholds = new Set([0])
  for (const price of Object.values(keys)) {
    if (typeof price === 'object') for (const tier of price.tiers) thresholds.add(tier.start)
  }
  const tiers = [...thresholds]
    .toSorted((left, right) => left - right)
    .map((aboveInputTokens) => ({
      aboveInputTokens,
      ...completePrices(mapPrices(keys, (price) => atTier(price, aboveInputTokens))),
    }))
  return identified({
    source: 'genai-prices',
    sourceVersion: priceListVersion,
    matchedProvider: found.provider.id,
    matchedModel: found.model.id,
    tiers,
  })
}

function atTier(
  price: number | TieredPrices | undefined,
  aboveInputTokens: number,
): number | undefined {
  if (typeof price !== 'object') return price
  return price.tiers.findLast((tier) => tier.start <= aboveInputTokens)?.price ?? price.base
}

/** Prices in nano-USD from prices in USD; caching costs as much as plain input where nothing else is said. */
function completePrices(
  usd: Partial<TokenPrices> & { readonly input?: number },
): Omit<PriceTier, 'aboveInputTokens'> {
  const input = usd.input ?? 0
  const cacheWrite = usd.cacheWrite ?? input
  return mapPrices(
    {
      input,
      cachedInput: usd.cachedInput ?? input,
      cacheWrite,
      cacheWrite1h: usd.cacheWrite1h ?? cacheWrite,
      output: usd.output ?? 0,
    },
    fromUsd,
  )
}

function mapPrices<Key extends string, From, To>(
  prices: Readonly<Record<Key, From>>,
  change: (price: From) => To,
): Record<Key, To> {
  return Object.fromEntries(
    Object.entries<From>(prices).map(([key, price]) => [key, change(price)]),
  ) as Record<Key, To>
}

function identified(price: Omit<Price, 'id'>): Price {
  return {
    id: createHash('sha256').update(JSON.stringify(price)).digest('hex').slice(0, 32),
    ...price,
  }
}
