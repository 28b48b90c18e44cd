import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const filesBelow = (path: string): string[] => {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .toSorted()
    .flatMap((name) => filesBelow(join(path, name)))
}

/** A digest over names and contents of files and directories below `root`, and over `more`. */
export const sourceDigest = (root: string, paths: readonly string[], more: string): string => {
  const hash = createHash('sha256').update(more)
  for (const path of paths)
    for (const file of filesBelow(join(root, path)))
      hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

/** The digest that was written last; undefined when there is none. */
export const readStamp = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined

/** Remembers a digest. */
export const writeStamp = (file: string, digest: string): void => writeFileSync(file, digest)
