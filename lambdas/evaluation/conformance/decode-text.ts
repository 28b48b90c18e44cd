import { TextDecoder } from 'node:util'
import type { Finding } from './event-log.ts'
import { UnreadableFile } from './unreadable-file.ts'

const byteOrderMarks: readonly (readonly [encoding: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]

const archives: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zip (an Excel workbook is one)', [0x50, 0x4b, 0x03, 0x04]],
]

/** The encoding that an XML declaration names. */
const declared = /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)["']/

/**
 * The text of a file. Its encoding is the one of its byte order mark, else the given one, else the one that an XML
 * declaration names, else UTF-8. Bytes that do not belong to the encoding are an error and never replaced.
 *
 * @param encoding a label of the WHATWG Encoding Standard, such as `euc-kr`
 * @throws UnreadableFile
 */
export function decodeText(what: string, bytes: Uint8Array, encoding?: string): string {
  const startsWith = (start: readonly number[]) =>
    start.every((byte, index) => bytes[index] === byte)
  const fail = (line: Finding['line'], message: string) =>
    new UnreadableFile(what, [{ line, message }])

  const archive = archives.find(([, start]) => startsWith(start))
  if (archive !== undefined)
    throw fail(null, `It is compressed with ${archive[0]}: unpack it first`)
  const mark = byteOrderMarks.find(([, start]) => startsWith(start))
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 256))
  const chosen = mark?.[0] ?? encoding ?? declared.exec(head)?.[1] ?? 'utf-8'

  let decoder: TextDecoder
  try {
    decoder = new TextDecoder(chosen, { fatal: true })
  } catch (error) {
    throw Object.assign(fail(1, `The encoding "${chosen}" is not known`), { cause: error })
  }
  try {
    return decoder.decode(bytes)
  } catch (error) {
    const line = decoder.encoding.startsWith('utf-16') ? null : firstBadLine(decoder, bytes)
    const advice = 'save the file as UTF-8, or name its encoding (such as euc-kr)'
    throw Object.assign(fail(line, `It is not valid ${decoder.encoding}: ${advice}`), {
      cause: error,
    })
  }
}

/** In the encodings other than UTF-16 a line feed is always the byte 10. */
function firstBadLine(decoder: TextDecoder, bytes: Uint8Array): number {
  let line = 1
  for (let start = 0; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(10, start)
    const end = feed === -1 ? bytes.length : feed
    try {
      decoder.decode(bytes.subarray(start, end))
    } catch {
      return line
    }
    start = end + 1
  }
  return line
}
