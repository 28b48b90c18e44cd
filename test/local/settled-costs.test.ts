import { describe, expect, test } from 'vitest'
import type { CostFigures } from '../../local/report.ts'
import { settleCosts } from '../../local/settled-costs.ts'

/** A cost job that finds one more number of traced calls in each round, of 100 that were made. */
function jobThatFinds(...traced: number[]) {
  const did: string[] = []
  return {
    did,
    settle: async () => void did.push('settle'),
    fetch: async () => {
      const tracedCalls = traced.length > 1 ? traced.shift() : traced[0]
      const workloads = [
        { workload: 'fp-copilot', tracedCalls, madeCalls: 100 },
        { workload: 'fraud-detector', tracedCalls: 0, madeCalls: null },
      ]
      return { coverage: { workloads } } as unknown as CostFigures
    },
    sleep: async () => void did.push('sleep'),
  }
}

describe('the costs of the demo', () => {
  test('are settled once where every call is traced', async () => {
    const job = jobThatFinds(100)
    await settleCosts(job, () => undefined)
    expect(job.did).toEqual(['settle'])
  })

  test('are settled again while traces are on their way, which is told', async () => {
    const job = jobThatFinds(70, 100)
    const told: string[] = []
    const { coverage } = await settleCosts(job, (progress) => told.push(progress))
    expect(job.did).toEqual(['settle', 'sleep', 'settle'])
    expect(told).toEqual(['fp-copilot 70 of 100 calls traced'])
    expect(coverage.workloads[0]?.tracedCalls).toBe(100)
  })

  test('are shown as they are where a trace never comes', async () => {
    const job = jobThatFinds(99)
    const { coverage } = await settleCosts(job, () => undefined)
    expect(coverage.workloads[0]?.tracedCalls).toBe(99)
    expect(job.did.filter((one) => one === 'settle')).toHaveLength(10)
  })
})
