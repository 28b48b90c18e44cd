import { describe, expect, test } from 'vitest'
import { type EnvironmentName, environments } from '../../config/environments.ts'
import { inWords, ofType, only, resourcesOf, synthesized } from './synthesized.ts'

const names = Object.keys(environments) as EnvironmentName[]

/** Who may invoke a function without a role of ours, and from where. */
const sources = {
  'apigateway.amazonaws.com': /<FrontDoorApi>/u,
  'events.amazonaws.com':
    /^<(?:EvaluationEndingsRule|PromotionFunctionsEventsRule|PromotionRolledBack)\.Arn>$/u,
  'sns.amazonaws.com': /^<AlertsTopic>$/u,
} as const

describe.each(names)('in %s', (environment) => {
  const { data, platform } = synthesized(environment)

  test('no security group lets anybody in by address', () => {
    const rules = [
      ...ofType('AWS::EC2::SecurityGroup', data, platform).flatMap(
        ([, group]) => group.Properties.SecurityGroupIngress ?? [],
      ),
      ...ofType('AWS::EC2::SecurityGroupIngress', data, platform).map(
        ([, rule]) => rule.Properties,
      ),
    ]
    expect(rules.length).toBeGreaterThan(0)
    for (const rule of rules) {
      expect(rule).not.toHaveProperty('CidrIp')
      expect(rule).not.toHaveProperty('CidrIpv6')
      expect(rule.SourceSecurityGroupId).toBeDefined()
    }
  })

  test('MLflow is reached by the VPC link only, and the database by MLflow only', () => {
    const rules = ofType('AWS::EC2::SecurityGroupIngress', data, platform).map(
      ([, { Properties }]) =>
        [Properties.SourceSecurityGroupId, Properties.FromPort].map(inWords).join(' to port '),
    )
    expect(rules.toSorted()).toEqual([
      '<FrontDoorLinkSecurityGroup.GroupId> to port 5000',
      '<TrackingServerSecurityGroup.GroupId> to port <DatabaseClusterEndpointPort>',
    ])
  })

  test('MLflow may call out on HTTPS only', () => {
    const open = ofType('AWS::EC2::SecurityGroup', platform).flatMap(([, group]) =>
      (group.Properties.SecurityGroupEgress ?? []).filter(
        (rule: { CidrIp: string }) => rule.CidrIp === '0.0.0.0/0',
      ),
    )
    expect(open).toMatchObject([{ FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }])
  })

  test('the bucket is closed to the public and to plain HTTP', () => {
    expect(only('AWS::S3::Bucket', data).Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    })
    const { Statement } = only('AWS::S3::BucketPolicy', data).Properties.PolicyDocument
    expect(Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    )
  })

  test('no policy of a resource allows everybody', () => {
    const statements = resourcesOf(data, platform).flatMap(
      ([, { Properties }]) =>
        (Properties?.PolicyDocument ?? Properties?.KeyPolicy)?.Statement ?? [],
    )
    for (const statement of statements) {
      if (statement.Effect !== 'Allow') continue
      expect(statement.Principal ?? 'none').not.toBe('*')
      expect(statement.Principal?.AWS ?? 'none').not.toBe('*')
    }
  })

  test('the database has no public address and its subnets have no way out', () => {
    expect(only('AWS::RDS::DBInstance', data).Properties.PubliclyAccessible).toBe(false)
    const subnets = only('AWS::RDS::DBSubnetGroup', data).Properties.SubnetIds.map(inWords)
    expect(subnets).toHaveLength(2)
    for (const subnet of subnets) expect(subnet).toContain('Isolated')
    for (const [, route] of ofType('AWS::EC2::Route', data)) {
      expect(inWords(route.Properties.RouteTableId)).not.toContain('Isolated')
    }
  })

  test('no subnet gives out public addresses by itself', () => {
    for (const [id, subnet] of ofType('AWS::EC2::Subnet', data)) {
      expect(subnet.Properties.MapPublicIpOnLaunch, id).toBe(false)
    }
  })

  test('every route of the front door wants an IAM signature', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route', platform)
    expect(routes.length).toBeGreaterThan(2)
    for (const [, route] of routes) {
      expect(route.Properties.AuthorizationType, route.Properties.RouteKey).toBe('AWS_IAM')
    }
  })

  test('there is no other way in', () => {
    for (const type of [
      'AWS::Lambda::Url',
      'AWS::ApiGateway::RestApi',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
    ]) {
      expect(ofType(type, data, platform), type).toEqual([])
    }
    for (const [, permission] of ofType('AWS::Lambda::Permission', data, platform)) {
      const { Principal, SourceArn } = permission.Properties
      expect(inWords(SourceArn), Principal).toMatch(sources[Principal as keyof typeof sources])
    }
  })

  test('each request is logged and the rate is limited', () => {
    const { frontDoor } = environments[environment]
    const stage = only('AWS::ApiGatewayV2::Stage', platform).Properties
    expect(stage.DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: frontDoor.requestsPerSecond,
      ThrottlingBurstLimit: frontDoor.burst,
    })
    expect(JSON.parse(stage.AccessLogSettings.Format)).toMatchObject({
      caller: '$context.identity.userArn',
      status: '$context.status',
    })
  })
})
