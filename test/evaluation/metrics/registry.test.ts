import { describe, expect, it } from 'vitest'
import { metrics } from '../../../lambdas/evaluation/metrics/registry.ts'

describe.each(Object.entries(metrics))('%s', (name, metric) => {
  it('is registered under its own name, with a version, a definition and a source', () => {
    expect(metric.name).toBe(name)
    for (const text of [metric.version, metric.definition, metric.source]) {
      expect(text).not.toBe('')
    }
  })
})
