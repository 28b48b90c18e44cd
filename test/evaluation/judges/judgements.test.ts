import { describe, expect, it, vi } from 'vitest'
import { inBatches } from '../../../lambdas/evaluation/judges/in-batches.ts'
import { Judgements, type Obtained } from '../../../lambdas/evaluation/judges/judgements.ts'
import type { JudgementStore } from '../../../lambdas/evaluation/judges/judgement-store.ts'
import { PlayedStore, PlayedTime } from './playing.ts'

const question = (key: string) => ({ key, promptVersion: 'claims:1', model: 'm' })

/** Asks and counts. */
function judge(answer: Obtained = { answer: { fine: true } }) {
  const asked: string[] = []
  return {
    asked,
    ask: (key: string) => async () => {
      asked.push(key)
      await new Promise((resolve) => setImmediate(resolve))
      return answer
    },
  }
}

const open = (store: JudgementStore) => new Judgements(store, new PlayedTime())

describe('a question', () => {
  it('that is asked twice in a batch is paid once', async () => {
    const store = new PlayedStore()
    const { ask, asked } = judge()
    const judgements = open(store.as('a'))
    const answers = await Promise.all([
      judgements.obtain(question('k'), ask('k')),
      judgements.obtain(question('k'), ask('k')),
    ])
    expect(asked).toEqual(['k'])
    expect(answers).toEqual([{ answer: { fine: true } }, { answer: { fine: true } }])
    expect(await judgements.obtain(question('k'), ask('k'))).toEqual(answers[0])
    expect(asked).toEqual(['k'])
  })

  it('that found no answer is not asked again in the same batch', async () => {
    const store = new PlayedStore()
    const { ask, asked } = judge({ failure: 'no' })
    const judgements = open(store.as('a'))
    for (const _ of [1, 2]) {
      expect(await judgements.obtain(question('k'), ask('k'))).toEqual({ failure: 'no' })
    }
    await judgements.flush()
    expect(await judgements.obtain(question('k'), ask('k'))).toEqual({ failure: 'no' })
    expect(asked).toEqual(['k'])
  })

  it('that another evaluation is asking is waited for', async () => {
    const store = new PlayedStore()
    const { ask, asked } = judge()
    const [one, other] = [open(store.as('a')), open(store.as('b'))]
    const answers = await Promise.all([
      one.obtain(question('k'), ask('a')),
      other.obtain(question('k'), ask('b')),
    ])
    expect(asked).toHaveLength(1)
    expect(answers[0]).toEqual(answers[1])
  })

  it('that another evaluation found no answer to is asked again', async () => {
    const store = new PlayedStore()
    const { ask: failing } = judge({ failure: 'no' })
    const { ask, asked } = judge()
    const [one, other] = [open(store.as('a')), open(store.as('b'))]
    const answers = await Promise.all([
      one.obtain(question('k'), failing('a')),
      other.obtain(question('k'), ask('b')),
    ])
    expect(answers).toEqual([{ failure: 'no' }, { answer: { fine: true } }])
    expect(asked).toEqual(['b'])
    await one.flush()
    expect(store.claims.get('k')).toBe('b')
  })

  it('whose claimant never comes back is given up in the end', async () => {
    const store = new PlayedStore()
    store.claims.set('k', 'dead, but renewed')
    const { ask, asked } = judge()
    const obtained = await open(store.as('a')).obtain(question('k'), ask('k'))
    expect(obtained).toMatchObject({ failure: expect.stringContaining('for too long') })
    expect(asked).toEqual([])
  })

  it('is not asked where it cannot be looked up', async () => {
    const { ask, asked } = judge()
    const store = new PlayedStore()
    const broken = {
      ...store.as('a'),
      claim: async () => {
        throw new Error('asleep')
      },
    }
    const obtained = await open(broken).obtain(question('k'), ask('k'))
    expect(obtained).toMatchObject({ failure: expect.stringContaining('asleep') })
    expect(asked).toEqual([])
  })

  it('with an answer that is too large to be kept is refused, and says so', async () => {
    const store = new PlayedStore()
    const judgements = open(store.as('a'))
    const { ask } = judge({ answer: { text: '가'.repeat(25_000) } })
    const obtained = await judgements.obtain(question('k'), ask('k'))
    expect(obtained).toMatchObject({ failure: expect.stringContaining('60000') })
    await judgements.flush()
    expect([store.answers.size, store.claims.size]).toEqual([0, 0])
  })
})

it('a thousand questions take few statements', async () => {
  const store = new PlayedStore()
  const { ask } = judge()
  const judgements = open(store.as('a'))
  await Promise.all(
    Array.from({ length: 1_000 }, async (_, index) =>
      judgements.obtain(question(`k${index}`), ask(`k${index}`)),
    ),
  )
  await judgements.flush()
  expect(store.answers.size).toBe(1_000)
  expect(store.statements).toBeLessThan(25)
})

it('what could not be written is kept for flush, which fails only when the database stays away', async () => {
  const store = new PlayedStore()
  const real = store.as('a')
  let failures = 2
  const flaky: JudgementStore = {
    ...real,
    async keep(findings) {
      failures -= 1
      if (failures >= 0) throw new Error('asleep')
      await real.keep(findings)
    },
  }
  const { ask } = judge()
  const judgements = open(flaky)
  await judgements.obtain(question('k'), ask('k'))
  await judgements.flush()
  expect(store.answers.has('k')).toBe(true)
  failures = 100
  await judgements.obtain(question('l'), ask('l'))
  await expect(judgements.flush()).rejects.toThrow('asleep')
})

it('a claim is renewed while its question waits, and no longer', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    let renewals = 0
    const store = new PlayedStore()
    const judgements = open({
      ...store.as('a'),
      renew: async () => {
        renewals += 1
      },
    })
    let finish: (obtained: Obtained) => void = () => undefined
    const waiting = judgements.obtain(
      question('k'),
      async () => new Promise((resolve) => (finish = resolve)),
    )
    while (store.claims.size === 0) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    vi.advanceTimersByTime(65_000)
    expect(renewals).toBe(3)
    finish({ answer: 1 })
    await waiting
    vi.advanceTimersByTime(65_000)
    expect(renewals).toBe(3)
  } finally {
    vi.useRealTimers()
  }
})

describe('requests in batches', () => {
  it('that are made together go together, up to the most', async () => {
    const batches: number[][] = []
    const ask = inBatches(async (batch: readonly number[]) => {
      batches.push([...batch])
      return batch.map((each) => each * 2)
    }, 3)
    expect(await Promise.all([1, 2, 3, 4].map(async (each) => ask(each)))).toEqual([2, 4, 6, 8])
    expect(batches).toEqual([[1, 2, 3], [4]])
    expect(await ask(5)).toBe(10)
  })

  it('fail together, and the next ones do not', async () => {
    let fail = true
    const ask = inBatches(async (batch: readonly number[]) => {
      if (fail) throw new Error('away')
      return batch
    }, 10)
    const both = await Promise.allSettled([ask(1), ask(2)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    fail = false
    expect(await ask(3)).toBe(3)
  })
})
