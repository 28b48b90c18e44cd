import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { mlflowCalls as evaluationCalls } from '../../lib/capabilities/evaluation/mlflow-calls.ts'
import { mlflowCalls as promotionCalls } from '../../lib/capabilities/promotion/mlflow-calls.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Beginnings of calls that come with what a function imports and that it never makes. */
const neverMade: Readonly<Record<string, readonly string[]>> = {
  // To conclude, a judge is only named.
  'evaluation/conclude': ['POST /v1/traces'],
  // The parts of the gate are made in one place, of which each function uses its own.
  'promotion/mlflow': ['GET /api/2.0/mlflow/model-versions/search'],
  'promotion/check': [
    'POST /api/2.0/mlflow/registered-models/alias',
    'GET /api/3.0/mlflow/datasets/',
    'POST /api/3.0/mlflow/datasets/search',
  ],
  'promotion/events': [
    'GET /api/2.0/mlflow/model-versions/search',
    'GET /api/2.0/mlflow/model-versions/get-download-uri',
    'GET /api/2.0/mlflow/logged-models/',
    'GET /api/2.0/mlflow/runs/get',
    'GET /api/3.0/mlflow/datasets/',
    'POST /api/3.0/mlflow/datasets/search',
  ],
}

const functions = Object.entries({
  evaluation: evaluationCalls,
  promotion: promotionCalls,
}).flatMap(([capability, calls]) =>
  Object.entries<readonly string[]>(calls).map(
    ([step, permissions]) => [`${capability}/${step}`, permissions] as const,
  ),
)

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
    withRoot(readFileSync(`${root}/${path}`, 'utf8')),
  )
  const calls = sources.flatMap((source) => [
    ...[...source.matchAll(/'(GET|POST|PATCH|DELETE)',\s*['`](\/api\/[^'`]+)['`]/gu)].map(
      ([, method, path]) => `${method} ${path}`,
    ),
    ...[...source.matchAll(/\.send\(\s*['`](\/v1\/[^'`]+)['`]/gu)].map(
      ([, path]) => `POST ${path}`,
    ),
  ])
  return [
    ...new Set(
      calls.map((call) => call.replace(/\?.*$/u, '').replaceAll(/\$\{[^}]*\}+/gu, 'tr-1')),
    ),
  ]
}

/** A source in which the beginning of paths that it names once stands in each of them. */
function withRoot(source: string): string {
  const [, beginning] = /const root = '(\/api\/[^']+)'/u.exec(source) ?? []
  return beginning === undefined ? source : source.replaceAll('${root}', beginning)
}

/** Whether a permission, which may end in `*`, allows a call. */
function allows(permission: string, call: string): boolean {
  return permission.endsWith('*') ? call.startsWith(permission.slice(0, -1)) : call === permission
}

describe.each(functions)('the function "%s"', (step, permissions) => {
  const calls = callsIn(`lambdas/${step}-handler.ts`).filter(
    (call) => !neverMade[step]?.some((beginning) => call.startsWith(beginning)),
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
