import * as z from 'zod'
import type { MovingCall } from './guarded-routes.ts'

/** What a call asks for, in the gate's words. */
export type RegistryWish =
  /** `production` shall point to a version. */
  | {
      readonly kind: 'promote'
      readonly name: string
      readonly version: number
      readonly by: 'alias' | 'stage'
    }
  /** A name shall have nothing in production any more, if this version is what is there. */
  | {
      readonly kind: 'remove'
      readonly name: string
      /** Absent where whatever is in production would go. */
      readonly version?: number
      readonly what: 'alias' | 'version' | 'model' | 'stage'
    }
  | { readonly kind: 'rename'; readonly name: string; readonly newName: string }

/** A call that does anything to a protected name is a few hundred bytes long. */
const mostBytes = 100_000

/** As MLflow itself writes a version; others that it reads too (`01`) are for MLflow and the database to judge. */
const version = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number)

const aliasBody = z.object({ name: z.string(), alias: z.string() })
const versionBody = z.object({ name: z.string(), version })
const modelBody = z.object({ name: z.string() })
const renameBody = z.object({ name: z.string(), new_name: z.string() })
const stageBody = versionBody.extend({
  stage: z.string(),
  archive_existing_versions: z.boolean().optional(),
})

/**
 * Reads what a call asks for. `undefined` when it is nothing that could concern production, or when the body is not
 * what MLflow documents: MLflow judges that one, and the database refuses whatever MLflow makes of it.
 */
export function readCall(call: MovingCall, body: Buffer): RegistryWish | undefined {
  const values = readObject(body)
  if (values === undefined) return undefined
  switch (call) {
    case 'POST registered-models/alias': {
      const { data } = aliasBody.extend({ version }).safeParse(values)
      return data && isProduction(data.alias)
        ? { kind: 'promote', name: data.name, version: data.version, by: 'alias' }
        : undefined
    }
    case 'DELETE registered-models/alias': {
      const { data } = aliasBody.safeParse(values)
      return data && isProduction(data.alias)
        ? { kind: 'remove', name: data.name, what: 'alias' }
        : undefined
    }
    case 'POST registered-models/rename': {
      const { data } = renameBody.safeParse(values)
      return data && { kind: 'rename', name: data.name, newName: data.new_name }
    }
    case 'DELETE registered-models/delete': {
      const { data } = modelBody.safeParse(values)
      return data && { kind: 'remove', name: data.name, what: 'model' }
    }
    case 'POST model-versions/transition-stage': {
      const { data } = stageBody.safeParse(values)
      if (!data) return undefined
      return isProduction(data.stage)
        ? { kind: 'promote', name: data.name, version: data.version, by: 'stage' }
        : { kind: 'remove', name: data.name, version: data.version, what: 'stage' }
    }
    case 'DELETE model-versions/delete': {
      const { data } = versionBody.safeParse(values)
      return data && { kind: 'remove', name: data.name, version: data.version, what: 'version' }
    }
    default:
      return call satisfies never
  }
}

/** MLflow finds stages in any letter case, and the database compares aliases so. */
function isProduction(word: string): boolean {
  return word.toLowerCase() === 'production'
}

/** The object that a body holds; `undefined` for anything else, and for keys that occur twice. */
function readObject(body: Buffer): unknown {
  if (body.length > mostBytes) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body)
    const values: unknown = JSON.parse(text)
    if (typeof values !== 'object' || values === null || Array.isArray(values)) return undefined
    return countKeys(text) === Object.keys(values).length ? values : undefined
  } catch {
    return undefined
  }
}

/** Keys in a JSON text. More than the object has: one occurs twice, or an object is nested, which no call needs. */
function countKeys(text: string): number {
  let keys = 0
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) {
    if (colon !== undefined) keys += 1
  }
  return keys
}
