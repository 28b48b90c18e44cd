import { describe, expect, test } from 'vitest'
import { environments } from '../../config/environments.ts'
import { type PriceOverride, priceOverrides } from '../../config/prices.ts'
import { requireSoundEnvironment } from '../../lib/sound-environment.ts'
import { requireSoundPrices } from '../../lib/sound-prices.ts'

const { prod } = environments

describe('an environment that only a later run would stumble over is refused with a sentence', () => {
  test.each([
    [
      { timeZone: 'Asia/Nowhere' },
      'timeZone is "Asia/Nowhere"; give an IANA name such as Asia/Seoul.',
    ],
    [{ region: 'mars-1' }, 'region is "mars-1"; regions look like ap-northeast-2.'],
    [{ alerts: { emails: ['nobody'] } }, 'alerts.emails holds "nobody", which is no address.'],
  ])('%j', (change, sentence) => {
    expect(() => requireSoundEnvironment({ ...prod, ...change })).toThrow(sentence)
  })

  test.each(Object.entries(environments))('%s is sound', (_name, config) => {
    expect(() => requireSoundEnvironment(config)).not.toThrow()
  })
})

describe('prices that could not be meant are refused with a sentence', () => {
  const price: PriceOverride = {
    provider: 'openai',
    model: 'x',
    from: '2026-01-01',
    prices: { input: 1 },
    source: 'contract',
    checked: '2026-01-01',
  }
  test.each<[Partial<PriceOverride>, string]>([
    [
      { from: '2026-4-15' },
      'config/prices.ts, openai x: from is "2026-4-15"; give a day as YYYY-MM-DD.',
    ],
    [{ until: '2026-01-01' }, 'until 2026-01-01 must be after from 2026-01-01.'],
    [
      { prices: { timesListPrice: -1 } },
      'timesListPrice is -1; give a number that is not negative.',
    ],
    [{ prices: { input: Number.NaN } }, 'input is NaN; give a number that is not negative.'],
    [{ source: ' ' }, 'say in source where the price is written.'],
  ])('%j', (change, sentence) => {
    expect(() => requireSoundPrices([{ ...price, ...change }])).toThrow(sentence)
  })

  test("Townin's own are sound", () => {
    expect(() => requireSoundPrices(priceOverrides)).not.toThrow()
  })
})
