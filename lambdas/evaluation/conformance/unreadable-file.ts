import type { Finding } from './event-log.ts'

const shown = 5

/** A file that cannot be used, with everything that was found to be wrong. Nothing of such a file is used. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile'
  readonly findings: readonly Finding[]

  /** @param what what the file should be, such as `event log` */
  constructor(what: string, findings: readonly Finding[]) {
    const lines = findings
      .slice(0, shown)
      .map(({ line, message }) => (line === null ? message : `line ${line}: ${message}`))
    const more = findings.length - lines.length
    super(`The ${what} cannot be read: ${lines.join('; ')}${more > 0 ? `; and ${more} more` : ''}`)
    this.findings = findings
  }
}
