import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type EnvironmentName, environments } from '../../config/environments.ts'
import { billColumns, billOf, billTable, smallTeam, totalOf } from '../../lib/bill.ts'
import { ofType, synthesized } from './synthesized.ts'

const { prod } = environments
const prices = Object.values(billColumns)[0] ?? expect.fail('there are no prices')
const sumOf = (config: typeof prod, usage = smallTeam): number =>
  totalOf(billOf(config, prices, usage))

describe.each(Object.entries(billColumns))('at the prices of %s', (_where, column) => {
  // Nobody is billed for the local one.
  test.each((Object.keys(environments) as EnvironmentName[]).filter((name) => name !== 'local'))(
    '%s stays within its budget',
    (name) => {
      const config = environments[name]
      expect(totalOf(billOf(config, column, smallTeam))).toBeLessThan(config.monthlyBudgetUsd)
    },
  )
})

test('each line is what its parts cost', () => {
  const bill = Object.fromEntries(
    billOf(prod, prices, smallTeam).map(({ what, usd }) => [what, usd]),
  )
  expect(bill['MLflow on Fargate, on demand']).toBeCloseTo((0.5 * 0.03238 + 0.00356) * 730, 6)
  // 197 hours at 0.5 units, 20 at 2, and 60 wakings of 25 minutes at 0.5.
  expect(bill['Database, capacity']).toBeCloseTo((98.5 + 40 + 12.5) * 0.12, 6)
  // 31 of them are not free; and 4,000 of the 8,000 transitions are.
  expect(bill['Alarms']).toBeCloseTo(3.1, 6)
  expect(bill['Evaluations, state transitions']).toBeCloseTo(0.1, 6)
  expect(bill['Public addresses']).toBeCloseTo(3.65, 6)
  expect(bill).not.toHaveProperty('NAT gateways')
})

test.each([
  ['a NAT gateway', { network: { ...prod.network, natGateways: 1 } }, 32.85],
  ['a second one, with its address', { network: { ...prod.network, natGateways: 2 } }, 69.35],
  [
    'Slack, for its secret',
    { alerts: { ...prod.alerts, slack: { secretName: 'slack', language: 'ko' } } as const },
    0.4,
  ],
  ['twice the memory', { trackingServer: { ...prod.trackingServer, memoryMiB: 2048 } }, 2.6],
])('%s costs more', (_what, change, more) => {
  expect(sumOf({ ...prod, ...change }) - sumOf(prod)).toBeCloseTo(more, 2)
})

test('figures are free while few are sent, and counted by the hour', () => {
  const figures = (usage: Partial<typeof smallTeam>): number | undefined =>
    billOf(prod, prices, { ...smallTeam, ...usage }).find(({ what }) => what === 'Figures')?.usd
  expect(figures({})).toBeUndefined()
  // 40 all the time and 73 once a day: 43 months of a series, ten of which are free.
  expect(figures({ hourlyMetrics: 40, dailyMetrics: 73 })).toBeCloseTo(33 * 0.3, 6)
})

test('a database that never pauses breaks the budget', () => {
  const always = { ...prod, database: { ...prod.database, minCapacity: 0.5 } }
  expect(sumOf(always)).toBeGreaterThan(prod.monthlyBudgetUsd)
})

test('the assumptions cover what is deployed', () => {
  const { data, platform } = synthesized('prod')
  expect(ofType('AWS::CloudWatch::Alarm', platform).length).toBeLessThanOrEqual(smallTeam.alarms)
  expect(ofType('AWS::SecretsManager::Secret', data, platform)).toHaveLength(5)
  expect(ofType('AWS::KMS::Key', data, platform)).toHaveLength(1)
  expect(ofType('AWS::CloudWatch::Dashboard', platform).length).toBeLessThanOrEqual(3)
})

test('the decision shows the bill of today', () => {
  const decision = readFileSync(new URL('../../docs/adr/036-bill.md', import.meta.url), 'utf8')
  const cells = (text: string): string => text.replaceAll(/[ |:-]+/gu, ' ')
  expect(cells(decision)).toContain(cells(billTable(prod, smallTeam, billColumns)))
})
