import { expect, test } from 'vitest'
import { type EnvironmentName, environments } from '../../config/environments.ts'
import { inWords, resourcesOf, synthesize } from './synthesized.ts'

const shared = { account: '111111111111', region: 'ap-northeast-2' }

/** Both in one account and region, where they could meet. */
const staging = synthesize('staging', { ...environments.staging, ...shared })
const prod = synthesize('prod', { ...environments.prod, ...shared })

// Properties by which CloudFormation names what is unique in an account, or in an account's region.
const naming: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['Name'],
  'AWS::ApiGatewayV2::VpcLink': ['Name'],
  'AWS::Budgets::Budget': ['Budget.BudgetName'],
  'AWS::CloudWatch::Alarm': ['AlarmName'],
  'AWS::CloudWatch::Dashboard': ['DashboardName'],
  'AWS::ECS::Cluster': ['ClusterName'],
  'AWS::ECS::TaskDefinition': ['Family'],
  'AWS::IAM::ManagedPolicy': ['ManagedPolicyName'],
  'AWS::IAM::Role': ['RoleName'],
  'AWS::KMS::Alias': ['AliasName'],
  'AWS::Lambda::Function': ['FunctionName'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::RDS::DBCluster': ['DBClusterIdentifier'],
  'AWS::RDS::DBInstance': ['DBInstanceIdentifier'],
  'AWS::RDS::DBSubnetGroup': ['DBSubnetGroupName'],
  'AWS::S3::Bucket': ['BucketName'],
  'AWS::SNS::Topic': ['TopicName'],
  'AWS::SQS::Queue': ['QueueName'],
  'AWS::SSM::Parameter': ['Name'],
  'AWS::Scheduler::ScheduleGroup': ['Name'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::ServiceDiscovery::PrivateDnsNamespace': ['Name'],
}

function namesIn({ data, platform }: typeof prod): string[] {
  return resourcesOf(data, platform).flatMap(([, { Type, Properties }]) =>
    (naming[Type] ?? []).flatMap((path) => {
      const value = path.split('.').reduce((at, key) => at?.[key], Properties)
      return value === undefined ? [] : [`${Type} ${inWords(value)}`]
    }),
  )
}

function exportsOf({ data, platform }: typeof prod): string[] {
  return [data, platform].flatMap((template) =>
    Object.values(
      template.toJSON()['Outputs'] as Record<string, { Export?: { Name: string } }>,
    ).flatMap((output) => output.Export?.Name ?? []),
  )
}

test('two environments of one account share no name', () => {
  const both = [...namesIn(staging), ...namesIn(prod)]
  expect(both.length).toBeGreaterThan(60)
  expect(both.toSorted()).toEqual([...new Set(both)].toSorted())
})

test('every fixed name carries the name of its environment', () => {
  for (const name of namesIn(prod)) expect(name).toMatch(/townin-mlops[-/]prod/u)
})

test('two environments of one account share no export', () => {
  const both = [...exportsOf(staging), ...exportsOf(prod)]
  expect(both.length).toBeGreaterThan(10)
  expect(new Set(both).size).toBe(both.length)
})

test('an environment mentions no other', () => {
  const names = Object.keys(environments) as EnvironmentName[]
  const { data, platform } = prod
  const text = JSON.stringify([data.toJSON(), platform.toJSON()])
  for (const name of names.filter((other) => other !== 'prod')) {
    expect(text).not.toContain(`townin-mlops-${name}`)
    expect(text).not.toContain(`townin-mlops/${name}`)
  }
})

test('networks of environments do not overlap, so that they can be connected', () => {
  const blocks = Object.values(environments).map(({ network }) => network.cidr)
  expect(new Set(blocks).size).toBe(blocks.length)
})

test('the service-linked role of ECS, which they share, is created once and never deleted', () => {
  const [, role] =
    resourcesOf(prod.data).find(([, { Type }]) => Type === 'Custom::EcsServiceLinkedRole') ?? []
  const create = JSON.parse(inWords(role?.Properties.Create))
  expect(create).toMatchObject({
    action: 'CreateServiceLinkedRole',
    ignoreErrorCodesMatching: 'InvalidInput',
  })
  expect(role?.Properties.Delete).toBeUndefined()
  expect(role?.Properties.Update).toBeUndefined()
})
