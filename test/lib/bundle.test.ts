import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { bundleOf } from '../../lib/constructs/bundle.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const entries = [
  'lambdas/costs/api-handler.ts',
  'lambdas/costs/job-handler.ts',
  'lambdas/migrations/handler.ts',
]

function textOf(entry: string, file: string): string {
  return new TextDecoder().decode(bundleOf(entry).get(file))
}

describe.each(entries)('the bundle of %s', (entry) => {
  test('is one module with its source map', () => {
    expect([...bundleOf(entry).keys()].toSorted()).toEqual(['index.mjs', 'index.mjs.map'])
  })

  test('exports the handler', () => {
    expect(textOf(entry, 'index.mjs')).toMatch(
      /export\{[^}]*\bas handler\b|export\{[^}]*\bhandler\b/u,
    )
  })

  test('is the same on every machine', () => {
    expect(textOf(entry, 'index.mjs')).not.toContain(root)
    expect(textOf(entry, 'index.mjs.map')).not.toContain(root)
  })

  test('is small enough to start fast', () => {
    expect(bundleOf(entry).get('index.mjs')?.length).toBeLessThan(2_000_000)
  })
})

test('SQL is in the bundle that runs it', () => {
  expect(textOf('lambdas/migrations/handler.ts', 'index.mjs')).toMatch(/create (?:table|schema)/iu)
})

test('a handler that does not exist is named', () => {
  expect(() => bundleOf('lambdas/nowhere/handler.ts')).toThrow(
    'The function of lambdas/nowhere/handler.ts cannot be bundled: the file does not exist.',
  )
})

test('a file that is no handler is named', () => {
  expect(() => bundleOf('lambdas/domain/goal.ts')).toThrow(
    'The function of lambdas/domain/goal.ts cannot be bundled: its name does not end in "handler.ts".',
  )
})
