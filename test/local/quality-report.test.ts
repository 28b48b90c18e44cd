import { describe, expect, test } from 'vitest'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { renderEvaluationLinks, renderQuality } from '../../local/quality-report.ts'
import { evaluationOf, figureOf } from './evaluations.ts'

const workload = (name: string, ...qualityGoals: Workload['qualityGoals'] & {}): Workload => ({
  name,
  experiment: name,
  description: '',
  units: [],
  qualityGoals,
})
const workloads = [
  workload(
    'graphrag',
    { metric: 'faithfulness', comparator: 'atLeast', target: 0.95 },
    { metric: 'graph_coverage', comparator: 'atLeast', target: 0.9 },
  ),
  workload('golden-routine', { metric: 'conformance_duration', comparator: 'atMost', target: 500 }),
]

describe('the quality table', () => {
  const lines = renderQuality(
    [
      evaluationOf({ figures: [figureOf(), figureOf({ metric: 'retrieval_mrr', verdict: null })] }),
      evaluationOf({
        workload: 'golden-routine',
        status: 'incomplete',
        reason: '1 of 100 rows was rejected.',
        figures: [
          figureOf({
            metric: 'conformance_duration',
            value: 212.4,
            lower: null,
            upper: null,
            samples: 1,
            verdict: 'met',
          }),
        ],
      }),
    ],
    workloads,
  )
  const cells = (text: string): string[] =>
    (lines.find((line) => line.includes(text)) ?? '').trim().split(/ {2,}/)

  test('shows each goal with value, interval, n, target, verdict and, where it was judged, the judge', () => {
    expect(cells('faithfulness')).toEqual([
      'graphrag',
      'faithfulness',
      '93.1 %',
      '90.2 % – 95.8 %',
      '45',
      '≥ 95 %',
      '✗ missed',
      'lexical-v1',
    ])
    expect(cells('conformance_duration')).toEqual([
      'golden-routine',
      'conformance_duration',
      '212 ms',
      '–',
      '1',
      '≤ 500 ms',
      '✓ met',
    ])
  })

  test('has a goal that nothing was measured for as unproven, and leaves out what has no goal', () => {
    expect(cells('graph_coverage').slice(2)).toEqual(['–', '–', '0', '≥ 90 %', '? unproven'])
    expect(lines.join('\n')).not.toContain('retrieval_mrr')
  })

  test('says what keeps an evaluation from being complete', () => {
    expect(lines.at(-1)).toBe('  golden-routine: incomplete. 1 of 100 rows was rejected.')
    expect(lines.join('\n')).not.toContain('graphrag:')
  })
})

test('the links of an evaluation lead through the signing proxy', () => {
  const { links } = evaluationOf()
  const lines = renderEvaluationLinks(
    [evaluationOf(), evaluationOf({ links: { ...links, mlflowRun: null } })],
    'http://127.0.0.1:4572',
  )
  expect(lines[3]?.trim().split(/ {2,}/)).toEqual([
    'graphrag',
    'http://127.0.0.1:4572/#/experiments/1/runs/abc',
    'http://127.0.0.1:4572/ops/evaluations/ev-0123456789abcdefghjk/rows',
  ])
  expect(lines[4]?.trim().split(/ {2,}/)[1]).toBe('–')
})
