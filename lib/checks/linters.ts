import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Finding } from './template-findings.ts'

interface CfnLintMatch {
  readonly Filename: string
  readonly Location: { readonly Path?: readonly (string | number)[] }
  readonly Message: string
  readonly Rule: { readonly Id: string }
}

interface CheckovReport {
  readonly results?: {
    readonly failed_checks?: readonly {
      readonly check_id: string
      readonly check_name: string
      readonly file_path: string
      readonly resource: string
    }[]
    readonly parsing_errors?: readonly string[]
  }
  /** Checks that passed; a report without any has read nothing. */
  readonly summary?: { readonly passed: number }
}

/** A sentence on a checker that is not installed, if there is one. */
export function missingIn(programs: string): string | undefined {
  const missing = ['cfn-lint', 'checkov'].find((name) => !existsSync(join(programs, name)))
  return missing && `${join(programs, missing)} does not exist; "npm run check" installs it.`
}

/**
 * Runs cfn-lint on templates; warnings count.
 *
 * @param programs directory of the checkers' programs
 */
export async function cfnLint(programs: string, templates: readonly string[]): Promise<Finding[]> {
  // 4 and above: bits for errors, warnings and hints, all of which are in the report.
  const report = await run(
    programs,
    'cfn-lint',
    ['--format', 'json', '--', ...templates],
    (code) => code <= 14,
  )
  return (JSON.parse(report) as CfnLintMatch[]).map(({ Filename, Location, Message, Rule }) => ({
    template: basename(Filename),
    resource: resourceAt(Location.Path ?? []),
    rule: Rule.Id,
    message: Message,
  }))
}

/** Runs checkov's CloudFormation checks on a directory of templates. */
export async function checkov(programs: string, directory: string): Promise<Finding[]> {
  const options = [
    '--framework',
    'cloudformation',
    '--skip-download',
    '--compact',
    '--output',
    'json',
  ]
  const output = await run(
    programs,
    'checkov',
    [...options, '--directory', directory],
    (code) => code <= 1,
  )
  const { results, summary } = JSON.parse(output) as CheckovReport
  if (!summary || summary.passed === 0 || (results?.parsing_errors ?? []).length > 0) {
    throw new Error(`checkov could not read the templates: ${output.slice(0, 2000)}`)
  }
  return (results?.failed_checks ?? []).map((check) => ({
    template: basename(check.file_path),
    resource: check.resource.split('.').at(-1) ?? check.resource,
    rule: check.check_id,
    message: check.check_name,
  }))
}

function resourceAt(path: readonly (string | number)[]): string {
  return path[0] === 'Resources' ? String(path[1]) : path.join('/')
}

function run(
  programs: string,
  name: string,
  args: readonly string[],
  reported: (code: number) => boolean,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(join(programs, name), [...args], { maxBuffer: 256 << 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      if (typeof code === 'number' && reported(code) && stdout.trim() !== '') resolve(stdout)
      else reject(new Error(`${name} failed (${String(code)}): ${stderr || stdout}`))
    })
  })
}
