import { Duration, Stack } from 'aws-cdk-lib'
import { type ISecurityGroup, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import {
  type CfnCluster,
  Cluster,
  type ContainerDefinition,
  ContainerDependencyCondition,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LogDrivers,
  OperatingSystemFamily,
  PropagatedTagSource,
  Secret as ContainerSecret,
} from 'aws-cdk-lib/aws-ecs'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { DnsRecordType, type IService, PrivateDnsNamespace } from 'aws-cdk-lib/aws-servicediscovery'
import { Construct, type IDependable } from 'constructs'
import type { EnvironmentConfig } from '../../config/environments.ts'
import { accept } from '../accepted-finding.ts'
import type { ArtifactStore } from './artifact-store.ts'
import type { Database } from './database.ts'
import { LogStore } from './log-store.ts'
import type { Network } from './network.ts'

/** The version that the migrations and the cost job were tested with. */
export const mlflowVersion = '3.17.2'

export interface TrackingServerProps {
  readonly network: Network
  readonly database: Database
  readonly artifacts: ArtifactStore
  readonly config: EnvironmentConfig['trackingServer']
  /** Address under which browsers see it. */
  readonly publicUrl: string
  /** Start of fixed names, such as `townin-mlops-prod`. */
  readonly prefix: string
  readonly logRetentionDays: number
}

/**
 * MLflow's server on Fargate, one task at a time. An init container brings MLflow's own schema up to
 * date first: the server refuses an older schema, and an older server refuses a newer one.
 */
export class TrackingServer extends Construct {
  readonly cluster: Cluster
  readonly service: FargateService
  /** Where the front door finds the task's address and port. */
  readonly discovery: IService
  readonly port = 5000

  constructor(scope: Construct, id: string, props: TrackingServerProps) {
    super(scope, id)
    requireFargateSize(props.config)
    const { vpc, taskSubnets, publicAddresses } = props.network

    this.cluster = new Cluster(this, 'Cluster', {
      vpc,
      clusterName: props.prefix,
      containerInsightsV2: ContainerInsights.DISABLED,
    })
    // In the cluster itself: an association of its own could be removed before the service that uses it.
    const cluster = this.cluster.node.defaultChild as CfnCluster
    cluster.capacityProviders = ['FARGATE', 'FARGATE_SPOT']
    const container = this.containerOf(props)
    this.service = new FargateService(this, 'Service', {
      serviceName: 'mlflow',
      cluster: this.cluster,
      taskDefinition: container.taskDefinition,
      desiredCount: 1,
      // Stop the old task before the new one starts: they need different schemas.
      minHealthyPercent: 0,
      maxHealthyPercent: 100,
      circuitBreaker: { enable: true, rollback: true },
      capacityProviderStrategies: [
        { capacityProvider: props.config.spot ? 'FARGATE_SPOT' : 'FARGATE', weight: 1 },
      ],
      vpcSubnets: taskSubnets,
      assignPublicIp: publicAddresses,
      securityGroups: [this.securityGroupOf(props.network)],
      propagateTags: PropagatedTagSource.SERVICE,
      enableECSManagedTags: true,
    })
    this.discovery = this.service.enableCloudMap({
      name: 'mlflow',
      cloudMapNamespace: new PrivateDnsNamespace(this, 'Namespace', {
        name: `${props.prefix}.internal`,
        description: 'Where the front door finds MLflow.',
        vpc,
      }),
      // A VPC link learns the port from the SRV record.
      dnsRecordType: DnsRecordType.SRV,
      dnsTtl: Duration.seconds(10),
      container,
      containerPort: this.port,
    })
    props.database.allowFrom(this.service)
    accept(this.cluster, {
      reason:
        "Container Insights costs more than the server's CPU; ECS' own metrics are alarmed on.",
      nag: ['ECS4'],
      checkov: ['CKV_AWS_65'],
    })
  }

  /** Starts it only when something else is done, such as a migration. */
  startAfter(dependency: IDependable): void {
    this.service.node.addDependency(dependency)
  }

  private containerOf(props: TrackingServerProps): ContainerDefinition {
    const task = new FargateTaskDefinition(this, 'Task', {
      family: `${props.prefix}-mlflow`,
      cpu: props.config.cpu,
      memoryLimitMiB: props.config.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    })
    props.artifacts.grantServe(task.taskRole)
    accept(task, {
      reason: 'These variables are settings; logins and keys come from Secrets Manager.',
      nag: ['ECS2'],
    })

    const image = ContainerImage.fromRegistry(`ghcr.io/mlflow/mlflow:v${mlflowVersion}-full`)
    const logs = new LogStore(this, 'Logs', { retentionDays: props.logRetentionDays })
    const upgrade = task.addContainer('upgrade', {
      image,
      essential: false,
      command: ['mlflow', 'db', 'upgrade', storeUri],
      // Nothing is written before the connection stands, so a waking database may take its time.
      environment: { ...quiet, PGCONNECT_TIMEOUT: '60' },
      secrets: loginOf(props.database),
      logging: LogDrivers.awsLogs({ logGroup: logs, streamPrefix: 'upgrade' }),
    })
    const webhookKey = new Secret(this, 'WebhookKey', {
      description: "Encrypts the secrets of MLflow's webhooks.",
      // 43 characters of base64 are 32 bytes without their padding.
      generateSecretString: { passwordLength: 43, excludePunctuation: true },
    })
    accept(
      webhookKey,
      {
        reason: 'Changing the key would make stored webhook secrets unreadable.',
        nag: ['SMG4'],
      },
      {
        reason: "It is encrypted with the account's own key; a customer key costs 1 USD a month.",
        checkov: ['CKV_AWS_149'],
      },
    )
    const container = task.addContainer('mlflow', {
      image,
      command: ['sh', '-c', serverCommand(this.port, props.artifacts.uri)],
      environment: {
        ...quiet,
        MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: [
          props.publicUrl,
          ...(props.config.corsOrigins ?? []),
        ].join(','),
        MLFLOW_SERVER_X_FRAME_OPTIONS: 'SAMEORIGIN',
        // No connection stays open when idle: the database could never pause.
        MLFLOW_SQLALCHEMYSTORE_POOLCLASS: 'NullPool',
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        // Fail before anything is written, while the client still waits, when the database is waking.
        PGCONNECT_TIMEOUT: '20',
        AWS_DEFAULT_REGION: Stack.of(this).region,
      },
      secrets: {
        ...loginOf(props.database),
        WEBHOOK_KEY_UNPADDED: ContainerSecret.fromSecretsManager(webhookKey),
      },
      portMappings: [{ containerPort: this.port }],
      healthCheck: {
        // The image has no curl.
        command: ['CMD', 'python', '-c', healthProbe(this.port)],
        interval: Duration.seconds(30),
        // The first probe waits for the database, too.
        timeout: Duration.seconds(25),
        retries: 5,
        startPeriod: Duration.seconds(300),
      },
      stopTimeout: Duration.seconds(60),
      logging: LogDrivers.awsLogs({ logGroup: logs, streamPrefix: 'mlflow' }),
    })
    container.addContainerDependencies({
      container: upgrade,
      condition: ContainerDependencyCondition.SUCCESS,
    })
    return container
  }

  private securityGroupOf(network: Network): ISecurityGroup {
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'MLflow: reached by the front door only.',
      allowAllOutbound: false,
    })
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'Image, logs, secrets, S3 and webhooks')
    return group
  }
}

// libpq takes host, login and database from PG* variables: no password in a command line. Plain
// `postgresql://` would choose another driver than the one that MLflow's image is tested with.
const storeUri = 'postgresql+psycopg2://'

/** No telemetry and no catalog of models from the internet. */
const quiet = { MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_MODEL_CATALOG_URI: '' }

function loginOf(database: Database): Record<string, ContainerSecret> {
  const field = (name: string): ContainerSecret =>
    ContainerSecret.fromSecretsManager(database.secrets.mlflow, name)
  return {
    PGHOST: field('host'),
    PGPORT: field('port'),
    PGDATABASE: field('dbname'),
    PGUSER: field('username'),
    PGPASSWORD: field('password'),
  }
}

/** A shell gives the key the padding that the generator of secrets cannot make. */
function serverCommand(port: number, artifactRoot: string): string {
  const server = [
    'mlflow server',
    `--host 0.0.0.0 --port ${port}`,
    `--backend-store-uri ${storeUri}`,
    `--default-artifact-root ${artifactRoot}`,
    // Clients reach S3 with their own role: the front door's limits are 10 MB and 30 seconds.
    '--no-serve-artifacts',
    '--workers 1',
    // Requests arrive under the front door's name, which only IAM-signed requests get through.
    "--allowed-hosts '*'",
    // A busy worker is not a dead one; and API Gateway reuses connections for longer than 5 seconds.
    "--uvicorn-opts '--timeout-worker-healthcheck 60 --timeout-keep-alive 75'",
  ]
  return [
    'export MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY="$WEBHOOK_KEY_UNPADDED="',
    `exec ${server.join(' ')}`,
  ].join('; ')
}

/**
 * Python that fails unless MLflow answers. The first probe also makes two calls one after the other: the first search
 * for runs makes MLflow 3.17 import tables for a second, and a call to the registry in that second breaks the registry
 * until the server is started anew. Later probes leave the database asleep.
 */
function healthProbe(port: number): string {
  return [
    'import os, urllib.request as u',
    "warm = '/tmp/mlflow-is-warm'",
    `url = 'http://127.0.0.1:${port}'`,
    "u.urlopen(url + '/health', timeout=8)",
    'if not os.path.exists(warm):',
    ` u.urlopen(u.Request(url + '/api/2.0/mlflow/runs/search', b'{"experiment_ids":["0"],"max_results":1}', {'content-type': 'application/json'}), timeout=20)`,
    " u.urlopen(url + '/api/2.0/mlflow/registered-models/search?max_results=1', timeout=20)",
    " open(warm, 'w').close()",
  ].join('\n')
}

/** Memory that Fargate offers for each number of CPU units, in MiB: from, to, step. */
const fargateSizes: Readonly<Record<number, readonly [from: number, to: number, step: number]>> = {
  256: [512, 2048, 512],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
}

function requireFargateSize({ cpu, memoryMiB }: EnvironmentConfig['trackingServer']): void {
  const size = fargateSizes[cpu]
  if (size === undefined) {
    const offered = Object.keys(fargateSizes).join(', ')
    throw new Error(`trackingServer.cpu is ${cpu}; Fargate offers ${offered} CPU units.`)
  }
  const [from, to, step] = size
  const offered = memoryMiB >= from && memoryMiB <= to && (memoryMiB - from) % step === 0
  // 1536 of 256 units does not exist.
  if (!offered || (cpu === 256 && memoryMiB === 1536)) {
    throw new Error(
      `trackingServer.memoryMiB is ${memoryMiB}; with ${cpu} CPU units Fargate offers ${from} to ${to} MiB in steps of ${step}.`,
    )
  }
  if (memoryMiB < 1024) {
    throw new Error(
      `trackingServer.memoryMiB is ${memoryMiB}; MLflow needs 0.5 GB when idle, so give 1024 or more.`,
    )
  }
}
