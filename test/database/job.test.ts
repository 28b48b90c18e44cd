import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { environments } from '../../config/environments.ts'
import { priceOverrides } from '../../config/prices.ts'
import { workloads } from '../../config/workloads.ts'
import type { ProviderCalls } from '../../lambdas/costs/provider-calls.ts'
import { type CostJob, runCostJob } from '../../lambdas/costs/run-job.ts'
import type { CapacityPoint } from '../../lambdas/platform/cluster-capacity.ts'
import { connectDatabase, DatabaseNotReady } from '../../lambdas/platform/data-api.ts'
import type { Metric } from '../../lambdas/platform/telemetry.ts'
import { useDataApi } from './setup.ts'
import { connectAs, makeExperiment, storeTrace, tagTrace } from './spans.ts'

let mlflow: pg.Client
let ops: pg.Client
let experiment: number
let published: { metric: Metric; at: Date }[]
let lastSuccess: Date | undefined

const usage = { input_tokens: 1_000, output_tokens: 100 }

/** The job with a real database; what is outside of it is played. */
function job(at: string, more: Partial<CostJob> = {}): CostJob {
  return {
    config: environments.prod,
    workloads,
    overrides: priceOverrides,
    database: connectDatabase('OPS_SECRET_ARN', 10_000),
    callSources: [],
    publish: async (metrics, moment) => {
      published.push(...metrics.map((metric) => ({ metric, at: moment })))
    },
    lastSuccess: {
      read: async () => lastSuccess,
      write: async (moment) => {
        lastSuccess = moment
      },
    },
    capacity: async () => [],
    now: () => new Date(at),
    mayContinue: () => true,
    log: () => undefined,
    ...more,
  }
}

const figures = (name: string) =>
  published.filter(
    ({ metric }) => metric.name === name && metric.dimensions['Workload'] === 'fp-copilot',
  )

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  mlflow = await connectAs('mlflow')
  ops = await connectAs('ops')
  experiment = await makeExperiment(mlflow, 'fp-copilot')
})

beforeEach(() => {
  published = []
  lastSuccess = undefined
})

afterAll(async () => {
  await mlflow.end()
  await ops.end()
})

async function trace(at: string, id: string) {
  return storeTrace(mlflow, {
    experiment,
    at: new Date(at),
    spans: [{ usage }],
    tags: { 'ops.unit.type': 'query', 'ops.unit.id': id },
  })
}

describe('the daily figures', () => {
  it('go out once, when the day is over, with the time of the day', async () => {
    await trace('2026-04-10T05:00:00Z', 'q1')
    await runCostJob({ action: 'settle' }, job('2026-04-10T06:00:00Z'))
    expect(figures('CostUsd')).toEqual([])
    await runCostJob({ action: 'settle' }, job('2026-04-10T16:00:00Z'))
    expect(figures('CostUsd')).toMatchObject([
      { metric: { value: 0.00021 }, at: new Date('2026-04-10T14:59:00Z') },
    ])
    expect(figures('UnitCostP95Usd')).toMatchObject([{ metric: { value: 0.00021 } }])
    expect(figures('CostVisibility')).toMatchObject([{ metric: { value: 1 } }])
    await runCostJob({ action: 'settle' }, job('2026-04-10T17:00:00Z'))
    expect(figures('CostUsd')).toHaveLength(1)
  })

  it('leave out what is not known: no coverage without a source, no verdict without samples', async () => {
    await trace('2026-04-12T05:00:00Z', 'q2')
    await runCostJob({ action: 'settle' }, job('2026-04-12T16:00:00Z'))
    expect(figures('TrackingCoverage')).toEqual([])
    expect(figures('GoalMissed')).toEqual([])
  })

  it('say that a goal is missed, and when it is met again', async () => {
    for (let index = 0; index < 19; index += 1) await trace('2026-04-14T05:00:00Z', `q${index}`)
    await ops.query(`insert into reported_calls values
      ('r1', 'fp-copilot', '', '', '2026-04-14T05:00:00Z', '2026-04-14', 40, 'tester')`)
    await runCostJob({ action: 'settle' }, job('2026-04-14T16:00:00Z'))
    const coverage = figures('GoalMissed').filter(
      ({ metric }) => metric.dimensions['Goal'] === 'tracking_coverage',
    )
    expect(coverage).toMatchObject([{ metric: { value: 1 } }])
    expect(figures('TrackingCoverage')).toMatchObject([{ metric: { value: 19 / 40 } }])
  })

  it('say that a goal is missed when nothing was traced of what was called', async () => {
    await ops.query(`insert into reported_calls values
      ('r2', 'fp-copilot', '', '', '2026-04-15T05:00:00Z', '2026-04-15', 1000, 'tester')`)
    await runCostJob({ action: 'settle' }, job('2026-04-15T16:00:00Z'))
    expect(figures('TrackingCoverage')).toMatchObject([{ metric: { value: 0 } }])
    expect(
      figures('GoalMissed').filter(
        ({ metric }) => metric.dimensions['Goal'] === 'tracking_coverage',
      ),
    ).toMatchObject([{ metric: { value: 1 } }])
  })

  it('are sent again when the run died before it noted them', async () => {
    await trace('2026-04-16T05:00:00Z', 'q3')
    const dying = job('2026-04-16T16:00:00Z', {
      publish: async (metrics) => {
        if (metrics.some(({ name }) => name === 'CostUsd')) throw new Error('CloudWatch is down')
      },
    })
    await expect(runCostJob({ action: 'settle' }, dying)).rejects.toThrow('CloudWatch is down')
    expect(lastSuccess).toBeUndefined()
    await runCostJob({ action: 'settle' }, job('2026-04-16T17:00:00Z'))
    expect(figures('CostUsd')).toMatchObject([{ at: new Date('2026-04-16T14:59:00Z') }])
  })
})

describe('the health of the job', () => {
  const health = (name: string) => published.filter(({ metric }) => metric.name === name)

  it('is published with every run', async () => {
    await runCostJob({ action: 'settle' }, job('2026-04-20T00:00:00Z'))
    expect(lastSuccess).toEqual(new Date('2026-04-20T00:00:00Z'))
    expect(health('HoursSinceSuccess')).toMatchObject([
      { metric: { value: 0, dimensions: { Job: 'costs' } } },
    ])
    expect(health('JobLagMinutes')).toHaveLength(1)
  })

  it('grows when runs fail, and the error is thrown on', async () => {
    lastSuccess = new Date('2026-04-20T00:00:00Z')
    const broken = job('2026-04-20T05:00:00Z', {
      database: {
        query: () => Promise.reject(new Error('no database')),
        transaction: () => Promise.reject(new Error('no database')),
      },
    })
    await expect(runCostJob({ action: 'settle' }, broken)).rejects.toThrow('no database')
    expect(health('HoursSinceSuccess')).toMatchObject([{ metric: { value: 5 } }])
    expect(lastSuccess).toEqual(new Date('2026-04-20T00:00:00Z'))
  })

  it('is no success when time ran out', async () => {
    await trace('2026-04-20T05:00:00Z', 'q4')
    const result = await runCostJob(
      { action: 'settle' },
      job('2026-04-20T06:00:00Z', { mayContinue: () => false }),
    )
    expect(result).toMatchObject({ result: 'unfinished' })
    expect(lastSuccess).toBeUndefined()
  })
})

describe('a database that sleeps', () => {
  const points: CapacityPoint[] = [{ at: new Date('2026-04-21T02:00:00Z'), maximum: 0 }]

  it('is left asleep when it has slept since the last success', async () => {
    lastSuccess = new Date('2026-04-21T00:00:00Z')
    const asleep = job('2026-04-21T03:00:00Z', {
      capacity: async () => points,
      database: {
        query: () => Promise.reject(new Error('it was woken')),
        transaction: () => Promise.reject(new Error('it was woken')),
      },
    })
    expect(await runCostJob({ action: 'settle' }, asleep)).toMatchObject({ result: 'asleep' })
    expect(published).toMatchObject([
      { metric: { name: 'HoursSinceSuccess', value: 0 } },
      { metric: { name: 'JobLagMinutes' } },
    ])
  })

  it('is woken by hand', async () => {
    lastSuccess = new Date('2026-04-21T00:00:00Z')
    const result = await runCostJob(
      { action: 'settle', from: '2026-04-20' },
      job('2026-04-21T03:00:00Z', { capacity: async () => points }),
    )
    expect(result).toMatchObject({ result: 'settled' })
  })

  it('is waited for while it wakes', async () => {
    await setState({ state: 'paused', resumeSeconds: 2 })
    const result = await runCostJob({ action: 'settle' }, job('2026-04-21T03:00:00Z'))
    expect(result).toMatchObject({ result: 'settled' })
  })

  it('that does not wake in time fails the run and says so', async () => {
    await setState({ state: 'unavailable' })
    try {
      const impatient = job('2026-04-21T03:00:00Z', {
        database: connectDatabase('OPS_SECRET_ARN', 100),
      })
      await expect(runCostJob({ action: 'settle' }, impatient)).rejects.toThrow(DatabaseNotReady)
    } finally {
      await setState({ state: 'available' })
    }
  })

  async function setState(state: object) {
    const answer = await fetch(inject('clusterState'), {
      method: 'PUT',
      body: JSON.stringify(state),
    })
    expect(answer.ok).toBe(true)
  }
})

describe('sources of the calls made', () => {
  const source = (count: () => Promise<ProviderCalls[]>) => [{ name: 'openai', count }]

  it('are asked, and a failing one is noted and stops nothing', async () => {
    await runCostJob(
      { action: 'settle' },
      job('2026-04-22T03:00:00Z', {
        callSources: source(async () => [{ model: 'gpt-4o-mini', calls: 7 }]),
      }),
    )
    const answers = () =>
      ops.query(`select day::text, answered, (select sum(calls)::int from provider_calls p where p.day = d.day) as calls
        from provider_day d where source = 'openai' and day between '2026-04-20' and '2026-04-23' order by day`)
    expect((await answers()).rows).toEqual([
      { day: '2026-04-20', answered: true, calls: 7 },
      { day: '2026-04-21', answered: true, calls: 7 },
      { day: '2026-04-22', answered: true, calls: 7 },
    ])
    await runCostJob(
      { action: 'settle' },
      job('2026-04-23T03:00:00Z', { callSources: source(() => Promise.reject(new Error('401'))) }),
    )
    expect((await answers()).rows).toMatchObject([
      { answered: true, calls: 7 },
      { answered: true, calls: 7 },
      { answered: true, calls: 7 },
      { day: '2026-04-23', answered: false, calls: null },
    ])
  })
})

describe('repricing a period', () => {
  const request = {
    action: 'reprice',
    from: '2026-05-01',
    to: '2026-05-03',
    reason: 'the contract changed',
  } as const
  const contract = {
    provider: 'openai',
    model: 'gpt-4o-mini',
    from: '2026-05-01',
    until: '2026-05-02',
    prices: { input: 1, output: 1 },
    source: 'contract 18',
    checked: '2026-05-04',
  }
  const total = async () =>
    (
      await ops.query(
        `select sum(cost_nano)::int as cost from cost_rollup where workload = 'fp-copilot' and day >= '2026-05-01' and day < '2026-05-03'`,
      )
    ).rows[0].cost

  it('prices kept calls again, once, and keeps an audit row', async () => {
    await trace('2026-05-01T05:00:00Z', 'may-1')
    const gone = await trace('2026-05-01T06:00:00Z', 'may-2')
    await trace('2026-05-02T05:00:00Z', 'may-3')
    await runCostJob({ action: 'settle' }, job('2026-05-03T00:00:00Z'))
    expect(await total()).toBe(630_000)
    await mlflow.query('delete from trace_info where request_id = $1', [gone])

    const after = job('2026-05-04T00:00:00Z', { overrides: [contract] })
    const first = await runCostJob({ ...request, id: 'may' }, after)
    expect(first).toEqual({
      result: 'repriced',
      repricing: {
        id: 'may',
        finished: true,
        callsSeen: 3,
        callsChanged: 2,
        costBeforeNanoUsd: 420_000,
        costAfterNanoUsd: 2_200_000,
      },
    })
    expect(await total()).toBe(2_410_000)
    expect(await runCostJob({ ...request, id: 'may' }, after)).toEqual(first)
    expect(await runCostJob({ ...request, id: 'again' }, after)).toMatchObject({
      repricing: { callsChanged: 0 },
    })
    const { rows } = await ops.query(
      `select sum(cost_nano)::int as cost from unit_cost where unit_id in ('may-1', 'may-2')`,
    )
    expect(rows).toEqual([{ cost: 2_200_000 }])
  })

  it('holds for spans that name no provider, also when their tags change afterwards', async () => {
    const nameless = await storeTrace(mlflow, {
      experiment,
      at: new Date('2026-05-06T07:00:00Z'),
      spans: [{ usage, provider: null }],
    })
    await runCostJob({ action: 'settle' }, job('2026-05-06T08:00:00Z'))
    const anyProvider = { ...contract, provider: '*', until: '2026-05-08' }
    const repricing = job('2026-05-06T09:00:00Z', { overrides: [anyProvider] })
    await runCostJob(
      { ...request, id: 'nameless', from: '2026-05-06', to: '2026-05-07' },
      repricing,
    )
    await tagTrace(mlflow, nameless, { 'ops.country': 'KR' })
    await runCostJob({ action: 'settle' }, repricing)
    const { rows } = await ops.query(
      `select provider, country, cost_nano::int as cost from llm_call where trace_id = $1`,
      [nameless],
    )
    expect(rows).toEqual([{ provider: 'openai', country: 'KR', cost: 1_100_000 }])
  })

  it('refuses an id that stands for another period', async () => {
    await expect(
      runCostJob({ ...request, id: 'may', to: '2026-05-09' }, job('2026-05-04T00:00:00Z')),
    ).rejects.toThrow('Use another id')
  })
})

describe('retention', () => {
  it('drops old calls by the month and keeps the sums', async () => {
    const { rows: before } = await ops.query(`select sum(cost_nano)::text as cost from cost_rollup`)
    await runCostJob({ action: 'settle' }, job('2027-05-20T00:00:00Z'))
    const { rows: kept } = await ops.query(
      `select count(*)::int as calls from llm_call where started_at < '2026-04-01'`,
    )
    expect(kept).toEqual([{ calls: 0 }])
    const { rows: after } = await ops.query(`select sum(cost_nano)::text as cost from cost_rollup`)
    expect(after).toEqual(before)
  })
})
