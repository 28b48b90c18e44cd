import type { Goal } from '../lambdas/domain/goal.ts'
import { evaluationWorkload, type Workload } from '../lambdas/domain/workload.ts'
import { unassignedWorkload } from '../lambdas/costs/aggregate.ts'
import { requireSoundBenchmark } from './sound-benchmarks.ts'
import { requireSoundGates } from './sound-gates.ts'
import { requireEvidence } from './sound-goals.ts'

const unitMetrics = ['unit_cost_p50', 'unit_cost_p95', 'unit_cost_max']
const operatingMetrics = ['tracking_coverage', 'cost_visibility']

/** Throws a sentence for workloads that could not be told apart, and for goals that nothing would ever judge. */
export function requireSoundWorkloads(workloads: readonly Workload[]): void {
  for (const [index, workload] of workloads.entries()) {
    const { name, experiment, units, operatingGoals = [] } = workload
    if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
      throw new Error(
        `The workload "${name}" needs a name of lower-case letters, digits and dashes.`,
      )
    }
    if (name === unassignedWorkload) {
      throw new Error(`No workload may be named ${name}: it stands for calls that none owns.`)
    }
    if (name === evaluationWorkload.name || experiment === evaluationWorkload.experiment) {
      throw new Error(
        `No workload and no experiment may be named ${evaluationWorkload.name}: what judges cost is kept there.`,
      )
    }
    for (const other of workloads.slice(0, index)) {
      if (other.name === name) throw new Error(`Two workloads are named ${name}.`)
      if (other.experiment === experiment) {
        throw new Error(
          `${other.name} and ${name} share the experiment ${experiment}; a call can belong to one only.`,
        )
      }
    }
    for (const [place, { type, goals = [] }] of units.entries()) {
      if (type.trim() === '' || type.length > 40) {
        throw new Error(`${name} has a unit type "${type}"; give 1 to 40 characters.`)
      }
      if (units.slice(0, place).some((other) => other.type === type)) {
        throw new Error(`${name} has two units of the type ${type}.`)
      }
      if (goals.length > 0 && place > 0) {
        throw new Error(
          `${name} has goals on its unit ${type}; only the first unit's costs are published, so put it first.`,
        )
      }
      requireMetrics(`${name}, unit ${type}`, goals, unitMetrics)
    }
    requireMetrics(`${name}, operating goals`, operatingGoals, operatingMetrics)
    requireSoundBenchmark(workload)
  }
  requireSoundGates(workloads)
}

function requireMetrics(where: string, goals: readonly Goal[], metrics: readonly string[]): void {
  for (const [index, goal] of goals.entries()) {
    const { metric, target } = goal
    if (!metrics.includes(metric)) {
      throw new Error(`${where}: there is no metric ${metric}; there are ${metrics.join(', ')}.`)
    }
    if (goals.slice(0, index).some((other) => other.metric === metric)) {
      throw new Error(`${where}: there are two goals on ${metric}.`)
    }
    const isShare = operatingMetrics.includes(metric)
    if (!(target >= 0 && target <= (isShare ? 1 : Number.MAX_VALUE))) {
      throw new Error(
        `${where}: the target of ${metric} is ${target}; give ${isShare ? 'a share from 0 to 1' : 'USD, 0 or more'}.`,
      )
    }
    requireEvidence(where, goal)
  }
}
