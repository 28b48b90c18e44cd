import type { Workload } from '../../../lambdas/domain/workload.ts'
import {
  type EntryDraft,
  type LedgerEntry,
  movingActions,
} from '../../../lambdas/promotion/entry.ts'
import type { Evidence } from '../../../lambdas/promotion/evidence.ts'
import type { GatePorts } from '../../../lambdas/promotion/ports.ts'

export const workload: Workload = {
  name: 'fraud-detector',
  experiment: 'fraud-detector',
  description: 'Scores claims.',
  units: [{ type: 'claim' }],
  gate: { models: ['fraud-detector'], prompts: ['보험 답변/v2'] },
}

const at = '2026-11-24T00:00:00.000Z'

/** Evidence of which the value decides: 0.9 and more is met. */
export function evidenceOf(
  name: string,
  version: number,
  value: number,
  more?: Partial<Evidence>,
): Evidence {
  return {
    candidate: { kind: 'model', name, version },
    requester: 'arn:aws:iam::000000000000:user/tester',
    at,
    evidenceDays: 7,
    datasetDigest: 'rows',
    goals: [
      {
        goal: { metric: 'faithfulness', comparator: 'atLeast', target: 0.9 },
        measured: {
          evaluationId: 'ev-1',
          finishedAt: at,
          datasetDigest: 'rows',
          value,
          samples: 40,
          interval: null,
          verdict: value >= 0.9 ? 'met' : 'missed',
        },
      },
    ],
    production: { kind: 'none' },
    tolerances: {},
    reproducibility: [
      { what: 'git commit', found: value >= 0.5, detail: 'Train from a repository.' },
    ],
    cost: null,
    approval: { needed: false, given: [] },
    ...more,
  }
}

/** A gate in memory. */
export interface Gate {
  readonly ports: GatePorts
  /** By name. */
  readonly production: Map<string, number>
  /** What evidence says of a version. @default 1 */
  readonly values: Map<number, number>
  readonly entries: LedgerEntry[]
  more: Partial<Evidence>
  /** Happens when MLflow is asked to move production. */
  onMove: () => void
}

export function openGate(): Gate {
  const production = new Map<string, number>()
  const values = new Map<number, number>()
  const entries: LedgerEntry[] = []
  const approved = new Map<string, EntryDraft>()
  const write = (draft: EntryDraft, approval?: string): LedgerEntry => {
    const entry = {
      ...draft,
      sequence: entries.length + 1,
      at,
      ...(approval !== undefined && { approval }),
    }
    entries.push(entry)
    return entry
  }
  const gate: Gate = {
    production,
    values,
    entries,
    more: {},
    onMove: () => undefined,
    ports: {
      workloads: [workload],
      environment: 'local',
      code: '1.0.0',
      now: () => new Date(at),
      log: () => undefined,
      sendEvents: async () => undefined,
      gather: async ({ candidate, requester }) => ({
        ...evidenceOf(candidate.name, candidate.version, values.get(candidate.version) ?? 1),
        candidate,
        requester,
        ...gate.more,
      }),
      registry: {
        version: async (name, version) =>
          version > 9
            ? undefined
            : { name, version, runId: 'r', source: 's', createdAt: 0, tags: {} },
        pointProductionTo: async (name, version) => {
          gate.onMove()
          const found = [...approved].find(
            ([, draft]) => draft.name === name && draft.to === version,
          )
          if (found === undefined || (production.get(name) ?? null) !== found[1].from) return
          approved.delete(found[0])
          production.set(name, version)
          write(found[1], found[0])
        },
        tagVersion: async () => undefined,
      },
      ledger: {
        productionVersion: async (name) => production.get(name) ?? null,
        approve: async ({ entry }) => {
          const id = `approval-${approved.size + entries.length}`
          approved.set(id, entry)
          return id
        },
        withdraw: async (id) => void approved.delete(id),
        record: async (draft) => write(draft),
        moveTogether: async () => undefined,
        entry: async (sequence) => entries.find((each) => each.sequence === sequence),
        entryOfApproval: async (id) => entries.find(({ approval }) => approval === id),
        movesOf: async (name) =>
          entries
            .filter((each) => each.name === name && movingActions.includes(each.action))
            .toReversed(),
        lastMoveOf: async (name) =>
          entries.findLast((each) => each.name === name && movingActions.includes(each.action)),
        versionDigest: async () => 'digest',
        approvalsOf: async (name, version) =>
          entries.filter(
            (each) => each.name === name && each.to === version && each.action === 'approval',
          ),
      },
    },
  }
  return gate
}
