import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { definitionsOf, isMetric, metrics } from '../../../lambdas/evaluation/metrics/registry.ts'

describe.each(Object.entries(metrics))('%s', (name, metric) => {
  it('is registered under its own name, with a version, a definition and a source', () => {
    expect(metric.name).toBe(name)
    for (const text of [metric.version, metric.definition, metric.source]) {
      expect(text).not.toBe('')
    }
  })
})

const documented = readFileSync('docs/metrics.md', 'utf8')

describe('definitions', () => {
  it.each(Object.keys(metrics))('of %s stand in docs/metrics.md, word by word', (name) => {
    for (const { version, definition, source } of definitionsOf(name)) {
      for (const text of [`\`${name} v${version}\``, definition.replaceAll('|', '\\|'), source]) {
        expect(documented).toContain(text)
      }
    }
  })

  it('of one name have different versions, so that a figure says which one it is of', () => {
    for (const name of Object.keys(metrics)) {
      const versions = definitionsOf(name).map(({ version }) => version)
      expect(versions).toEqual([...new Set(versions)])
    }
    expect(definitionsOf('answer_relevancy').map(({ version }) => version)).toEqual([
      '1',
      'lexical-1',
    ])
  })

  it('are none for a criterion', () => {
    expect(isMetric('rests_on_clauses')).toBe(false)
    expect(definitionsOf('rests_on_clauses')).toEqual([])
  })
})
