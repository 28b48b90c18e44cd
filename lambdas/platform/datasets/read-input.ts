import type { Artifacts } from '../artifacts.ts'
import { UnusableInput } from './unusable-input.ts'

/** More would not fit into the memory of a function together with its rows. */
const mostBytes = 128 * 1_048_576

/**
 * The bytes of a file that a benchmark names.
 * @throws UnusableInput when it is absent, empty, too big, or not where a benchmark's files may be
 */
export async function readInput(
  artifacts: Artifacts,
  what: string,
  key: string,
): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined
  try {
    bytes = await artifacts.read(key)
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AccessDenied') throw error
    throw new UnusableInput(
      `The ${what} ${key} may not be read: put datasets below datasets/ and recorded outputs below recorded/ in the artifact bucket.`,
      { cause: error },
    )
  }
  if (bytes === undefined) {
    throw new UnusableInput(
      `The artifact bucket has no object ${key}, which should be the ${what}. Upload it, or correct the benchmark.`,
    )
  }
  if (bytes.length === 0) {
    throw new UnusableInput(`The ${what} ${key} is empty. Upload it again.`)
  }
  if (bytes.length > mostBytes) {
    throw new UnusableInput(
      `The ${what} ${key} has ${bytes.length} bytes; at most ${mostBytes} are read. Split it.`,
    )
  }
  return bytes
}
