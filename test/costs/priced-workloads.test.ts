import { expect, it } from 'vitest'
import { priceOverrides } from '../../config/prices.ts'
import { environments } from '../../config/environments.ts'
import { workloads } from '../../config/workloads.ts'
import { workloadOf } from '../../lambdas/costs/aggregate.ts'
import { resolvePrices } from '../../lambdas/costs/price-list.ts'
import { pricedWorkloads } from '../../lambdas/costs/priced-workloads.ts'
import { costsQuery, coverageQuery, unitsQuery } from '../../lambdas/costs/schema.ts'
import { evaluationWorkload } from '../../lambdas/domain/workload.ts'

it('judges cost as a workload of their own, beside those of the configuration', () => {
  expect(pricedWorkloads).toEqual([...workloads, evaluationWorkload])
  expect(workloadOf({ name: 'evaluation' }, pricedWorkloads)).toBe('evaluation')
})

it.each([
  ['costs', costsQuery],
  ['costs by unit', unitsQuery],
  ['coverage', coverageQuery],
])('the API reports the %s of judges', (_what, schema) => {
  expect(schema.safeParse({ workload: 'evaluation' }).success).toBe(true)
  expect(schema.safeParse({ workload: 'judges' }).success).toBe(false)
})

const models = Object.entries(environments).flatMap(([environment, { evaluation }]) =>
  Object.values(evaluation.judges).flatMap(({ provider, model, embeddingModel }) =>
    [model, embeddingModel].flatMap((name) =>
      name === undefined
        ? []
        : [{ environment, provider: provider === 'bedrock' ? 'bedrock' : '', model: name }],
    ),
  ),
)

it.each(models)('$model, which judges in $environment, has a price', ({ provider, model }) => {
  const [segment] = resolvePrices(
    { provider, model, mode: 'standard', utcDay: '2026-11-24' },
    priceOverrides,
  )
  expect(segment?.price?.tiers[0]?.input).toBeGreaterThan(0)
})
