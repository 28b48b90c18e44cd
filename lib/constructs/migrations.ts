import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CustomResource, Duration } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Provider } from 'aws-cdk-lib/custom-resources'
import { Construct } from 'constructs'
import { accept, wildcardRule } from '../accepted-finding.ts'
import type { Database } from './database.ts'
import { LogStore } from './log-store.ts'
import { NodeFunction } from './node-function.ts'
import { mlflowVersion } from './tracking-server.ts'

/** `before` MLflow starts: roles and schemas. `after`: what refers to MLflow's tables. */
export type MigrationPhase = 'before' | 'after'

const phases: readonly MigrationPhase[] = ['before', 'after']
const directory = fileURLToPath(new URL('../../lambdas/migrations', import.meta.url))

export interface MigrationsProps {
  readonly database: Database
  readonly logRetentionDays: number
}

/** Brings the database's roles and schemas up to date in each deployment that changes them. */
export class Migrations extends Construct {
  readonly fn: NodeFunction
  private readonly provider: Provider
  private readonly database: Database

  constructor(scope: Construct, id: string, props: MigrationsProps) {
    super(scope, id)
    const { database, logRetentionDays } = props
    this.database = database
    this.fn = new NodeFunction(this, 'Function', {
      entry: 'lambdas/migrations/handler.ts',
      description: 'Applies SQL migrations around the start of MLflow.',
      timeout: Duration.minutes(15),
      logRetentionDays,
    })
    database.grantSql(this.fn, 'administrator', 'mlflow', 'ops')
    const logGroup = new LogStore(this, 'ProviderLogs', { retentionDays: logRetentionDays })
    const role = new Role(this, 'ProviderRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: 'Reports the outcome of migrations to CloudFormation.',
    })
    logGroup.grantWrite(role)
    this.provider = new Provider(this, 'Provider', {
      onEventHandler: this.fn,
      frameworkOnEventRole: role,
      logGroup,
    })
    accept(this.provider.node.findChild('framework-onEvent'), {
      reason: "The CDK's own function, which runs in deployments only.",
      checkov: ['CKV_AWS_115', 'CKV_AWS_116', 'CKV_AWS_117', 'CKV_AWS_173'],
      cfnLint: ['W3005'],
    })
    accept(role, {
      reason: 'The CDK lets its function invoke every version of ours.',
      nag: [wildcardRule(this, `${this.fn.functionArn}:*`)],
    })
  }

  /** Applies one phase; it runs again when its SQL, the function's sources, the database or MLflow change. */
  apply(phase: MigrationPhase): CustomResource {
    return new CustomResource(this, phase === 'before' ? 'Before' : 'After', {
      resourceType: 'Custom::Migrations',
      serviceToken: this.provider.serviceToken,
      properties: {
        phase,
        digest: digestOf(phase),
        cluster: this.database.cluster.clusterIdentifier,
        mlflow: mlflowVersion,
      },
    })
  }
}

/** SHA-256 over the files that decide what a phase does, by their paths and contents. */
export function digestOf(phase: MigrationPhase): string {
  const others = phases.filter((other) => other !== phase)
  const hash = createHash('sha256')
  for (const path of globSync('**/*', { cwd: directory }).toSorted()) {
    if (others.some((other) => path.split('/')[0] === other)) continue
    const file = `${directory}/${path}`
    if (statSync(file).isFile()) hash.update(`${path}\0`).update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}
