import { expect, test } from 'vitest'
import { workloads as configured } from '../../config/workloads.ts'
import type { Gate } from '../../lambdas/domain/gate.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { requireSoundWorkloads } from '../../lib/sound-workloads.ts'

const copilot: Workload = {
  name: 'copilot',
  experiment: 'copilot',
  description: 'Answers.',
  units: [{ type: 'query' }],
  qualityGoals: [{ metric: 'faithfulness', comparator: 'atLeast', target: 0.9 }],
  benchmark: {
    dataset: { kind: 'mlflow', name: 'questions' },
    source: { kind: 'endpoint' },
    metrics: ['latency'],
    criteria: [{ name: 'is_polite', language: 'en', question: 'Is it polite?' }],
  },
}
const other: Workload = { ...copilot, name: 'other', experiment: 'other' }
const guards = (gate: Gate): Workload => ({ ...copilot, gate })
const withGate = (gate: Gate): Workload[] => [guards({ prompts: ['answer'], ...gate })]

test.each<[string, Workload[], string]>([
  [
    'that guards nothing',
    [guards({ evidenceDays: 3 })],
    'copilot, gate: it guards nothing; name models or prompts, or leave it out.',
  ],
  [
    'on a name that MLflow would not keep',
    [guards({ models: [' fraud'] })],
    'copilot, gate: " fraud" cannot be a name in MLflow\'s registry; give 1 to 256 printable characters without spaces around them.',
  ],
  [
    'on a name that is too long for MLflow',
    [guards({ models: ['n'.repeat(257)] })],
    `copilot, gate: "${'n'.repeat(257)}" cannot be a name in MLflow's registry; give 1 to 256 printable characters without spaces around them.`,
  ],
  [
    'on a name that the API would refuse',
    [guards({ models: ['a\tb'] })],
    'copilot, gate: "a\tb" cannot be a name in MLflow\'s registry; give 1 to 256 printable characters without spaces around them.',
  ],
  [
    'on a model and a prompt of one name',
    [guards({ models: ['answer'], prompts: ['answer'] })],
    'copilot, gate: answer is guarded by copilot already; models and prompts share their names, and one gate decides on each.',
  ],
  [
    'on a name of another one',
    [guards({ models: ['answer'] }), { ...other, gate: { prompts: ['answer'] } }],
    'other, gate: answer is guarded by copilot already; models and prompts share their names, and one gate decides on each.',
  ],
  [
    'without a benchmark',
    [{ ...guards({ models: ['a'] }), benchmark: undefined, qualityGoals: [] }],
    'copilot, gate: there is no benchmark, so no version could prove anything; add one.',
  ],
  [
    'without goals',
    [{ ...guards({ models: ['a'] }), qualityGoals: [] }],
    'copilot, gate: there are no quality goals, so it would ask nothing; add some.',
  ],
  [
    'with a tolerance for what is not measured',
    withGate({ tolerances: { answer_relevancy: 0.1 } }),
    'copilot, gate: there is a tolerance for answer_relevancy, which the benchmark does not measure; it measures faithfulness, latency, is_polite.',
  ],
  [
    'with a tolerance below 0',
    withGate({ tolerances: { is_polite: -0.1 } }),
    'copilot, gate: the tolerance of is_polite is -0.1; give a number, 0 or more.',
  ],
  [
    'whose evidence is too old at once',
    withGate({ evidenceDays: 0 }),
    'copilot, gate: evidenceDays is 0; give days, more than 0 and at most 365.',
  ],
  [
    'whose evidence never gets old',
    withGate({ evidenceDays: Infinity }),
    'copilot, gate: evidenceDays is Infinity; give days, more than 0 and at most 365.',
  ],
  [
    'under which rows cost nothing',
    withGate({ costPerRowUsd: 0 }),
    'copilot, gate: costPerRowUsd is 0; give USD, more than 0.',
  ],
  [
    'on one name that goes back together',
    withGate({ together: true }),
    'copilot, gate: together takes several names back at once, and there is one only; leave it out.',
  ],
  [
    'that rolls back at once',
    withGate({ rollBackAfterHours: 0 }),
    'copilot, gate: rollBackAfterHours is 0; give hours, more than 0.',
  ],
  [
    'that waits for a benchmark that never runs',
    [
      {
        ...guards({ prompts: ['answer'], rollBackAfterHours: 20 }),
        benchmark: { ...copilot.benchmark!, schedule: 'never' },
      },
    ],
    'copilot, gate: rollBackAfterHours waits for the daily benchmark, whose schedule is never; schedule it or leave the hours out.',
  ],
])('a gate %s is refused with a sentence', (_what, workloads, sentence) => {
  expect(() => requireSoundWorkloads(workloads)).toThrow(new Error(sentence))
})

test.each<[string, Gate]>([
  [
    'tolerances for a goal, a metric and a criterion',
    { tolerances: { faithfulness: 0, latency: 50, is_polite: 1 } },
  ],
  ["names of MLflow's full length", { models: ['n'.repeat(256)], prompts: ['🧾'.repeat(256)] }],
  ['several names that go together', { models: ['모델/a'], together: true }],
  ['every limit', { evidenceDays: 365, costPerRowUsd: 0.01, rollBackAfterHours: 1 }],
])('a gate with %s is accepted', (_what, gate) => {
  expect(() => requireSoundWorkloads(withGate(gate))).not.toThrow()
})

test('the gates of the configuration are sound, and there are some', () => {
  expect(configured.filter(({ gate }) => gate !== undefined).length).toBeGreaterThan(1)
  expect(() => requireSoundWorkloads(configured)).not.toThrow()
})
