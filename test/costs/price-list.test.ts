import { readFileSync } from 'node:fs'
import { calcPrice } from '@pydantic/genai-prices'
import { describe, expect, it } from 'vitest'
import { type PriceOverride, priceOverrides } from '../../config/prices.ts'
import { priceListVersion, resolvePrices } from '../../lambdas/costs/price-list.ts'

const gpt = { provider: 'openai', model: 'gpt-4o-mini', mode: 'standard', utcDay: '2026-11-24' }

function only(combination: typeof gpt, overrides: readonly PriceOverride[] = []) {
  const segments = resolvePrices(combination, overrides)
  expect(segments).toHaveLength(1)
  return segments[0]?.price ?? null
}

describe('a price', () => {
  it('is a whole number of nano-USD per million tokens', () => {
    expect(only(gpt)).toMatchObject({
      source: 'genai-prices',
      matchedProvider: 'openai',
      matchedModel: 'gpt-4o-mini',
      tiers: [
        {
          aboveInputTokens: 0,
          input: 150_000_000,
          cachedInput: 75_000_000,
          cacheWrite: 150_000_000,
          cacheWrite1h: 150_000_000,
          output: 600_000_000,
        },
      ],
    })
  })

  it('names the version of the list that is installed', () => {
    const { version } = JSON.parse(
      readFileSync('node_modules/@pydantic/genai-prices/package.json', 'utf8'),
    ) as { version: string }
    expect(priceListVersion.split(' ')[0]).toBe(version)
  })

  it('has a tier for long contexts, which the whole call is charged at', () => {
    const price = only({ ...gpt, provider: 'google', model: 'gemini-2.5-pro' })
    expect(
      price?.tiers.map(({ aboveInputTokens, input, output }) => [aboveInputTokens, input, output]),
    ).toEqual([
      [0, 1_250_000_000, 10_000_000_000],
      [200_000, 2_500_000_000, 15_000_000_000],
    ])
  })

  it('is the one of the day on which the call was made', () => {
    const model = { ...gpt, provider: 'anthropic', model: 'claude-opus-4-6' }
    const before = resolvePrices({ ...model, utcDay: '2026-03-12' }, [])
    const after = resolvePrices({ ...model, utcDay: '2026-03-13' }, [])
    expect(before[0]?.price?.tiers.length).toBeGreaterThan(after[0]?.price?.tiers.length ?? 0)
  })

  it('follows the hours of a provider that charges by the time of day', () => {
    const combination = { ...gpt, provider: 'deepseek', model: 'deepseek-v4-pro' }
    const segments = resolvePrices(combination, [])
    expect(segments.length).toBeGreaterThan(1)
    expect(segments[0]?.fromSecond).toBe(0)
    expect(segments.at(-1)?.untilSecond).toBe(86_400)
    for (const { fromSecond, untilSecond, price } of segments) {
      for (const second of [fromSecond, untilSecond - 1]) {
        const list = calcPrice({ input_tokens: 1_000_000 }, combination.model, {
          providerId: 'deepseek',
          timestamp: new Date(Date.parse('2026-11-24T00:00:00Z') + second * 1_000),
        })
        expect((price?.tiers[0]?.input ?? 0) / 1e9).toBeCloseTo(list?.input_price ?? Number.NaN, 9)
      }
    }
  })

  it.each([
    ['an unknown model', { ...gpt, model: 'our-own-model', provider: 'ours' }],
    ['a model that is charged by the image', { ...gpt, model: 'dall-e-3' }],
    ['a mode that no override names', { ...gpt, mode: 'priority' }],
  ])('is not guessed for %s', (_what, combination) => {
    expect(only(combination, priceOverrides)).toBeNull()
  })

  it.each([
    ['gpt-4o-mini-2024-07-18', 'openai'],
    ['text-embedding-3-small', 'openai'],
    ['gemini-2.5-flash', 'google'],
    ['claude-sonnet-4-20250514', 'anthropic'],
  ])('of %s is found where the span names no provider', (model, provider) => {
    expect(only({ ...gpt, provider: '', model })?.matchedProvider).toBe(provider)
  })

  it('is found where the model’s name carries its provider', () => {
    expect(only({ ...gpt, model: 'openai/gpt-4o-mini' })?.matchedModel).toBe('gpt-4o-mini')
  })
})

describe('an override', () => {
  const override: PriceOverride = {
    provider: 'openai',
    model: 'gpt-4o*',
    from: '2026-11-01',
    until: '2026-11-25',
    prices: { input: 0.1, output: 0.3 },
    source: 'contract 17',
    checked: '2026-11-02',
  }

  it('counts before the list, with where it is written', () => {
    expect(only(gpt, [override])).toMatchObject({
      source: 'config',
      sourceVersion: 'contract 17, checked 2026-11-02',
      tiers: [{ input: 100_000_000, cachedInput: 100_000_000, output: 300_000_000 }],
    })
  })

  it.each([
    ['before its first day', { ...gpt, utcDay: '2026-10-31' }],
    ['from its last day on', { ...gpt, utcDay: '2026-11-25' }],
    ['for another model', { ...gpt, model: 'gpt-4.1' }],
  ])('does not count %s', (_what, combination) => {
    expect(only(combination, [override])?.source).toBe('genai-prices')
  })

  it('halves the list price of the day for a batch, in every tier', () => {
    const batch = {
      ...gpt,
      provider: 'anthropic',
      model: 'claude-sonnet-4-20250514',
      mode: 'batch',
    }
    const list = only({ ...batch, mode: 'standard' })
    const half = only(batch, priceOverrides)
    expect(half?.tiers.map(({ input }) => input * 2)).toEqual(list?.tiers.map(({ input }) => input))
  })

  it('mends the price of Titan embeddings, which the list has five times too high', () => {
    const titan = { ...gpt, provider: 'aws', model: 'amazon.titan-embed-text-v2:0' }
    expect(only(titan)?.tiers[0]?.input).toBe(100_000_000)
    expect(only(titan, priceOverrides)?.tiers[0]?.input).toBe(20_000_000)
  })
})

it('the same prices have the same id, different ones do not', () => {
  expect(only(gpt)?.id).toBe(only({ ...gpt, utcDay: '2026-11-23' })?.id)
  expect(only(gpt)?.id).not.toBe(only({ ...gpt, model: 'gpt-4o' })?.id)
})
