import type { Benchmark } from '../../domain/benchmark.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import { filesOf } from '../files.ts'
import type { EvaluationPlan } from '../plan.ts'
import { conformanceSummary } from './conformance-summary.ts'
import { parseKnowledgeGraph } from './knowledge-graph.ts'
import type { MeasureSetting, Missing } from './measure.ts'

/**
 * Gathers what figures need besides the rows: the workload's graph and the check of its event log, where there are such.
 * What is not there or cannot be read becomes the reason of the figures that need it.
 */
export async function readMeasureSetting(
  artifacts: Artifacts,
  plan: EvaluationPlan,
  benchmark: Benchmark | undefined,
): Promise<MeasureSetting> {
  const graph = benchmark?.graph
  return {
    k: plan.request.k,
    seed: plan.seed,
    confidence: 0.95,
    graph:
      graph === undefined
        ? { missing: 'The benchmark names no graph.' }
        : await readObject(artifacts, graph.key, (bytes) => parseKnowledgeGraph(bytes, graph.hops)),
    conformance: await readObject(artifacts, filesOf(plan.evaluationId).conformance, (bytes) =>
      conformanceSummary.parse(JSON.parse(new TextDecoder().decode(bytes))),
    ),
  }
}

async function readObject<Content>(
  artifacts: Artifacts,
  key: string,
  parse: (bytes: Uint8Array) => Content,
): Promise<Content | Missing> {
  const bytes = await artifacts.read(key)
  if (bytes === undefined) return { missing: `There is no ${key} in the artifact bucket.` }
  try {
    return parse(bytes)
  } catch (error) {
    return { missing: `${key} cannot be used: ${error instanceof Error ? error.message : ''}` }
  }
}
