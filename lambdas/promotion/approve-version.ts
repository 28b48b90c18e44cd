import { Problem } from '../domain/problem.ts'
import { configurationDigest } from './configuration.ts'
import type { LedgerEntry } from './entry.ts'
import type { Guarded } from './guarded.ts'
import { isSamePerson, personOf } from './person.ts'
import { type GatePorts, workspace } from './ports.ts'

/**
 * Records somebody's approval of a version. It counts for promotions that others ask for; whoever asks cannot use an
 * approval of their own, which `decide` looks at. It is of the version as it is made now: once a prompt's text is another,
 * it counts no more. The same person's second approval of the same is the first one: see `isSamePerson`.
 * @throws Problem a 404 when there is no such version; a 403 when who approves may be anybody, so that it would never count
 */
export async function approveVersion(
  asked: {
    readonly guarded: Guarded
    readonly version: number
    /** ARN of who approves, from the request's signature. */
    readonly approver: string
    readonly reason: string
  },
  { ledger, registry, code }: Pick<GatePorts, 'ledger' | 'registry' | 'code'>,
): Promise<LedgerEntry> {
  const { guarded, version, approver, reason } = asked
  const { name, kind, workload } = guarded
  if (personOf(approver) === undefined) {
    throw new Problem({
      status: 403,
      title: 'Nobody knows who approves',
      detail: `${approver} may be anybody, so the approval would never count: approve as an IAM user, a role, or a user of IAM Identity Center.`,
    })
  }
  if ((await registry.version(name, version)) === undefined) throw unknownVersion(guarded, version)
  const versionDigest = await ledger.versionDigest(name, version)
  if (versionDigest === null) throw unknownVersion(guarded, version)
  const given = await ledger.approvalsOf(name, version)
  const before = given.find(({ actor }) => isSamePerson(actor, approver))
  const entry = before && (await ledger.entry(before.sequence))
  if (entry !== undefined) return entry
  return ledger.record({
    action: 'approval',
    workload: workload.name,
    workspace,
    name,
    kind,
    from: null,
    to: version,
    actor: approver,
    reason,
    configuration: configurationDigest(workload),
    code,
    versionDigest,
  })
}

/** MLflow's registry does not have the version. */
export function unknownVersion({ kind, name }: Guarded, version: number): Problem {
  return new Problem({
    status: 404,
    title: 'No such version',
    detail: `MLflow's registry has no version ${version} of the ${kind} ${name}.`,
  })
}
