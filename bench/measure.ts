/** Runs something again and again, one after the other, and gives the milliseconds of each run. */
export async function repeat(times: number, run: () => Promise<unknown>): Promise<number[]> {
  const measured: number[] = []
  for (let count = 0; count < times; count += 1) {
    const started = performance.now()
    await run()
    measured.push(performance.now() - started)
  }
  return measured
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
