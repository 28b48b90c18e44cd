import type { PriceOverride } from '../config/prices.ts'
import { isDay } from '../lambdas/domain/period.ts'

/** Throws a sentence for prices of config that could not be meant. */
export function requireSoundPrices(overrides: readonly PriceOverride[]): void {
  for (const { provider, model, from, until, prices, source, checked } of overrides) {
    const which = `config/prices.ts, ${provider} ${model}`
    for (const [field, day] of Object.entries({ from, until, checked })) {
      if (day !== undefined && !isDay(day)) {
        throw new Error(`${which}: ${field} is "${day}"; give a day as YYYY-MM-DD.`)
      }
    }
    if (until !== undefined && until <= from) {
      throw new Error(`${which}: until ${until} must be after from ${from}.`)
    }
    if (source.trim() === '') throw new Error(`${which}: say in source where the price is written.`)
    for (const [field, value] of Object.entries(prices)) {
      if (!(value >= 0 && Number.isFinite(value))) {
        throw new Error(`${which}: ${field} is ${value}; give a number that is not negative.`)
      }
    }
  }
}
