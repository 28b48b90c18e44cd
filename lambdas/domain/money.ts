/** An amount of money: a whole number of nano-USD (0.000000001 USD). An embedding call costs less than a micro-dollar. */
export type NanoUsd = number

const nanoPerUsd = 1_000_000_000

/** Nano-USD from USD, rounded to the nearest. */
export function fromUsd(usd: number): NanoUsd {
  return Math.round(usd * nanoPerUsd)
}

/** USD from nano-USD, for metrics, goals and people. */
export function toUsd(amount: NanoUsd): number {
  return amount / nanoPerUsd
}
