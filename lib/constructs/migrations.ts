import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CustomResource, Duration } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Provider } from 'aws-cdk-lib/custom-resources'
import { Construct } from 'constructs'
import type { Workload } from '../../lambdas/domain/workload.ts'
import type { ProtectedName } from '../../lambdas/migrations/protected-names.ts'
import { guardedNames } from '../../lambdas/promotion/guarded.ts'
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
  /** Their gates name what the database protects. */
  readonly workloads: readonly Workload[]
  readonly logRetentionDays: number
}

/** Brings the database's roles and schemas up to date in each deployment that changes them. */
export class Migrations extends Construct {
  readonly fn: NodeFunction
  private readonly provider: Provider
  private readonly database: Database
  private readonly protect: string

  constructor(scope: Construct, id: string, props: MigrationsProps) {
    super(scope, id)
    const { database, logRetentionDays } = props
    this.database = database
    this.protect = JSON.stringify(namesToProtect(props.workloads))
    this.fn = new NodeFunction(this, 'Function', {
      entry: 'lambdas/migrations/handler.ts',
      description: 'Applies SQL migrations around the start of MLflow.',
      timeout: Duration.minutes(15),
      logRetentionDays,
    })
    database.grantSql(this.fn, 'administrator', 'mlflow', 'ops', 'gatekeeper')
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

  /** Applies one phase; it runs again when its SQL, the function's sources, the gates, the database or MLflow change. */
  apply(phase: MigrationPhase): CustomResource {
    return new CustomResource(this, phase === 'before' ? 'Before' : 'After', {
      resourceType: 'Custom::Migrations',
      serviceToken: this.provider.serviceToken,
      properties: {
        phase,
        digest: digestOf(phase),
        cluster: this.database.cluster.clusterIdentifier,
        mlflow: mlflowVersion,
        // As a property, so that a gate that is changed is a change of the resource.
        ...(phase === 'after' && { protect: this.protect }),
      },
    })
  }
}

/** Names whose production the database guards, of every workload's gate. */
export function namesToProtect(workloads: readonly Workload[]): ProtectedName[] {
  return guardedNames(workloads).map(({ name, kind, workload }) => ({
    name,
    kind,
    workload: workload.name,
  }))
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
