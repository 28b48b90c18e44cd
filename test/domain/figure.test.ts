import { describe, expect, test } from 'vitest'
import { formatFigure, formatTarget } from '../../lambdas/domain/figure.ts'

describe('a figure', () => {
  test.each<[string, number, string]>([
    ['faithfulness', 0.93124, '93.1 %'],
    ['rests_on_clauses', 1, '100.0 %'],
    ['unit_cost_p95', 0.0000421, '0.000042 USD'],
    ['unit_cost_p95', 0, '0.00 USD'],
    ['unit_cost_p95', 1234.5, '1,234.50 USD'],
    ['cost_per_row_usd', 0.01234, '0.0123 USD'],
    ['conformance_duration', 412.4, '412 ms'],
    ['latency_p95', 12_345.6, '12,346 ms'],
    ['tokens_per_row', 1200.4, '1,200'],
  ])('%s of %d reads %s', (metric, value, text) => {
    expect(formatFigure(metric, value)).toBe(text)
  })

  test.each<[string, number, number, string]>([
    ['faithfulness', 0.9499, 0.95, '94.99 %'],
    ['faithfulness', 0.95, 0.95, '95.0 %'],
    ['faithfulness', 0.9499999999999, 0.95, '95.00000000 %'],
    ['conformance_duration', 500.3, 500, '500.3 ms'],
    ['faithfulness', 0.93124, 0.95, '93.1 %'],
  ])('%s of %d is told apart from the goal %d as %s', (metric, value, target, text) => {
    expect(formatFigure(metric, value, { target })).toBe(text)
  })
})

test.each<[string, number, string]>([
  ['faithfulness', 0.95, '95 %'],
  ['hallucination_rate', 0.07, '7 %'],
  ['faithfulness', 0.9999, '99.99 %'],
  ['unit_cost_p95', 20, '20 USD'],
  ['unit_cost_p95', 0.05, '0.05 USD'],
  ['conformance_duration', 1500, '1,500 ms'],
])('the target of %s at %d reads %s', (metric, target, text) => {
  expect(formatTarget({ metric, target })).toBe(text)
})
