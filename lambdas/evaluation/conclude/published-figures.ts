import type { Metric } from '../../platform/telemetry.ts'
import type { Figure } from './figures.ts'

/**
 * What goes to CloudWatch of a standing evaluation: for each goal whether it was missed, which is nothing where that is
 * unproven, and the figure itself.
 */
export function publishedFigures(workload: string, figures: readonly Figure[]): Metric[] {
  return figures.flatMap(({ metric, value, goal, verdict }) => {
    if (goal === null) return []
    const missed: Metric[] =
      verdict === 'met' || verdict === 'missed'
        ? [
            {
              name: 'GoalMissed',
              value: verdict === 'missed' ? 1 : 0,
              unit: 'None',
              dimensions: { Workload: workload, Goal: metric },
            },
          ]
        : []
    const figure: Metric[] =
      value === null
        ? []
        : [
            {
              name: 'QualityFigure',
              value,
              unit: 'None',
              dimensions: { Workload: workload, Metric: metric },
            },
          ]
    return [...missed, ...figure]
  })
}
