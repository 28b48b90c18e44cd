import type { CostFigures } from './report.ts'

/** What settling costs needs from outside. */
export interface CostRunner {
  /** Runs the cost job to its end. */
  readonly settle: () => Promise<void>
  readonly fetch: () => Promise<CostFigures>
  readonly sleep: (milliseconds: number) => Promise<unknown>
}

const pauseMilliseconds = 2_000
/** Applications send their traces in the background: the last of them come some seconds after their answers. */
const rounds = 10

/**
 * Runs the cost job, and again while calls that were made have no trace yet; returns the last figures, complete or not.
 * @param tell is told how many calls are traced
 */
export async function settleCosts(
  runner: CostRunner,
  tell: (progress: string) => void,
): Promise<CostFigures> {
  for (let round = 1; ; round++) {
    await runner.settle()
    const figures = await runner.fetch()
    const late = figures.coverage.workloads.filter(
      ({ tracedCalls, madeCalls }) => madeCalls !== null && tracedCalls < madeCalls,
    )
    if (late.length === 0 || round === rounds) return figures
    tell(
      late
        .map((one) => `${one.workload} ${one.tracedCalls} of ${one.madeCalls} calls traced`)
        .join(', '),
    )
    await runner.sleep(pauseMilliseconds)
  }
}
