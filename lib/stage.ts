import { Stage, Tags } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../config/environments.ts'
import { priceOverrides } from '../config/prices.ts'
import type { Workload } from '../lambdas/domain/workload.ts'
import { DataStack } from './data-stack.ts'
import { stackName, stageName } from './names.ts'
import { PlatformStack } from './platform-stack.ts'
import { requireSoundEnvironment } from './sound-environment.ts'
import { requireSoundPrices } from './sound-prices.ts'
import { requireSoundWorkloads } from './sound-workloads.ts'

export interface PlatformStageProps {
  readonly environment: EnvironmentName
  readonly config: EnvironmentConfig
  readonly workloads: readonly Workload[]
  /** @default the account of the caller's credentials, known at deployment only */
  readonly account?: string
  /** What this is made from: package, version and commit. */
  readonly code: string
}

/** One environment: what must survive, and what stands on it. */
export class PlatformStage extends Stage {
  readonly data: DataStack
  readonly platform: PlatformStack

  constructor(scope: Construct, props: PlatformStageProps) {
    const { environment, config, workloads, code } = props
    requireSoundEnvironment(config, workloads)
    requireSoundWorkloads(workloads)
    requireSoundPrices(priceOverrides)
    super(scope, stageName(environment), { env: { account: props.account, region: config.region } })
    const billingTag = { key: 'townin-mlops:environment', value: environment }

    this.data = new DataStack(this, 'Data', {
      stackName: stackName(environment, 'Data'),
      description: `Network, database and artifacts of the MLflow platform (${environment}).`,
      environment,
      config,
    })
    this.platform = new PlatformStack(this, 'Platform', {
      stackName: stackName(environment, 'Platform'),
      description: `MLflow, its front door and what is computed from its traces (${environment}).`,
      environment,
      config,
      workloads,
      code,
      data: this.data,
      billingTag,
    })
    Tags.of(this).add(billingTag.key, billingTag.value)
  }
}
