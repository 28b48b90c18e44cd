import { createHash } from 'node:crypto'
import * as z from 'zod'

const graphFile = z.object({
  nodes: z.array(z.string()),
  edges: z.array(z.tuple([z.string(), z.string()])),
  entries: z.array(z.string()),
})

/** A workload's graph, as `graph_coverage` walks it. */
export interface KnowledgeGraph extends z.infer<typeof graphFile> {
  /** Most edges that retrieval follows. @default no limit */
  readonly hops?: number | undefined
  /** SHA-256 of the file, so that a figure says which graph it is of. */
  readonly digest: string
}

/** Reads `{ nodes, edges: [from, to][], entries }`. @throws Error that says what is wrong with it */
export function parseKnowledgeGraph(bytes: Uint8Array, hops?: number): KnowledgeGraph {
  const digest = createHash('sha256').update(bytes).digest('hex')
  const graph = graphFile.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
  if (!graph.success) throw new Error(z.prettifyError(graph.error))
  return { ...graph.data, hops, digest }
}
