import { describe, expect, test } from 'vitest'
import { type EnvironmentName, environments } from '../../config/environments.ts'
import {
  cluster,
  functionOf,
  listOf,
  logs,
  permissionsOf,
  type Statement,
  sql,
  tracing,
} from './permissions-of.ts'
import { inWords, ofType, resourcesOf, synthesized } from './synthesized.ts'

interface KeyStatement extends Statement {
  readonly Principal: { readonly AWS?: unknown }
}

const prod = synthesized('prod')

test('the migrations may run SQL as every role of the database and nothing else', () => {
  expect(permissionsOf('MigrationsFunction', prod)).toEqual({
    ...sql,
    ...tracing,
    ...logs('MigrationsFunctionLogs'),
    'secretsmanager:GetSecretValue': [
      '<DatabaseClusterSecretAttachment>',
      '<DatabaseGatekeeperSecret>',
      '<DatabaseMlflowSecret>',
      '<DatabaseOpsSecret>',
    ],
  })
})

test('the cost job may run SQL as ops, read metrics, publish its own and remember its last success', () => {
  const parameter =
    'arn:aws:ssm:ap-northeast-2:111111111111:parameter/townin-mlops/prod/costs/last-success'
  expect(permissionsOf('CostsJobFunction', prod)).toEqual({
    ...sql,
    ...tracing,
    ...logs('CostsJobFunctionLogs'),
    'secretsmanager:GetSecretValue': ['<DatabaseOpsSecret>'],
    'ssm:GetParameter': [parameter],
    'ssm:PutParameter': [parameter],
    'cloudwatch:GetMetricData': ['*'],
    'cloudwatch:ListMetrics': ['*'],
    'cloudwatch:PutMetricData': ['*'],
    'sqs:SendMessage': ['<CostsJobDeadLetters.Arn>'],
  })
})

test('figures are published in the namespace of the platform only', () => {
  const statements = ofType('AWS::IAM::Policy', prod.platform).flatMap(
    ([, policy]) => policy.Properties.PolicyDocument.Statement as Statement[],
  )
  const publishing = statements.filter(({ Action }) =>
    listOf(Action).includes('cloudwatch:PutMetricData'),
  )
  expect(publishing).toHaveLength(4)
  for (const { Condition } of publishing) {
    expect(Condition).toEqual({ StringEquals: { 'cloudwatch:namespace': 'TowninMlops' } })
  }
})

test('the cost API may run SQL as ops and nothing else', () => {
  expect(permissionsOf('CostsApiFunction', prod)).toEqual({
    ...sql,
    ...tracing,
    ...logs('CostsApiFunctionLogs'),
    'secretsmanager:GetSecretValue': ['<DatabaseOpsSecret>'],
  })
})

test('only the environment that asks OpenAI may read its key', () => {
  const local = JSON.stringify(synthesized('local').platform.toJSON())
  expect(local).toContain('secret:townin-mlops/local/openai-admin-??????')
  expect(local).toContain('OPENAI_ADMIN_SECRET_NAME')
  expect(JSON.stringify(prod.platform.toJSON())).not.toContain('OPENAI_ADMIN_SECRET_NAME')
})

test('each function has a role of its own', () => {
  const roles = ofType('AWS::Lambda::Function', prod.platform, prod.data).map(([, fn]) =>
    inWords(fn.Properties.Role),
  )
  expect(new Set(roles).size).toBe(roles.length)
})

test('every variable that names a resource comes with the permission to use it', () => {
  for (const name of ['MigrationsFunction', 'CostsJobFunction', 'CostsApiFunction']) {
    const { Variables } = functionOf(name, prod.platform).Properties.Environment
    const variables = Variables as Record<string, unknown>
    const secrets = Object.entries(variables)
      .filter(([variable]) => variable.endsWith('_SECRET_ARN'))
      .map(([, value]) => inWords(value))
    expect(secrets.toSorted()).toEqual(permissionsOf(name, prod)['secretsmanager:GetSecretValue'])
    expect(inWords(variables['CLUSTER_ARN'])).toBe(cluster)
    expect(variables['DATABASE_NAME']).toBe('mlops')
  }
})

describe.each(Object.keys(environments) as EnvironmentName[])('in %s', (environment) => {
  const { data, platform } = synthesized(environment)

  test('no policy has an action with a wildcard', () => {
    const documents = resourcesOf(data, platform).flatMap(([id, { Properties }]) =>
      [
        Properties?.PolicyDocument,
        Properties?.AssumeRolePolicyDocument,
        ...listOf<{ PolicyDocument: unknown }>(Properties?.Policies).map(
          (policy) => policy.PolicyDocument,
        ),
      ]
        .filter((document) => document !== undefined)
        .map((document) => [id, document as { Statement: Statement[] }] as const),
    )
    expect(documents.length).toBeGreaterThan(10)
    for (const [id, { Statement }] of documents) {
      for (const { Effect, Action } of Statement) {
        if (Effect !== 'Allow') continue
        for (const action of listOf(Action)) expect(action, id).not.toContain('*')
      }
    }
  })

  test('a key allows everything to its own account only', () => {
    const everything = ofType('AWS::KMS::Key', data, platform)
      .flatMap(([, key]) => key.Properties.KeyPolicy.Statement as KeyStatement[])
      .filter(({ Action }) => listOf(Action).some((action) => action.includes('*')))
    expect(everything.map(({ Principal }) => inWords(Principal.AWS))).toEqual([
      expect.stringMatching(/:root$/u),
    ])
  })

  test('the Scheduler may call its targets and nothing else, for its own group only', () => {
    const roles = ofType('AWS::IAM::Role', data, platform).filter(([, role]) =>
      JSON.stringify(role.Properties.AssumeRolePolicyDocument).includes('scheduler.amazonaws.com'),
    )
    expect(roles.length).toBeGreaterThan(0)
    for (const [id, role] of roles) {
      const { Condition } = role.Properties.AssumeRolePolicyDocument.Statement[0]
      expect(Object.keys(Condition.StringEquals).toSorted(), id).toEqual([
        'aws:SourceAccount',
        'aws:SourceArn',
      ])
    }
  })

  test('functions stay outside the network', () => {
    for (const [id, fn] of ofType('AWS::Lambda::Function', data, platform)) {
      expect(fn.Properties.VpcConfig, id).toBeUndefined()
    }
  })

  test('our functions run on Node 24 and ARM, are traced, and forget their logs in time', () => {
    const ours = ofType('AWS::Lambda::Function', platform).filter(
      ([, fn]) => fn.Properties.Handler === 'index.handler',
    )
    // One less where nothing is sent to Slack.
    expect(ours).toHaveLength(environment === 'local' ? 14 : 13)
    for (const [id, { Properties }] of ours) {
      expect(Properties.Runtime, id).toBe('nodejs24.x')
      expect(Properties.Architectures, id).toEqual(['arm64'])
      expect(Properties.TracingConfig, id).toEqual({ Mode: 'Active' })
      expect(Properties.LoggingConfig.LogFormat, id).toBe('JSON')
    }
    for (const [id, group] of ofType('AWS::Logs::LogGroup', data, platform)) {
      expect(group.Properties.RetentionInDays, id).toBe(
        environments[environment].logs.retentionDays,
      )
    }
  })
})
