import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The CDK's report on a synthesis. */
interface ValidationReport {
  readonly pluginReports: readonly {
    readonly pluginName: string
    readonly violations: readonly Violation[]
    readonly suppressedViolations?: readonly Suppressed[]
  }[]
}

interface Violation {
  readonly ruleName: string
  readonly description: string
  readonly violatingConstructs: readonly { readonly constructPath: string }[]
}

interface Suppressed {
  readonly acknowledgedId: string
  readonly acknowledgedAt: string
}

type Accepted = readonly { readonly at: string; readonly rules: Readonly<Record<string, string>> }[]

/**
 * Synthesizes one environment with every validator on.
 *
 * @returns a sentence for each finding, and for each acceptance that nothing needs
 */
export async function synthesizeStrictly(environment: string, outdir: string): Promise<string[]> {
  const env = {
    ...process.env,
    ENVIRONMENT: environment,
    CDK_OUTDIR: outdir,
    CDK_VALIDATION: 'true',
    NO_COLOR: '1',
  }
  const report = join(outdir, 'validation-report.json')
  const failure = await run(process.execPath, ['bin/strict-app.ts'], {
    env,
    maxBuffer: 64 << 20,
  }).then(
    () => undefined,
    (error: { readonly stderr?: string; readonly message: string }) =>
      error.stderr ?? error.message,
  )
  // A failure without a report is one of the app itself.
  if (!existsSync(report)) return [`${environment}: ${failure ?? 'there is no validation report.'}`]
  const findings = findingsIn(
    readJson(report) as ValidationReport,
    readJson(join(outdir, 'accepted.json')) as Accepted,
  )
  if (failure !== undefined && findings.length === 0) return [`${environment}: ${failure}`]
  return findings
}

/** Findings that are not accepted, warnings too, and acceptances without a finding. */
export function findingsIn(report: ValidationReport, accepted: Accepted): string[] {
  const open = report.pluginReports.flatMap(({ pluginName, violations }) =>
    violations.flatMap(({ ruleName, description, violatingConstructs }) =>
      violatingConstructs.map(
        ({ constructPath }) => `${constructPath}: ${ruleName} (${pluginName}): ${description}`,
      ),
    ),
  )
  const needed = new Set(
    report.pluginReports
      .flatMap(({ suppressedViolations = [] }) => suppressedViolations)
      .map(({ acknowledgedId, acknowledgedAt }) => `${acknowledgedAt} ${acknowledgedId}`),
  )
  const stale = accepted.flatMap(({ at, rules }) =>
    Object.keys(rules)
      .filter((id) => !needed.has(`${at} ${id}`))
      .map((id) => `${at}: accepts ${id}, which is not reported any more.`),
  )
  return [...open, ...stale]
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
