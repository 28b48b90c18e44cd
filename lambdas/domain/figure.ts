import type { Goal } from './goal.ts'

/** What a figure is counted in. */
type FigureUnit = 'share' | 'usd' | 'milliseconds' | 'count'

/** The unit of a metric, which its name tells; everything that is not named otherwise is a share of 0..1. */
function unitOf(metric: string): FigureUnit {
  if (/^unit_cost_|_usd$/.test(metric)) return 'usd'
  if (/^latency|_duration$/.test(metric)) return 'milliseconds'
  if (metric.startsWith('tokens_')) return 'count'
  return 'share'
}

/** Digits after the point that a person wants to see. */
function digitsOf(unit: FigureUnit, value: number): number {
  if (unit === 'share') return 1
  if (unit !== 'usd') return 0
  const size = Math.abs(value)
  if (size === 0 || size >= 1) return 2
  // An embedding call costs less than a micro-dollar: two digits that say something.
  return size >= 0.01 ? 4 : Math.min(mostDigits, 1 - Math.floor(Math.log10(size)))
}

const mostDigits = 8

/**
 * A figure as people read it, such as `81.2 %`, `0.0123 USD` or `512 ms`. Where rounding would make it look like the
 * goal that it missed, it has as many more digits as it takes.
 */
export function formatFigure(metric: string, value: number, goal?: Pick<Goal, 'target'>): string {
  const unit = unitOf(metric)
  const scaled = scale(unit, value)
  let shown = digitsOf(unit, value)
  if (goal !== undefined && goal.target !== value) {
    const target = scale(unit, goal.target)
    while (shown < mostDigits && scaled.toFixed(shown) === target.toFixed(shown)) shown += 1
  }
  return withUnit(unit, thousands(scaled.toFixed(shown)))
}

/** A goal's target as it was written: without digits that say nothing, such as `85 %`. */
export function formatTarget({ metric, target }: Pick<Goal, 'metric' | 'target'>): string {
  const unit = unitOf(metric)
  // Multiplying by 100 makes 0.07 into 7.000000000000001.
  return withUnit(unit, thousands(String(Number(scale(unit, target).toPrecision(12)))))
}

function scale(unit: FigureUnit, value: number): number {
  return unit === 'share' ? value * 100 : value
}

function thousands(text: string): string {
  const [whole = '', fraction] = text.split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

const signs: Readonly<Record<FigureUnit, string>> = {
  share: ' %',
  usd: ' USD',
  milliseconds: ' ms',
  count: '',
}

function withUnit(unit: FigureUnit, text: string): string {
  return `${text}${signs[unit]}`
}
