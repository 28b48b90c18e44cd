import { describe, expect, it } from 'vitest'
import { toCallError } from '../../../lambdas/evaluation/judges/ai-sdk-model.ts'
import { ModelCallError } from '../../../lambdas/evaluation/judges/model.ts'
import { callPatiently } from '../../../lambdas/evaluation/judges/patience.ts'
import { ProviderGate } from '../../../lambdas/evaluation/judges/provider-gate.ts'
import { PlayedTime, quickPatience } from './playing.ts'

const passing = (retryAfter?: number) => new ModelCallError('busy', { passing: true, retryAfter })

/** Fails with what is given, one after the other, then answers. */
function failing(...errors: Error[]) {
  const calls = { made: 0 }
  const call = async (): Promise<string> => {
    calls.made += 1
    const error = errors.shift()
    if (error !== undefined) throw error
    return 'answer'
  }
  return { call, calls }
}

describe('a call', () => {
  it('is repeated after pauses that double, half of which is chance', async () => {
    const time = new PlayedTime()
    const { call } = failing(passing(), passing(), passing())
    expect(await callPatiently(call, quickPatience, 20_000, time)).toBe('answer')
    expect(time.slept).toEqual([10, 20, 40])
    const early = new PlayedTime()
    const again = failing(passing(), passing(), passing())
    await callPatiently(again.call, quickPatience, 20_000, {
      clock: early.clock,
      sleep: early.sleep,
      random: () => 0,
    })
    expect(early.slept).toEqual([5, 10, 20])
  })

  it('waits as long as the provider asks, and tells so', async () => {
    const time = new PlayedTime()
    const told: number[] = []
    const { call } = failing(passing(3_000))
    await callPatiently(call, quickPatience, 20_000, {
      clock: time.clock,
      sleep: time.sleep,
      random: time.random,
      onPause: (milliseconds) => told.push(milliseconds),
    })
    expect(time.slept).toEqual([3_000])
    expect(told).toEqual([3_000])
  })

  it.each([
    ['more often than it may', [passing(), passing(), passing(), passing()], 4, 'asked 4 times'],
    ['for longer than is waited for', [passing(6_000)], 1, 'It wants 6 s of rest'],
    ['past the deadline', [passing(4_000), passing(4_000)], 2, 'asked 2 times'],
    ['when the error does not pass', [new ModelCallError('no', { passing: false })], 1, 'no'],
    ['when it is a mistake of ours', [new TypeError('a bug')], 1, 'a bug'],
  ])('is not repeated %s', async (when, errors, made, says) => {
    const { call, calls } = failing(...errors)
    const deadline = when === 'past the deadline' ? 5_000 : 20_000
    await expect(callPatiently(call, quickPatience, deadline, new PlayedTime())).rejects.toThrow(
      says,
    )
    expect(calls.made).toBe(made)
  })

  it('is given no more time than is left', async () => {
    let given: AbortSignal | undefined
    await callPatiently(
      async (signal) => {
        given = signal
      },
      quickPatience,
      1,
      new PlayedTime(),
    )
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(given?.aborted).toBe(true)
  })
})

describe('the gate of a provider', () => {
  it('lets through so many at the same time', async () => {
    const gate = new ProviderGate(3, new PlayedTime())
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 20 }, async () =>
        gate.pass(async () => {
          inside += 1
          most = Math.max(most, inside)
          await new Promise((resolve) => setImmediate(resolve))
          inside -= 1
        }),
      ),
    )
    expect(most).toBe(3)
  })

  it('keeps others waiting while the provider rests', async () => {
    const time = new PlayedTime()
    const gate = new ProviderGate(3, time)
    gate.askedForRest(2_000)
    await gate.pass(async () => undefined)
    expect(time.now).toBe(2_000)
  })

  it('spares the others a provider that failed three times in a row, and tries it again after a rest', async () => {
    const time = new PlayedTime()
    const gate = new ProviderGate(1, time)
    let made = 0
    const fail = async () =>
      gate.pass(async () => {
        made += 1
        throw passing()
      })
    for (let count = 0; count < 10; count++) await expect(fail()).rejects.toThrow('busy')
    expect(made).toBe(3)
    time.now += 30_000
    await expect(fail()).rejects.toThrow('busy')
    await expect(fail()).rejects.toThrow('The judge is away. busy')
    expect(made).toBe(4)
    time.now += 30_000
    expect(await gate.pass(async () => 'back')).toBe('back')
    await expect(fail()).rejects.toThrow('busy')
    expect(made, 'one success forgives').toBe(5)
    expect(await gate.pass(async () => 'still there')).toBe('still there')
  })

  it('does not count a request that the provider understood and refused', async () => {
    const gate = new ProviderGate(1, new PlayedTime())
    const refuse = async () =>
      gate.pass(async () => {
        throw new ModelCallError('unknown model', { passing: false })
      })
    for (let count = 0; count < 5; count++) await expect(refuse()).rejects.toThrow('unknown model')
  })
})

describe('what went wrong', () => {
  it.each([
    [new DOMException('late', 'TimeoutError'), true, 'in time'],
    [new DOMException('ended', 'AbortError'), true, 'in time'],
    [new Error('what'), false, 'what'],
    ['text', false, 'text'],
  ])('%s passes: %s', (error, passes, says) => {
    const found = toCallError(error)
    expect(found.passing).toBe(passes)
    expect(found.message).toContain(says)
  })
})
