import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the templates, and the functions in them, are made from; relative to the project. */
export const sources = [
  'bin',
  'lib',
  'lambdas',
  'config',
  'cdk.json',
  'package.json',
  'package-lock.json',
] as const

const projectRoot = fileURLToPath(new URL('..', import.meta.url))

/**
 * The code as the gate's ledger names it: `townin-mlops 0.1.0 (<commit>)`, with `, changed` behind a commit from which
 * the sources differ. Without git, or where the project is in no repository, package and version alone.
 */
export function codeVersion(root: string = projectRoot): string {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly version: string
  }
  const commit = commitOf(root)
  return commit === undefined ? `${name} ${version}` : `${name} ${version} (${commit})`
}

function commitOf(root: string): string | undefined {
  try {
    // In an unpacked archive that lies in another project's repository, git would name that one's commit.
    git(root, 'ls-files', '--error-unmatch', 'package.json')
    // In short: scanners take forty digits for a secret access key.
    const commit = git(root, 'rev-parse', '--verify', '--short=12', 'HEAD')
    const changes = git(root, 'status', '--porcelain', '--untracked-files=normal', '--', ...sources)
    return changes === '' ? commit : `${commit}, changed`
  } catch {
    return undefined
  }
}

function git(root: string, ...args: readonly string[]): string {
  return execFileSync('git', ['--no-optional-locks', '-C', root, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    // Of a hook that runs this: they would name a repository whatever the directory is.
    env: Object.fromEntries(
      Object.entries(process.env).filter(
        ([key]) => !/^GIT_(?:DIR|WORK_TREE|INDEX_FILE|PREFIX)$/u.test(key),
      ),
    ),
  }).trim()
}
