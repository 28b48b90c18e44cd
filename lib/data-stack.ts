import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../config/environments.ts'
import { ArtifactStore } from './constructs/artifact-store.ts'
import { Database } from './constructs/database.ts'
import { Network } from './constructs/network.ts'
import { EcsServiceLinkedRole } from './constructs/service-linked-role.ts'
import { prefixOf } from './names.ts'

export interface DataStackProps extends StackProps {
  readonly environment: EnvironmentName
  readonly config: EnvironmentConfig
}

/** What must survive a mistake in the other stack: the network, the database and the artifacts. */
export class DataStack extends Stack {
  readonly network: Network
  readonly database: Database
  readonly artifacts: ArtifactStore
  private readonly zoneIds: readonly string[]

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: props.config.database.protected })
    const { config, environment } = props
    const prefix = prefixOf(environment)
    this.zoneIds = config.network.zoneIds

    this.network = new Network(this, 'Network', config.network)
    this.database = new Database(this, 'Database', {
      network: this.network,
      config: config.database,
      timeZone: config.timeZone,
      prefix,
      secretPrefix: `townin-mlops/${environment}`,
    })
    this.artifacts = new ArtifactStore(this, 'Artifacts', { prefix, ...config.artifacts })
    new EcsServiceLinkedRole(this, 'EcsServiceLinkedRole', {
      logRetentionDays: config.logs.retentionDays,
    })

    const { cluster, secrets, name } = this.database
    new CfnOutput(this, 'ClusterArn', { value: cluster.clusterArn })
    new CfnOutput(this, 'DatabaseName', { value: name })
    new CfnOutput(this, 'AdministratorSecretArn', { value: secrets.administrator.secretArn })
    new CfnOutput(this, 'MlflowSecretArn', { value: secrets.mlflow.secretArn })
    new CfnOutput(this, 'OpsSecretArn', { value: secrets.ops.secretArn })
    new CfnOutput(this, 'GatekeeperSecretArn', { value: secrets.gatekeeper.secretArn })
  }

  /** Zones come from the configuration, so that synthesis needs neither credentials nor look-ups. */
  override get availabilityZones(): string[] {
    return [...this.zoneIds]
  }
}
