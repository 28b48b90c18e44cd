import { ArnFormat, Stack } from 'aws-cdk-lib'
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway'
import {
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  MappingValue,
  ParameterMapping,
  VpcLink,
} from 'aws-cdk-lib/aws-apigatewayv2'
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import {
  HttpLambdaIntegration,
  HttpServiceDiscoveryIntegration,
} from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct, type IConstruct } from 'constructs'
import type { EnvironmentConfig } from '../../config/environments.ts'
import { internalFolder } from '../../lambdas/platform/internal-folder.ts'
import { accept, wildcardRule } from '../accepted-finding.ts'
import { LogStore } from './log-store.ts'
import type { Network } from './network.ts'
import type { TrackingServer } from './tracking-server.ts'

export interface FrontDoorProps {
  readonly network: Network
  readonly config: EnvironmentConfig['frontDoor']
  /** Start of fixed names, such as `townin-mlops-prod`. */
  readonly prefix: string
  readonly logRetentionDays: number
}

/** A route such as `GET /ops/costs`. */
export type RouteKey = `${HttpMethod} /${string}`

/** The one address of the platform. Whoever calls it signs with IAM; every request is logged. */
export class FrontDoor extends Construct {
  readonly api: HttpApi
  readonly stage: HttpStage
  private readonly link: VpcLink
  private readonly linkSecurityGroup: SecurityGroup

  constructor(scope: Construct, id: string, props: FrontDoorProps) {
    super(scope, id)
    requireUsableLimits(props.config)
    this.api = new HttpApi(this, 'Api', {
      apiName: props.prefix,
      description: 'Front door of the MLflow platform.',
      createDefaultStage: false,
      defaultAuthorizer: new HttpIamAuthorizer(),
    })
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: {
        rateLimit: props.config.requestsPerSecond,
        burstLimit: props.config.burst,
      },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          // Log groups under this prefix do not use up the account's log resource policy.
          new LogStore(this, 'AccessLogs', {
            name: `/aws/vendedlogs/${props.prefix}/front-door`,
            retentionDays: props.logRetentionDays,
          }),
        ),
        format: accessLogFormat,
      },
    })
    this.linkSecurityGroup = new SecurityGroup(this, 'LinkSecurityGroup', {
      vpc: props.network.vpc,
      description: 'The front door on its way to MLflow.',
      allowAllOutbound: false,
    })
    this.link = new VpcLink(this, 'Link', {
      vpcLinkName: props.prefix,
      vpc: props.network.vpc,
      subnets: props.network.isolatedSubnets,
      securityGroups: [this.linkSecurityGroup],
    })
  }

  /** `https://…` address without a path. */
  get url(): string {
    return this.api.apiEndpoint
  }

  /** Sends every path that no other route matches to MLflow. */
  routeTheRestTo(server: TrackingServer): void {
    server.service.connections.allowFrom(
      this.linkSecurityGroup,
      Port.tcp(server.port),
      'Front door to MLflow',
    )
    const integration = new HttpServiceDiscoveryIntegration('Mlflow', server.discovery, {
      vpcLink: this.link,
    })
    // Not `$default`: a policy can name paths of a greedy route only.
    for (const path of ['/', '/{proxy+}']) {
      this.api.addRoutes({ path, methods: [HttpMethod.ANY], integration })
    }
    this.api.addRoutes({
      path: `${internalFolder}/{proxy+}`,
      methods: [HttpMethod.ANY],
      integration: new HttpServiceDiscoveryIntegration('MlflowInternal', server.discovery, {
        vpcLink: this.link,
        parameterMapping: new ParameterMapping().overwritePath(
          MappingValue.custom('/$request.path.proxy'),
        ),
      }),
    })
  }

  /** Sends routes to a function. */
  routeTo(id: string, fn: LambdaFunction, ...routes: readonly RouteKey[]): void {
    const integration = new HttpLambdaIntegration(id, fn)
    for (const route of routes) {
      const [method, path] = route.split(' ') as [HttpMethod, string]
      this.api.addRoutes({ path, methods: [method], integration })
    }
  }

  /**
   * Lets a principal call methods and paths, such as `GET /api/*`, and no others. A wildcard matches slashes too.
   * A function is also told where: `FRONT_DOOR_URL`.
   */
  grantInvoke(grantee: IGrantable & IConstruct, ...calls: readonly string[]): void {
    const resourceArns = calls.map((call) =>
      Stack.of(this).formatArn({
        service: 'execute-api',
        resource: this.api.apiId,
        resourceName: `$default/${call.replace(' ', '')}`,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    )
    Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns })
    if (grantee instanceof LambdaFunction) grantee.addEnvironment('FRONT_DOOR_URL', this.url)
    accept(grantee instanceof LambdaFunction ? (grantee.role ?? grantee) : grantee, {
      reason:
        'Each names one method and one beginning of paths, with what comes below it or with their end.',
      nag: resourceArns
        .filter((_, index) => calls[index]?.includes('*'))
        .map((arn) => wildcardRule(this, arn)),
    })
  }

  /** Lets a function call MLflow past the routes that stand before it, such as `POST /api/2.0/mlflow/runs/search`. */
  grantInternal(fn: LambdaFunction, ...calls: readonly string[]): void {
    this.grantInvoke(fn, ...calls.map((call) => call.replace(' ', ` ${internalFolder}`)))
  }
}

const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    caller: '$context.identity.userArn',
    sourceIp: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    path: '$context.path',
    route: '$context.routeKey',
    status: '$context.status',
    responseBytes: '$context.responseLength',
    milliseconds: '$context.responseLatency',
    integrationStatus: '$context.integrationStatus',
    integrationMilliseconds: '$context.integrationLatency',
    error: '$context.error.message',
    integrationError: '$context.integrationErrorMessage',
  }),
)

function requireUsableLimits({ requestsPerSecond, burst }: FrontDoorProps['config']): void {
  if (!(requestsPerSecond > 0) || !Number.isInteger(burst) || burst < 1) {
    throw new Error(
      `frontDoor allows ${requestsPerSecond} requests a second in bursts of ${burst}; give numbers above 0.`,
    )
  }
  if (burst < requestsPerSecond) {
    throw new Error(
      `frontDoor.burst is ${burst}; below requestsPerSecond (${requestsPerSecond}) the rate could never be reached.`,
    )
  }
}
