import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { mlflowCalls } from '../../lib/capabilities/evaluation/mlflow-calls.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Calls that come with what a function imports and that it never makes: to conclude, a judge is only named. */
const neverMade: Readonly<Record<string, readonly string[]>> = { conclude: ['POST /v1/traces'] }

/**
 * The calls of MLflow in the sources that a handler is made of, such as `GET /api/2.0/mlflow/runs/get`, with `tr-1` for
 * ids that are filled in.
 */
function callsIn(entry: string): string[] {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    loader: { '.sql': 'text' },
    logLevel: 'silent',
  })
  const sources = Object.keys(metafile.inputs).map((path) =>
    readFileSync(`${root}/${path}`, 'utf8'),
  )
  const calls = sources.flatMap((source) => [
    ...[...source.matchAll(/'(GET|POST|PATCH|DELETE)',\s*['`](\/api\/[^'`]+)['`]/gu)].map(
      ([, method, path]) => `${method} ${path}`,
    ),
    ...[...source.matchAll(/\.send\(\s*['`](\/v1\/[^'`]+)['`]/gu)].map(
      ([, path]) => `POST ${path}`,
    ),
  ])
  return [...new Set(calls.map((call) => call.replaceAll(/\$\{[^}]*\}+/gu, 'tr-1')))]
}

/** Whether a permission, which may end in `*`, allows a call. */
function allows(permission: string, call: string): boolean {
  return permission.endsWith('*') ? call.startsWith(permission.slice(0, -1)) : call === permission
}

describe.each(Object.entries(mlflowCalls))('the function "%s"', (step, permissions) => {
  const calls = callsIn(`lambdas/evaluation/${step}-handler.ts`).filter(
    (call) => !neverMade[step]?.includes(call),
  )

  test('may make every call of MLflow that is in its code', () => {
    expect(calls.length).toBeGreaterThan(0)
    for (const call of calls) {
      expect(
        permissions.filter((permission) => allows(permission, call)),
        call,
      ).toHaveLength(1)
    }
  })

  test('may make no other call', () => {
    for (const permission of permissions) {
      expect(calls.filter((call) => allows(permission, call)).length, permission).toBeGreaterThan(0)
    }
  })
})
