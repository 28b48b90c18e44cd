import { createHash } from 'node:crypto'
import { canonicalJson } from '../domain/canonical-json.ts'
import type { ObjectVersion } from '../platform/object-versions.ts'
import type { ArtifactRecord } from './evidence.ts'

/** Objects that an entry lists one by one, so that it stays short enough to be read; the digest has all. */
const mostListed = 60

/** What the ledger keeps of a model's artifacts. The digest covers key, size, version and ETag of every one. */
export function artifactRecord(prefix: string, objects: readonly ObjectVersion[]): ArtifactRecord {
  const rising = objects.toSorted((left, right) => (left.key < right.key ? -1 : 1))
  const whole = rising.map(({ key, size, versionId, etag }) => ({ key, size, versionId, etag }))
  return {
    prefix,
    count: whole.length,
    bytes: whole.reduce((sum, { size }) => sum + size, 0),
    digest: createHash('sha256').update(canonicalJson(whole)).digest('hex'),
    objects: whole.slice(0, mostListed),
  }
}

/** How artifacts differ from what an entry keeps of them, in a sentence; `undefined` when they do not. */
export function changeOf(
  kept: ArtifactRecord,
  objects: readonly ObjectVersion[],
): string | undefined {
  if (artifactRecord(kept.prefix, objects).digest === kept.digest) return undefined
  const now = new Map(objects.map((object) => [object.key, object]))
  const changed = kept.objects.filter(({ key, etag, versionId }) => {
    const same = now.get(key)
    return same === undefined || same.etag !== etag || same.versionId !== versionId
  })
  const before = new Set(kept.objects.map(({ key }) => key))
  // Of more objects than are listed, nobody knows which are new.
  const added =
    kept.count === kept.objects.length ? [...now.keys()].filter((key) => !before.has(key)) : []
  const named = [...changed.map(({ key }) => key), ...added].slice(0, 5)
  return `${named.length === 0 ? `objects below ${kept.prefix}` : named.join(', ')} differ from what the ledger records`
}
