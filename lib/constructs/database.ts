import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import type { IConnectable } from 'aws-cdk-lib/aws-ec2'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds'
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct, type IConstruct } from 'constructs'
import type { EnvironmentConfig } from '../../config/environments.ts'
import { accept } from '../accepted-finding.ts'
import { AwakeHoursSchedule } from './awake-hours.ts'
import type { Network } from './network.ts'

/** Who may log in to the database. */
export type DatabaseRole = 'administrator' | 'mlflow' | 'ops' | 'gatekeeper'

export interface DatabaseProps {
  readonly network: Network
  readonly config: EnvironmentConfig['database']
  /** Time zone of `awakeHours`. */
  readonly timeZone: string
  /** Start of fixed names, such as `townin-mlops-prod`. */
  readonly prefix: string
  /** Start of the secrets' names, such as `townin-mlops/prod`. */
  readonly secretPrefix: string
}

const port = 5432

// Letters and digits only: the passwords stand in libpq variables, in JSON and in SQL literals.
const password = { passwordLength: 40, excludePunctuation: true }

/** Aurora PostgreSQL that pauses when idle, spoken to in SQL by functions without a network (Data API) and by MLflow. */
export class Database extends Construct {
  readonly cluster: DatabaseCluster
  readonly name = 'mlops'
  readonly secrets: Readonly<Record<DatabaseRole, ISecret>>
  /** Schedules that keep it awake; absent when it may always pause. */
  readonly awakeHours?: AwakeHoursSchedule

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id)
    const { config } = props
    requirePossibleCapacity(config)

    this.cluster = new DatabaseCluster(this, 'Cluster', {
      engine: DatabaseClusterEngine.auroraPostgres({
        version: AuroraPostgresEngineVersion.VER_17_7,
      }),
      defaultDatabaseName: this.name,
      port,
      credentials: Credentials.fromGeneratedSecret('administrator', {
        secretName: `${props.secretPrefix}/administrator`,
        excludeCharacters: ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
      }),
      writer: ClusterInstance.serverlessV2('Writer', {
        publiclyAccessible: false,
        autoMinorVersionUpgrade: true,
        enablePerformanceInsights: false,
      }),
      serverlessV2MinCapacity: config.minCapacity,
      serverlessV2MaxCapacity: config.maxCapacity,
      serverlessV2AutoPauseDuration:
        config.minCapacity === 0 ? Duration.minutes(config.pauseAfterMinutes) : undefined,
      enableDataApi: true,
      storageEncrypted: true,
      copyTagsToSnapshot: true,
      vpc: props.network.vpc,
      vpcSubnets: props.network.isolatedSubnets,
      backup: { retention: Duration.days(config.backupRetentionDays) },
      deletionProtection: config.protected,
      removalPolicy: config.protected ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
    })
    this.secrets = {
      administrator: requireSecret(this.cluster.secret),
      mlflow: this.loginOf('mlflow', 'Mlflow', props.secretPrefix),
      ops: this.loginOf('ops', 'Ops', props.secretPrefix),
      gatekeeper: this.loginOf('gatekeeper', 'Gatekeeper', props.secretPrefix),
    }
    if (config.awakeHours !== undefined) {
      this.awakeHours = new AwakeHoursSchedule(this, 'AwakeHours', {
        cluster: this.cluster,
        config,
        awakeHours: config.awakeHours,
        timeZone: props.timeZone,
        prefix: props.prefix,
      })
    }
    this.acceptFindings(config.protected)
  }

  get clusterArn(): string {
    return this.cluster.clusterArn
  }

  /** Lets a task in the network open connections. */
  allowFrom(client: IConnectable): void {
    client.connections.allowToDefaultPort(this.cluster, 'MLflow to PostgreSQL')
  }

  /**
   * Lets a function run SQL over the Data API as the given roles, and tells it where:
   * `CLUSTER_ARN`, `DATABASE_NAME` and a `…_SECRET_ARN` for each role.
   */
  grantSql(fn: LambdaFunction, ...roles: readonly DatabaseRole[]): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: [
          'rds-data:BeginTransaction',
          'rds-data:CommitTransaction',
          'rds-data:ExecuteStatement',
          'rds-data:RollbackTransaction',
        ],
        resources: [this.clusterArn],
      }),
    )
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: roles.map((role) => this.secrets[role].secretArn),
      }),
    )
    fn.addEnvironment('CLUSTER_ARN', this.clusterArn)
    fn.addEnvironment('DATABASE_NAME', this.name)
    for (const role of roles) {
      fn.addEnvironment(`${role.toUpperCase()}_SECRET_ARN`, this.secrets[role].secretArn)
    }
  }

  private loginOf(role: DatabaseRole, id: string, secretPrefix: string): Secret {
    const { hostname } = this.cluster.clusterEndpoint
    return new Secret(this, `${id}Secret`, {
      secretName: `${secretPrefix}/${role}`,
      description: `Login of the role ${role} of the platform's database.`,
      generateSecretString: {
        ...password,
        secretStringTemplate: JSON.stringify({
          username: role,
          host: hostname,
          port,
          dbname: this.name,
        }),
        generateStringKey: 'password',
      },
    })
  }

  private acceptFindings(isProtected: boolean): void {
    accept(this.cluster, {
      reason:
        'Functions authenticate to the Data API by IAM; MLflow logs in with a generated password over TLS.',
      nag: ['RDS6'],
      checkov: ['CKV_AWS_162'],
    })
    if (!isProtected) {
      accept(this.cluster, {
        reason: 'The environment is configured as not protected: its database may be deleted.',
        nag: ['RDS10'],
      })
    }
    accept(this.cluster.node.findChild('Writer'), {
      reason: 'Enhanced monitoring writes logs all day, also while the cluster is paused.',
      checkov: ['CKV_AWS_118'],
    })
    for (const secret of this.generatedSecrets()) {
      accept(
        secret,
        {
          reason:
            'Changing a password while MLflow is connected needs a function in the network; docs/runbook.md says how to do it by hand.',
          nag: ['SMG4'],
        },
        {
          reason: "It is encrypted with the account's own key; a customer key costs 1 USD a month.",
          checkov: ['CKV_AWS_149'],
        },
      )
    }
  }

  private generatedSecrets(): IConstruct[] {
    return this.node.findAll().filter((child) => child instanceof Secret)
  }
}

function requireSecret(secret: ISecret | undefined): ISecret {
  if (secret === undefined) throw new Error('The cluster was made without its secret.')
  return secret
}

function requirePossibleCapacity(config: EnvironmentConfig['database']): void {
  const { minCapacity, maxCapacity, pauseAfterMinutes, backupRetentionDays } = config
  for (const [field, value] of Object.entries({ minCapacity, maxCapacity })) {
    if (value < 0 || value > 256 || !Number.isInteger(value * 2)) {
      throw new Error(
        `database.${field} is ${value}; give capacity units in steps of 0.5 up to 256.`,
      )
    }
  }
  if (maxCapacity < 1 || maxCapacity < minCapacity) {
    throw new Error(
      `database.maxCapacity is ${maxCapacity}; it must be 1 or more and not below minCapacity (${minCapacity}).`,
    )
  }
  if (minCapacity > 0 && pauseAfterMinutes !== undefined) {
    throw new Error(
      `database.pauseAfterMinutes is ${pauseAfterMinutes}, but a cluster whose minCapacity is ${minCapacity} never pauses; set minCapacity to 0 or leave pauseAfterMinutes out.`,
    )
  }
  if (minCapacity === 0 && !(pauseAfterMinutes >= 5 && pauseAfterMinutes <= 1440)) {
    throw new Error(
      `database.pauseAfterMinutes is ${pauseAfterMinutes}; Aurora pauses after 5 to 1440 idle minutes.`,
    )
  }
  if (minCapacity > 0 && config.awakeHours !== undefined) {
    throw new Error(
      `database.awakeHours is set, but a cluster whose minCapacity is ${minCapacity} never pauses; set minCapacity to 0 or leave awakeHours out.`,
    )
  }
  if (!(backupRetentionDays >= 1 && backupRetentionDays <= 35)) {
    throw new Error(
      `database.backupRetentionDays is ${backupRetentionDays}; Aurora keeps backups for 1 to 35 days.`,
    )
  }
}
