import { describe, expect, test } from 'vitest'
import { type BenchmarkRunner, type Evaluation, runBenchmarks } from '../../local/benchmarks.ts'
import { evaluationOf } from './evaluations.ts'

/** A runner whose evaluations go through these states, one each time they are asked for. */
const runnerOf = (states: Readonly<Record<string, Evaluation['status'][]>>) => {
  const seen: string[] = []
  let clock = 0
  const runner: BenchmarkRunner = {
    start: async (workload) => {
      seen.push(`start ${workload}`)
      return workload
    },
    read: async (id) => {
      seen.push(`read ${id}`)
      const left = states[id] ?? []
      const status = (left.length > 1 ? left.shift() : left[0]) ?? 'queued'
      return evaluationOf({ id, workload: id, status, reason: 'a reason' })
    },
    sleep: async (milliseconds) => {
      clock += milliseconds
    },
    now: () => clock,
  }
  return { seen, runner }
}

describe('benchmarks', () => {
  test('are all started before the first is waited for, and end when the last one has', async () => {
    const { seen, runner } = runnerOf({
      a: ['queued', 'running', 'completed'],
      b: ['incomplete'],
    })
    const told: string[] = []
    const options = { withinSeconds: 10, tell: (progress: string) => void told.push(progress) }
    const evaluations = await runBenchmarks(['a', 'b'], runner, options)
    expect(evaluations.map(({ id, status }) => [id, status])).toEqual([
      ['a', 'completed'],
      ['b', 'incomplete'],
    ])
    expect(seen).toEqual(['start a', 'start b', 'read a', 'read a', 'read a', 'read b'])
    expect(told).toEqual(['1 of 2', '2 of 2'])
  })

  test.each(['failed', 'cancelled'] as const)('one of which is %s say why', async (status) => {
    const { runner } = runnerOf({ a: [status], b: ['completed'] })
    const work = runBenchmarks(['a', 'b'], runner, { withinSeconds: 10, tell: () => undefined })
    await expect(work).rejects.toThrow(`a (a) ${status}: a reason`)
  })

  test('that take too long are named', async () => {
    const { runner } = runnerOf({ a: ['completed'], b: ['running'] })
    const work = runBenchmarks(['a', 'b'], runner, { withinSeconds: 10, tell: () => undefined })
    await expect(work).rejects.toThrow('The benchmark of b (b) is still running after 10 s.')
  })
})
