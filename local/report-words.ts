import type { Goal, Verdict } from '../lambdas/domain/goal.ts'

/** How verdicts are shown. */
export const signs: Readonly<Record<Verdict, string>> = {
  met: '✓ met',
  missed: '✗ missed',
  unproven: '? unproven',
}

/** A count, with thousands set apart. */
export const whole = (value: number | null): string =>
  value === null ? '–' : value.toLocaleString('en-US')

/** On which side of a goal's target it is good to be. */
export const bound = ({ comparator }: Pick<Goal, 'comparator'>): string =>
  comparator === 'atLeast' ? '≥' : '≤'
