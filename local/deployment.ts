import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { administratorEnvironment } from './emulator.ts'
import { codeVersion, sources } from '../lib/code-version.ts'
import { stackName, stageName } from '../lib/names.ts'
import type { Processes, Program } from './processes.ts'
import { sourceDigest, readStamp, writeStamp } from './source-digest.ts'
import type { Settings } from './settings.ts'

/** The outputs of one deployed stack, by name. */
export type Outputs = Readonly<Record<string, string>>

const synthWithinSeconds = 180
const bootstrapWithinSeconds = 120
const deployWithinSeconds = 420

const assembly = (settings: Settings): string => join(settings.data, 'cdk.out')

const cdk = (settings: Settings, name: string, args: readonly string[]): Program => ({
  name,
  command: join(settings.nodeBin, 'cdk'),
  args: [...args, '--no-color', '--no-notices', '--no-version-reporting', '--ci'],
  cwd: settings.root,
  env: {
    ...administratorEnvironment(settings),
    ENVIRONMENT: settings.environment,
    TOWNIN_PORT_BASE: String(settings.ports.emulator),
    // The validator of templates takes longer than all the rest; npm run check has it on.
    CDK_VALIDATION: 'false',
    CDK_DEFAULT_ACCOUNT: settings.account,
    CDK_DEFAULT_REGION: settings.region,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  },
})

/**
 * Makes the templates and bundles of the app, once: bootstrap and deploy use the same directory.
 * They are kept for the next start as long as the sources, and the commit that they name, stay the same.
 */
export const synthesize = async (settings: Settings, processes: Processes): Promise<void> => {
  const stamp = join(settings.data, 'cdk.digest')
  const code = codeVersion(settings.root)
  const digest = sourceDigest(settings.root, sources, `${settings.ports.emulator} ${code}`)
  const output = assembly(settings)
  if (readStamp(stamp) === digest && existsSync(join(output, 'manifest.json'))) return
  rmSync(stamp, { force: true })
  rmSync(output, { recursive: true, force: true })
  await processes.run(
    cdk(settings, 'synth', ['synth', '--quiet', '--output', output]),
    synthWithinSeconds,
  )
  writeStamp(stamp, digest)
}

/** Makes the toolkit stack, which holds what deployments upload. */
export const bootstrap = (settings: Settings, processes: Processes): Promise<void> => {
  const where = `aws://${settings.account}/${settings.region}`
  return processes.run(
    // In a directory without an app, so that nothing is synthesized for it.
    { ...cdk(settings, 'bootstrap', ['bootstrap', where]), cwd: settings.data },
    bootstrapWithinSeconds,
  )
}

/** Deploys one stack of the synthesized app and returns its outputs. */
export const deploy = async (
  settings: Settings,
  processes: Processes,
  stack: 'Data' | 'Platform',
): Promise<Outputs> => {
  const outputs = join(settings.data, `outputs-${stack}.json`)
  rmSync(outputs, { force: true })
  const args = [
    'deploy',
    `${stageName(settings.environment)}/${stack}`,
    '--app',
    assembly(settings),
    '--outputs-file',
    outputs,
    '--require-approval=never',
    '--progress=events',
    '--exclusively',
  ]
  await processes.run(cdk(settings, `deploy-${stack.toLowerCase()}`, args), deployWithinSeconds)
  const all = JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, Outputs>
  const own = all[stackName(settings.environment, stack)]
  if (!own)
    throw new Error(`${outputs} has no outputs of ${stackName(settings.environment, stack)}.`)
  return own
}
