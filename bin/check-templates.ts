// Checks what CloudFormation would be given, for every environment: strict synthesis with the CDK's own
// validator and cdk-nag, then cfn-lint and checkov on the templates. Ends with 1 on any finding that is not
// accepted beside its resource, and on any acceptance that nothing needs any more.
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { environments } from '../config/environments.ts'
import { cfnLint, checkov, missingIn } from '../lib/checks/linters.ts'
import { synthesizeStrictly } from '../lib/checks/synthesis.ts'
import {
  type Finding,
  type Template,
  acceptedIn,
  compare,
  withoutAcceptance,
} from '../lib/checks/template-findings.ts'

const programs = process.env['TOWNIN_CHECKERS'] ?? join('.local', 'python-check', 'bin')
const atOnce = 2

const missing = missingIn(programs)
if (missing !== undefined) {
  console.error(missing)
  process.exit(1)
}
const began = performance.now()
const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`
const work = mkdtempSync(join(tmpdir(), 'townin-mlops-check-'))
try {
  const names = Object.keys(environments)
  const problems = await inTurns(names, atOnce, (name) =>
    synthesizeStrictly(name, join(work, name)),
  )
  console.log(`${seconds()}: synthesized ${names.join(', ')} with the CDK's validator and cdk-nag`)

  const { accepted, paths } = unacceptingCopies(names)
  const reports = await Promise.all([
    cfnLint(programs, paths),
    checkov(programs, join(work, 'templates')),
  ])
  console.log(`${seconds()}: ran cfn-lint and checkov on ${paths.length} templates`)
  problems.push(...sentences(reports.flat(), accepted))

  for (const problem of problems) console.error(problem)
  const accepting = `${accepted.length} findings of cfn-lint and checkov are accepted with a reason`
  console.log(`${seconds()}: ${problems.length} problems; ${accepting}`)
  process.exitCode = problems.length === 0 ? 0 : 1
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** Templates of all environments side by side, and what their resources accept. */
function unacceptingCopies(names: readonly string[]): {
  readonly accepted: Omit<Finding, 'message'>[]
  readonly paths: string[]
} {
  mkdirSync(join(work, 'templates'))
  const accepted: Omit<Finding, 'message'>[] = []
  const paths: string[] = []
  for (const path of names.flatMap((name) => globSync(join(work, name, '**', '*.template.json')))) {
    const template = JSON.parse(readFileSync(path, 'utf8')) as Template
    const copy = join(work, 'templates', basename(path))
    writeFileSync(copy, JSON.stringify(withoutAcceptance(template), undefined, 1))
    accepted.push(...acceptedIn(basename(path), template))
    paths.push(copy)
  }
  return { accepted, paths }
}

function sentences(findings: Finding[], accepted: Omit<Finding, 'message'>[]): string[] {
  const { open, stale } = compare(findings, accepted)
  return [
    ...open.map((found) => `${found.template}: ${found.resource}: ${found.rule}: ${found.message}`),
    ...stale.map(
      ({ template, resource, rule }) =>
        `${template}: ${resource}: accepts ${rule}, which is not reported any more.`,
    ),
  ]
}

/** Works through the items, a few at a time, and collects the results. */
async function inTurns<T, R>(
  items: readonly T[],
  width: number,
  take: (item: T) => Promise<R[]>,
): Promise<R[]> {
  const waiting = [...items]
  const results: R[] = []
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      results.push(...(await take(item)))
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}
