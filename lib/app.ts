import { App } from 'aws-cdk-lib'
import cdk from '../cdk.json' with { type: 'json' }
import { type EnvironmentName, environments } from '../config/environments.ts'
import { workloads } from '../config/workloads.ts'
import { PlatformStage } from './stage.ts'

export interface PlatformAppProps {
  /** Which environment of `config/environments.ts`. */
  readonly environment: string
  /** Account of an environment that does not name its own. @default known at deployment only */
  readonly account?: string
  /** What the templates are made from, as the gate's ledger names it: see `codeVersion`. */
  readonly code: string
  /** Context besides that of `cdk.json`. @default none */
  readonly context?: Readonly<Record<string, unknown>>
  /** @default CDK_OUTDIR or a temporary directory */
  readonly outdir?: string
}

/**
 * The app with one environment in it. The CDK's command line passes the context of `cdk.json` by itself;
 * taking it from the file gives the same templates to who does without the command line.
 */
export function platformApp(props: PlatformAppProps): App {
  const app = new App({ context: { ...cdk.context, ...props.context }, outdir: props.outdir })
  const environment = requireEnvironment(props.environment)
  const config = environments[environment]
  new PlatformStage(app, {
    environment,
    config,
    workloads,
    account: config.account ?? props.account,
    code: props.code,
  })
  return app
}

function requireEnvironment(name: string): EnvironmentName {
  if (Object.hasOwn(environments, name)) return name as EnvironmentName
  const names = Object.keys(environments).join(', ')
  throw new Error(`ENVIRONMENT is "${name}"; config/environments.ts has ${names}.`)
}
