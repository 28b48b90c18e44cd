/** Something that was handed in as a row and is none: one line of `rejected.jsonl`. */
export interface Rejection {
  /** Line in its file, from 1; `null` for a record of MLflow. */
  readonly line: number | null
  readonly id?: string
  /** What is wrong with it, in words that its owner can act on. */
  readonly reason: string
}

const named = 3

/** The first rejections in a sentence, for when nothing is left. */
export function describeRejections(rejected: readonly Rejection[]): string {
  const first = rejected.slice(0, named).map(({ line, id, reason }) => {
    const where = line === null ? (id ?? '') : `line ${line}`
    return where === '' ? reason : `${where} ${reason}`
  })
  const more = rejected.length - first.length
  return `${first.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}
