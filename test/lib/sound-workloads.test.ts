import { describe, expect, test } from 'vitest'
import { workloads } from '../../config/workloads.ts'
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
