import type { Rejection } from './rejection.ts'

/** A value of a JSON Lines file and where it stands. */
export interface JsonLine {
  /** From 1. */
  readonly line: number
  readonly value: unknown
}

/** A longer line is no row: it would be more than an application or a judge can be asked about. */
export const mostBytesPerLine = 1_048_576

const byteOrderMark = [0xef, 0xbb, 0xbf]
const lineFeed = 10

/**
 * The values of a JSON Lines file, one at a time, so that a big file is not in memory twice. A byte order mark, blank
 * lines and line ends of Windows are no errors; a line that is too long, no UTF-8 or no JSON is handed to `reject`, and
 * the others go on.
 */
export function* readJsonLines(
  bytes: Uint8Array,
  reject: (rejection: Rejection) => void,
): Generator<JsonLine> {
  const hasMark = byteOrderMark.every((byte, index) => bytes[index] === byte)
  for (let start = hasMark ? byteOrderMark.length : 0, line = 1; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(lineFeed, start)
    const end = feed === -1 ? bytes.length : feed
    const read = readLine(bytes.subarray(start, end))
    start = end + 1
    if ('reason' in read) reject({ line, reason: read.reason })
    else if ('value' in read) yield { line, value: read.value }
  }
}

function readLine(bytes: Uint8Array): { value: unknown } | { reason: string } | { blank: true } {
  if (bytes.length > mostBytesPerLine) {
    return { reason: `has ${bytes.length} bytes; a row may have ${mostBytesPerLine}` }
  }
  let text: string
  try {
    // The mark of a file is not part of it; in the middle of a file it is a character like others.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { reason: 'is not UTF-8; save the file as UTF-8' }
  }
  if (text.trim() === '') return { blank: true }
  try {
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    return { reason: `is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : ''}` }
  }
}
