import { defineMetric, unscored } from './metric.ts'

/** A question and the clauses that a right answer needs. */
export interface LabelledQuestion {
  readonly id: string
  /** Ids of clauses; empty or absent when it has no labels. */
  readonly clauses?: readonly string[] | undefined
  /** Nodes at which retrieval for this question starts. @default the entries of the graph */
  readonly entries?: readonly string[] | undefined
}

/** A knowledge graph as node ids and edges, and the questions it must serve. */
export interface GraphCoverageInput {
  readonly nodes: readonly string[]
  /** Walked both ways. */
  readonly edges: readonly (readonly [from: string, to: string])[]
  /** Nodes at which retrieval starts: entities or communities that a question is matched with. */
  readonly entries: readonly string[]
  readonly questions: readonly LabelledQuestion[]
  /** Most edges that retrieval follows. @default no limit */
  readonly hops?: number | undefined
}

/** Clauses needed that can be reached / clauses needed. */
export const graphCoverage = defineMetric<GraphCoverageInput>(
  {
    name: 'graph_coverage',
    version: '1',
    per: 'evaluation',
    better: 'higher',
    definition:
      'Of the clauses that labelled questions need (each clause once per question), the share that is a node of the graph and can be reached from an entry node within the hops that retrieval follows.',
    source: 'our own; breadth-first search',
  },
  ({ nodes, edges, entries, questions, hops = Number.POSITIVE_INFINITY }) => {
    const neighbours = adjacency(nodes, edges)
    const fromEntries = reachable(neighbours, entries, hops)
    let needed = 0
    const absent: string[] = []
    const unreachable: string[] = []
    const labelled = questions.filter(({ clauses = [] }) => clauses.length > 0)
    for (const { id, clauses = [], entries: own } of labelled) {
      const reached = own === undefined ? fromEntries : reachable(neighbours, own, hops)
      for (const clause of new Set(clauses)) {
        needed += 1
        if (!neighbours.has(clause)) absent.push(`${id}: ${clause}`)
        else if (!reached.has(clause)) unreachable.push(`${id}: ${clause}`)
      }
    }
    const covered = needed - absent.length - unreachable.length
    const parts = {
      needed,
      covered,
      absent,
      unreachable,
      questions: labelled.length,
      unlabelled: questions.length - labelled.length,
    }
    if (needed === 0) return unscored('No question says which clauses it needs.', parts)
    return {
      score: covered / needed,
      rationale: `${covered} of ${needed} needed clauses are reached; ${absent.length} are not in the graph.`,
      parts,
    }
  },
)

function adjacency(
  nodes: readonly string[],
  edges: GraphCoverageInput['edges'],
): Map<string, string[]> {
  const neighbours = new Map(nodes.map((node): [string, string[]] => [node, []]))
  for (const [from, to] of edges) {
    // An edge to what is not a node leads nowhere.
    if (!neighbours.has(from) || !neighbours.has(to)) continue
    neighbours.get(from)?.push(to)
    neighbours.get(to)?.push(from)
  }
  return neighbours
}

function reachable(
  neighbours: ReadonlyMap<string, readonly string[]>,
  entries: readonly string[],
  hops: number,
): Set<string> {
  let edge = entries.filter((entry) => neighbours.has(entry))
  const reached = new Set(edge)
  for (let hop = 0; hop < hops && edge.length > 0; hop++) {
    const next = new Set(edge.flatMap((node) => neighbours.get(node) ?? []))
    edge = [...next].filter((node) => !reached.has(node))
    for (const node of edge) reached.add(node)
  }
  return reached
}
