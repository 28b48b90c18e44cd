import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { codeVersion } from '../../lib/code-version.ts'

let outer: string
let root: string

function git(...args: readonly string[]): string {
  const who = ['-c', 'user.name=tester', '-c', 'user.email=tester@example.com']
  return execFileSync('git', [...who, '-C', root, ...args], { encoding: 'utf8' }).trim()
}

/** Commits everything and returns the commit. */
function commit(): string {
  git('add', '--all')
  git('commit', '--quiet', '--message', 'change')
  return git('rev-parse', 'HEAD')
}

beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'code-version-'))
  root = join(outer, 'project')
  mkdirSync(join(root, 'lambdas'), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{"name":"platform","version":"1.2.3"}')
  writeFileSync(join(root, 'lambdas', 'decide.ts'), '// decides')
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(outer, { recursive: true, force: true })
})

test('names package, version and the commit', () => {
  git('init', '--quiet')
  const made = commit()
  expect(made).toMatch(/^[0-9a-f]{40,64}$/u)
  expect(codeVersion(root)).toBe(`platform 1.2.3 (${made.slice(0, 12)})`)
})

test('a detached head is a commit like any other', () => {
  git('init', '--quiet')
  const first = commit()
  writeFileSync(join(root, 'lambdas', 'decide.ts'), '// decides otherwise')
  commit()
  git('checkout', '--quiet', '--detach', first)
  expect(codeVersion(root)).toBe(`platform 1.2.3 (${first.slice(0, 12)})`)
})

test('sources that differ from the commit are marked, new files too; other files are not', () => {
  git('init', '--quiet')
  const made = commit()
  writeFileSync(join(root, 'notes.txt'), 'not deployed')
  expect(codeVersion(root)).toBe(`platform 1.2.3 (${made.slice(0, 12)})`)
  writeFileSync(join(root, 'lambdas', 'new.ts'), '')
  expect(codeVersion(root)).toBe(`platform 1.2.3 (${made.slice(0, 12)}, changed)`)
  rmSync(join(root, 'lambdas', 'new.ts'))
  writeFileSync(join(root, 'lambdas', 'decide.ts'), '// decides otherwise')
  expect(codeVersion(root)).toBe(`platform 1.2.3 (${made.slice(0, 12)}, changed)`)
})

test('without a repository it is package and version', () => {
  expect(codeVersion(root)).toBe('platform 1.2.3')
})

test('without a commit it is package and version', () => {
  git('init', '--quiet')
  expect(codeVersion(root)).toBe('platform 1.2.3')
})

test('without git it is package and version', () => {
  git('init', '--quiet')
  commit()
  vi.stubEnv('PATH', join(outer, 'nothing'))
  expect(codeVersion(root)).toBe('platform 1.2.3')
})

test("an unpacked archive does not take another project's commit for its own", () => {
  git('-C', outer, 'init', '--quiet')
  writeFileSync(join(outer, 'readme'), 'another project')
  git('-C', outer, 'add', 'readme')
  git('-C', outer, 'commit', '--quiet', '--message', 'another project')
  expect(codeVersion(root)).toBe('platform 1.2.3')
})
