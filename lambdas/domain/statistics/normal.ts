/**
 * Share of a standard normal distribution at or below `x`, right to 1e-15 (absolute).
 * Source: G. Marsaglia, "Evaluating the Normal Distribution", Journal of Statistical Software 11(4), 2004.
 */
export function normalCdf(x: number): number {
  // Beyond this the series rounds to 0 or 1 anyway.
  if (x <= -8.3) return 0
  if (x >= 8.3) return 1
  let sum = x
  let term = x
  for (let odd = 3; Math.abs(term) > 1e-18; odd += 2) {
    term *= (x * x) / odd
    sum += term
  }
  return 0.5 + sum * Math.exp(-(x * x) / 2) * (1 / Math.sqrt(2 * Math.PI))
}

/** The value that a share of a standard normal distribution lies at or below. */
export function normalQuantile(share: number): number {
  return solve((x) => normalCdf(x) - share, -8.3, 8.3)
}

/** Where a function that rises from `from` to `to` passes 0, by bisection down to the last digit. */
export function solve(rising: (x: number) => number, from: number, to: number): number {
  let low = from
  let high = to
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) return middle
    if (rising(middle) < 0) low = middle
    else high = middle
  }
}
