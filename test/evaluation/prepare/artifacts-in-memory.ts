import type { Artifacts } from '../../../lambdas/platform/artifacts.ts'

/** Artifacts that are kept in a map. */
export function artifactsInMemory(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Artifacts & { readonly files: Map<string, Uint8Array> } {
  const toBytes = (content: string | Uint8Array) =>
    typeof content === 'string' ? new TextEncoder().encode(content) : content
  const kept = new Map(Object.entries(files).map(([key, content]) => [key, toBytes(content)]))
  return {
    files: kept,
    read: (key) => Promise.resolve(kept.get(key)),
    async write(key, content) {
      kept.set(key, toBytes(content))
      return Promise.resolve()
    },
    list: (prefix) =>
      Promise.resolve([...kept.keys()].filter((key) => key.startsWith(prefix)).toSorted()),
  }
}
