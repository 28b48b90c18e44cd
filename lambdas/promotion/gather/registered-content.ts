import type { Statements } from '../../platform/data-api.ts'
import type { Candidate, Requirement } from '../evidence.ts'
import { workspace } from '../ports.ts'

/** What the guards in the database noted of a version's content. */
export interface RegisteredContent {
  /** When the version got it, ISO 8601, UTC; `null` where that was before its name was protected. */
  readonly since: string | null
  /** Whether it is what was first registered by the version's number. */
  readonly isAsRegistered: boolean
}

/** Asks the guards, as the role gatekeeper. */
export async function registeredContent(
  gatekeeper: Statements,
  { name, version }: Candidate,
): Promise<RegisteredContent> {
  const [found] = await gatekeeper.query<RegisteredContent>(
    `select to_char(gate.content_changed_at(:workspace, :name, :version::integer) at time zone 'UTC',
         'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since,
       gate.is_as_registered(:workspace, :name, :version::integer) as "isAsRegistered"`,
    { workspace, name, version },
  )
  return found ?? { since: null, isAsRegistered: true }
}

/** From when evaluations count; not told of content that was changed, of which none does. */
export function contentSinceOf({ since, isAsRegistered }: RegisteredContent): string | undefined {
  return isAsRegistered ? (since ?? undefined) : undefined
}

/** That the content was changed, as a requirement that is not met; none where it was not. */
export function contentRequirements(
  { isAsRegistered }: RegisteredContent,
  { version }: Candidate,
): Requirement[] {
  if (isAsRegistered) return []
  return [
    {
      what: 'unchanged content',
      found: false,
      detail: `Version ${version} was changed after it was registered, or has the number of one that was deleted. Whoever has loaded a version keeps what it was then, so no evaluation proves what it is now: register a new version.`,
    },
  ]
}
