import { describe, expect, it } from 'vitest'
import { graphCoverage } from '../../../lambdas/evaluation/metrics/graph-coverage.ts'

// entity e1 - clause c1 - clause c2; entity e2 - clause c3; clause c4 alone.
const graph = {
  nodes: ['e1', 'e2', 'c1', 'c2', 'c3', 'c4'],
  edges: [
    ['e1', 'c1'],
    ['c2', 'c1'],
    ['e2', 'c3'],
    ['c1', 'nowhere'],
  ],
  entries: ['e1', 'e2'],
} as const

describe('graph coverage', () => {
  it.each([
    ['clauses that are reached', [{ id: 'q', clauses: ['c1', 'c2', 'c3'] }], undefined, 1],
    ['a clause that nothing leads to', [{ id: 'q', clauses: ['c1', 'c4'] }], undefined, 0.5],
    ['a clause that is not in the graph', [{ id: 'q', clauses: ['c1', 'c9'] }], undefined, 0.5],
    ['an edge to what is not a node', [{ id: 'q', clauses: ['nowhere'] }], undefined, 0],
    ['a clause two edges away', [{ id: 'q', clauses: ['c1', 'c2'] }], 1, 0.5],
    ['a clause named twice', [{ id: 'q', clauses: ['c1', 'c1', 'c4'] }], undefined, 0.5],
    [
      'a question with entries of its own',
      [
        { id: 'q1', clauses: ['c3'], entries: ['e1'] },
        { id: 'q2', clauses: ['c3'] },
      ],
      undefined,
      0.5,
    ],
  ])('with %s', (_what, questions, hops, score) => {
    expect(graphCoverage.score({ ...graph, questions, hops }).score).toBe(score)
  })

  it('says which clauses are absent and which cannot be reached', () => {
    const questions = [{ id: 'q', clauses: ['c1', 'c4', 'c9'] }, { id: 'without labels' }]
    expect(graphCoverage.score({ ...graph, questions }).parts).toEqual({
      needed: 3,
      covered: 1,
      absent: ['q: c9'],
      unreachable: ['q: c4'],
      questions: 1,
      unlabelled: 1,
    })
  })

  it('has no score, not 0, without labelled questions', () => {
    expect(graphCoverage.score({ ...graph, questions: [] }).score).toBeNull()
    expect(
      graphCoverage.score({ ...graph, questions: [{ id: 'q', clauses: [] }] }).score,
    ).toBeNull()
  })

  it('is 0 for a graph that is empty', () => {
    const questions = [{ id: 'q', clauses: ['c1'] }]
    const score = graphCoverage.score({ nodes: [], edges: [], entries: ['e1'], questions })
    expect(score.score).toBe(0)
  })
})
