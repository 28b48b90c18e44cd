import { describe, expect, test } from 'vitest'
import { workloads } from '../../config/workloads.ts'
import type { Benchmark, Criterion } from '../../lambdas/domain/benchmark.ts'
import type { Goal } from '../../lambdas/domain/goal.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { requireSoundWorkloads } from '../../lib/sound-workloads.ts'

const plain: Workload = {
  name: 'copilot',
  experiment: 'copilot',
  description: 'Answers.',
  units: [{ type: 'query' }, { type: 'chat' }],
}
const goal = { metric: 'unit_cost_p95', comparator: 'atMost', target: 1 } as const

describe('workloads that nothing could tell apart or judge are refused with a sentence', () => {
  test.each<[string, Workload[], string]>([
    ['two of one name', [plain, { ...plain, experiment: 'x' }], 'Two workloads are named copilot.'],
    [
      'two of one experiment',
      [plain, { ...plain, name: 'other' }],
      'copilot and other share the experiment copilot; a call can belong to one only.',
    ],
    [
      'the reserved name',
      [{ ...plain, name: 'unassigned' }],
      'No workload may be named unassigned: it stands for calls that none owns.',
    ],
    [
      "the name of the judges' own costs",
      [{ ...plain, name: 'evaluation' }],
      'No workload and no experiment may be named evaluation: what judges cost is kept there.',
    ],
    [
      "the experiment of the judges' own costs",
      [{ ...plain, experiment: 'evaluation' }],
      'No workload and no experiment may be named evaluation: what judges cost is kept there.',
    ],
    [
      'a name that no metric could carry',
      [{ ...plain, name: 'Co Pilot' }],
      'The workload "Co Pilot" needs a name of lower-case letters, digits and dashes.',
    ],
    [
      'a goal on a metric that is not measured',
      [{ ...plain, units: [{ type: 'query', goals: [{ ...goal, metric: 'unit_cost_p99' }] }] }],
      'copilot, unit query: there is no metric unit_cost_p99; there are unit_cost_p50, unit_cost_p95, unit_cost_max.',
    ],
    [
      'a goal on a unit that is not published',
      [{ ...plain, units: [{ type: 'query' }, { type: 'chat', goals: [goal] }] }],
      "copilot has goals on its unit chat; only the first unit's costs are published, so put it first.",
    ],
    [
      'two goals on one metric',
      [{ ...plain, units: [{ type: 'query', goals: [goal, { ...goal, target: 2 }] }] }],
      'copilot, unit query: there are two goals on unit_cost_p95.',
    ],
    [
      'a target that is no number',
      [{ ...plain, operatingGoals: [{ ...goal, metric: 'cost_visibility', target: Number.NaN }] }],
      'copilot, operating goals: the target of cost_visibility is NaN; give a share from 0 to 1.',
    ],
    [
      'a share in per cent',
      [{ ...plain, operatingGoals: [{ ...goal, metric: 'cost_visibility', target: 95 }] }],
      'copilot, operating goals: the target of cost_visibility is 95; give a share from 0 to 1.',
    ],
    [
      'a negative cost',
      [{ ...plain, units: [{ type: 'query', goals: [{ ...goal, target: -20 }] }] }],
      'copilot, unit query: the target of unit_cost_p95 is -20; give USD, 0 or more.',
    ],
    [
      'a negative number of samples',
      [{ ...plain, units: [{ type: 'query', goals: [{ ...goal, minSamples: -5 }] }] }],
      'copilot, unit query: minSamples of unit_cost_p95 is -5; give a whole number, 1 or more.',
    ],
    [
      'a certainty that nothing has',
      [{ ...plain, units: [{ type: 'query', goals: [{ ...goal, confidence: 1 }] }] }],
      'copilot, unit query: the confidence of unit_cost_p95 is 1; give a number between 0 and 1, such as 0.95.',
    ],
    [
      'a unit twice',
      [{ ...plain, units: [{ type: 'q' }, { type: 'q' }] }],
      'copilot has two units of the type q.',
    ],
    ['a unit without a type', [{ ...plain, units: [{ type: '' }] }], 'copilot has a unit type ""'],
  ])('%s', (_what, given, sentence) => {
    expect(() => requireSoundWorkloads(given)).toThrow(sentence)
  })

  test("Townin's own are sound", () => {
    expect(() => requireSoundWorkloads(workloads)).not.toThrow()
  })
})

describe('benchmarks that could not run, and quality goals that nothing would prove, are refused', () => {
  const jsonl = { kind: 'jsonl', key: 'datasets/copilot/questions.jsonl' } as const
  const benchmark: Benchmark = { dataset: jsonl, source: { kind: 'endpoint' } }
  const faithful = { metric: 'faithfulness', comparator: 'atLeast', target: 0.95 } as const
  const criterion: Criterion = { name: 'is_polite', language: 'en', question: 'Is it polite?' }
  const log = {
    dataset: { kind: 'event-log', log: 'datasets/l.csv', model: 'datasets/m.pnml' },
    source: { kind: 'dataset' },
    metrics: ['conformance_fitness'],
  } as const

  const measured = (change: Partial<Benchmark>, ...qualityGoals: Goal[]): Workload => ({
    ...plain,
    qualityGoals,
    benchmark: { ...benchmark, metrics: ['faithfulness'], ...change },
  })

  test.each<[string, Workload, string]>([
    [
      'goals without a benchmark',
      { ...plain, qualityGoals: [faithful] },
      'copilot has quality goals but no benchmark that measures them; add one.',
    ],
    [
      'nothing to measure',
      measured({ metrics: [] }),
      'copilot, benchmark: there is nothing to measure; name metrics, criteria or goals.',
    ],
    [
      'a goal on a metric that is not there',
      measured({}, { ...faithful, metric: 'faithfullness' }),
      'copilot, quality goals: there is no metric faithfullness; there are retrieval_precision, ',
    ],
    [
      'a metric that is not there',
      measured({ metrics: ['rouge'], criteria: [criterion] }),
      'copilot, benchmark: there is no metric rouge; there are retrieval_precision, ',
    ],
    [
      'a metric twice',
      measured({ metrics: ['faithfulness', 'faithfulness'] }),
      'copilot, benchmark: the metric faithfulness is named twice.',
    ],
    [
      'two goals on one metric',
      measured({}, faithful, { ...faithful, target: 0.9 }),
      'copilot, quality goals: there are two goals on faithfulness.',
    ],
    [
      'a share in per cent',
      measured({}, { ...faithful, target: 95 }),
      'copilot, quality goals: the target of faithfulness is 95; give a share from 0 to 1.',
    ],
    [
      'a negative time',
      measured({}, { metric: 'latency_p95', comparator: 'atMost', target: -1 }),
      'copilot, quality goals: the target of latency_p95 is -1; give a number, 0 or more.',
    ],
    [
      'a goal that a worse answer meets',
      measured({}, { ...faithful, comparator: 'atMost' }),
      'copilot, quality goals: of faithfulness, higher is better, so its goal must be atLeast, not atMost.',
    ],
    [
      'the other way round',
      measured({}, { metric: 'hallucination_rate', comparator: 'atLeast', target: 0.05 }),
      'copilot, quality goals: of hallucination_rate, lower is better, so its goal must be atMost, not atLeast.',
    ],
    [
      'a goal on a criterion that many a no meets',
      measured(
        { criteria: [criterion] },
        { metric: 'is_polite', comparator: 'atMost', target: 0.5 },
      ),
      'copilot, quality goals: of is_polite, higher is better, so its goal must be atLeast, not atMost.',
    ],
    [
      'no samples',
      measured({}, { ...faithful, minSamples: 0 }),
      'copilot, quality goals: minSamples of faithfulness is 0; give a whole number, 1 or more.',
    ],
    [
      'a confidence in per cent',
      measured({}, { ...faithful, confidence: 95 }),
      'copilot, quality goals: the confidence of faithfulness is 95; give a number between 0 and 1, such as 0.95.',
    ],
    [
      'two criteria of one name',
      measured({ criteria: [criterion, criterion] }),
      'copilot, benchmark: there are two criteria named is_polite.',
    ],
    [
      'a criterion with the name of a metric',
      measured({ criteria: [{ ...criterion, name: 'faithfulness' }] }),
      'copilot, benchmark: the criterion faithfulness has the name of a metric; give it another.',
    ],
    [
      'a criterion with another kind of name',
      measured({ criteria: [{ ...criterion, name: 'isPolite' }] }),
      'copilot, benchmark: the criterion "isPolite" needs a name of up to 60 lower-case letters, digits and underscores, such as rests_on_clauses.',
    ],
    [
      'a criterion that asks nothing',
      measured({ criteria: [{ ...criterion, question: ' ' }] }),
      'copilot, benchmark: the criterion is_polite asks nothing; give it a question.',
    ],
    [
      'no dataset where there must be one',
      measured({ dataset: undefined }),
      'copilot, benchmark: the source endpoint needs a dataset.',
    ],
    [
      'a dataset that no function may read',
      measured({ dataset: { kind: 'jsonl', key: 'questions.jsonl' } }),
      'copilot, benchmark, dataset: "questions.jsonl" is not below datasets/ of the artifact bucket; put it there.',
    ],
    [
      'recorded outputs that no function may read',
      measured({ source: { kind: 'recorded', key: 'datasets/answers.jsonl' } }),
      'copilot, benchmark, source: "datasets/answers.jsonl" is not below recorded/ of the artifact bucket; put it there.',
    ],
    [
      'more days than traces are looked through',
      measured({ source: { kind: 'traces', days: 0, sample: 10 } }),
      'copilot, benchmark, source: days: ',
    ],
    [
      'an event log that somebody else should answer',
      measured({ ...log, source: { kind: 'endpoint' } }),
      'copilot, benchmark: an event log holds what is judged, so its source must be dataset, not endpoint.',
    ],
    [
      'an event log that is to be faithful',
      measured({ ...log, metrics: ['faithfulness'] }),
      'copilot, benchmark: faithfulness cannot be measured on an event log.',
    ],
    [
      'conformance of answers',
      measured({ metrics: ['conformance_fitness'] }),
      'copilot, benchmark: conformance_fitness is measured on an event log, which the dataset is not.',
    ],
    [
      'half a document',
      measured({ k: 0.5 }),
      'copilot, benchmark: k is 0.5; give a whole number from 1 to 100.',
    ],
    [
      'coverage of a graph that is not named',
      measured({ metrics: ['graph_coverage'] }),
      'copilot, benchmark: graph_coverage needs a graph; say in which object it is.',
    ],
    [
      'a graph that no function may read',
      measured({ graph: { key: 'graph.json' } }),
      'copilot, benchmark, graph: "graph.json" is not below graphs/ of the artifact bucket; put it there.',
    ],
    [
      'fewer than no hops',
      measured({ graph: { key: 'graphs/g.json', hops: -1 } }),
      'copilot, benchmark: graph.hops is -1; give a whole number, 0 or more.',
    ],
    [
      'a time of day for a schedule',
      measured({ schedule: '02:00' }),
      'copilot, benchmark, schedule has "02:00"; give the six cron fields',
    ],
  ])('%s', (_what, given, sentence) => {
    expect(() => requireSoundWorkloads([given])).toThrow(sentence)
  })

  test.each<[string, Workload]>([
    ['a benchmark without goals', measured({})],
    [
      'goals on a criterion',
      measured({ criteria: [criterion] }, { ...faithful, metric: 'is_polite' }),
    ],
    ['an event log', measured(log)],
    [
      'traces without a dataset',
      measured({ dataset: undefined, source: { kind: 'traces', days: 7, sample: 100 } }),
    ],
    ['a benchmark on demand only', measured({ schedule: 'never' })],
    [
      'a goal in milliseconds',
      measured({}, { metric: 'latency_p95', comparator: 'atMost', target: 3000 }),
    ],
  ])('%s is sound', (_what, given) => {
    expect(() => requireSoundWorkloads([given])).not.toThrow()
  })
})
