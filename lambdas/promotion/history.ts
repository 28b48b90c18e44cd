import type { MadeMove } from './ports.ts'

/** A state that stands for less, while others follow, is on its way to the next: names are promoted one by one. */
const passingMilliseconds = 3_600_000

/**
 * Versions that were in production before the one that is there now, the one before it first, each once. Moves are
 * newest first. What a rollback has left behind does not count as the one before: going back twice goes back further.
 */
export function earlierVersions(moves: readonly MadeMove[], current: number): number[] {
  const path: number[] = []
  // From the oldest on, as a walk: a promotion goes a step further, a rollback returns to a step that was made.
  for (const { action, to } of moves.toReversed()) {
    if (to === null) continue
    const back = path.lastIndexOf(to)
    const isBack = action === 'rollback' || action === 'automatic-rollback'
    if (isBack && back !== -1) path.splice(back + 1)
    else path.push(to)
  }
  const all = moves.flatMap(({ to }) => (to === null ? [] : [to]))
  // Behind the steps, what was left by rollbacks: it can be named, and is the last resort.
  return [...new Set([...path.toReversed(), ...all])].filter((version) => version !== current)
}

/**
 * What other names pointed to when a version of one name was last in production; `null` for a name that pointed to
 * nothing then. Of several states in that time the last that stood for an hour; where none did, the one that stood
 * longest.
 * @param moves of the name that returns, newest first
 * @param others moves of each other name, newest first
 */
export function versionsBeside(
  version: number,
  moves: readonly MadeMove[],
  others: readonly (readonly MadeMove[])[],
): (number | null)[] {
  const arrival = moves.findIndex(({ to }) => to === version)
  const [came, left] = [moves[arrival], moves[arrival - 1]]
  const statesBefore = (end: number) =>
    others.map((each) => each.find(({ sequence }) => sequence < end)?.to ?? null)
  const last = statesBefore(left?.sequence ?? Infinity)
  if (came === undefined || left === undefined) return last
  const changes = others
    .flat()
    .filter(({ sequence }) => sequence > came.sequence && sequence < left.sequence)
    .toSorted((one, other) => other.sequence - one.sequence)
  const ends = [left, ...changes]
  const states = ends.map(({ sequence, at }, index) => ({
    versions: statesBefore(sequence),
    milliseconds: Date.parse(at) - Date.parse((ends[index + 1] ?? came).at),
  }))
  // What was there before a name had anything cannot return: nothing takes production away.
  const whole = states.filter(({ versions }) =>
    versions.every((each, index) => each !== null || last[index] === null),
  )
  const longest = Math.max(...whole.map(({ milliseconds }) => milliseconds))
  const stood = whole.find(
    ({ milliseconds }) => milliseconds >= Math.min(longest, passingMilliseconds),
  )
  return stood?.versions ?? last
}
