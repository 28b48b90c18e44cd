import type { Gate } from '../lambdas/domain/gate.ts'
import type { Workload } from '../lambdas/domain/workload.ts'
import { registeredName } from '../lambdas/platform/registered-name.ts'

/** Throws a sentence for a gate that could let nothing through, would ask nothing, or could not be told from another. */
export function requireSoundGates(workloads: readonly Workload[]): void {
  const guardians = new Map<string, string>()
  for (const workload of workloads) {
    const { name: owner, gate } = workload
    if (gate === undefined) continue
    const where = `${owner}, gate`
    const names = [...(gate.models ?? []), ...(gate.prompts ?? [])]
    if (names.length === 0) {
      throw new Error(`${where}: it guards nothing; name models or prompts, or leave it out.`)
    }
    for (const name of names) {
      requireName(where, name)
      const other = guardians.get(name)
      if (other !== undefined) {
        throw new Error(
          `${where}: ${name} is guarded by ${other} already; models and prompts share their names, and one gate decides on each.`,
        )
      }
      guardians.set(name, owner)
    }
    requireProof(where, workload)
    requireTolerances(where, gate, workload)
    requireLimits(where, gate, workload, names.length)
  }
}

function requireName(where: string, name: string): void {
  if (!registeredName.safeParse(name).success) {
    throw new Error(
      `${where}: "${name}" cannot be a name in MLflow's registry; give 1 to 256 printable characters without spaces around them.`,
    )
  }
}

/** Without goals every version would pass; without a benchmark none could prove anything. */
function requireProof(where: string, { benchmark, qualityGoals = [] }: Workload): void {
  if (benchmark === undefined) {
    throw new Error(`${where}: there is no benchmark, so no version could prove anything; add one.`)
  }
  if (qualityGoals.length === 0) {
    throw new Error(`${where}: there are no quality goals, so it would ask nothing; add some.`)
  }
}

function requireTolerances(
  where: string,
  { tolerances = {} }: Gate,
  { benchmark, qualityGoals = [] }: Workload,
): void {
  const measured = new Set([
    ...qualityGoals.map(({ metric }) => metric),
    ...(benchmark?.metrics ?? []),
    ...(benchmark?.criteria ?? []).map(({ name }) => name),
  ])
  for (const [metric, tolerance] of Object.entries(tolerances)) {
    if (!measured.has(metric)) {
      throw new Error(
        `${where}: there is a tolerance for ${metric}, which the benchmark does not measure; it measures ${[...measured].join(', ')}.`,
      )
    }
    if (!(tolerance >= 0 && tolerance < Infinity)) {
      throw new Error(
        `${where}: the tolerance of ${metric} is ${tolerance}; give a number, 0 or more.`,
      )
    }
  }
}

function requireLimits(where: string, gate: Gate, { benchmark }: Workload, names: number): void {
  const { evidenceDays, costPerRowUsd, rollBackAfterHours, together = false } = gate
  if (evidenceDays !== undefined && !(evidenceDays > 0 && evidenceDays <= 365)) {
    throw new Error(
      `${where}: evidenceDays is ${evidenceDays}; give days, more than 0 and at most 365.`,
    )
  }
  if (costPerRowUsd !== undefined && !(costPerRowUsd > 0 && costPerRowUsd < Infinity)) {
    throw new Error(`${where}: costPerRowUsd is ${costPerRowUsd}; give USD, more than 0.`)
  }
  if (together && names < 2) {
    throw new Error(
      `${where}: together takes several names back at once, and there is one only; leave it out.`,
    )
  }
  if (rollBackAfterHours === undefined) return
  if (!(rollBackAfterHours > 0 && rollBackAfterHours < Infinity)) {
    throw new Error(
      `${where}: rollBackAfterHours is ${rollBackAfterHours}; give hours, more than 0.`,
    )
  }
  if (benchmark?.schedule === 'never') {
    throw new Error(
      `${where}: rollBackAfterHours waits for the daily benchmark, whose schedule is never; schedule it or leave the hours out.`,
    )
  }
}
