import { describe, expect, test } from 'vitest'
import {
  type EnvironmentConfig,
  type EnvironmentName,
  environments,
} from '../../config/environments.ts'
import { promotionRouteDefinitions } from '../../lambdas/promotion/api/route-definitions.ts'
import { digestOf } from '../../lib/constructs/migrations.ts'
import {
  inWords,
  ofType,
  only,
  type Resource,
  resourcesOf,
  synthesize,
  synthesized,
} from './synthesized.ts'

const { data, platform } = synthesized('prod')
const task = only('AWS::ECS::TaskDefinition', platform).Properties
const service = only('AWS::ECS::Service', platform)

interface Container {
  readonly Name: string
  readonly Command: unknown[]
  readonly Essential: boolean
  readonly Environment: readonly { readonly Name: string; readonly Value: unknown }[]
  readonly Secrets: readonly { readonly Name: string; readonly ValueFrom: unknown }[]
  readonly [property: string]: unknown
}

const [upgrade, server] = ['upgrade', 'mlflow'].map((name) =>
  (task.ContainerDefinitions as Container[]).find(({ Name }) => Name === name),
) as [Container, Container]

function environmentOf(container: Container): Record<string, string> {
  return Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, inWords(Value)]))
}

describe('MLflow', () => {
  test('its schema is brought up to date before the server starts', () => {
    expect(upgrade.Command).toEqual(['mlflow', 'db', 'upgrade', 'postgresql+psycopg2://'])
    expect(upgrade.Essential).toBe(false)
    expect(server.DependsOn).toEqual([{ ContainerName: 'upgrade', Condition: 'SUCCESS' }])
  })

  test('one task runs at a time, and a deployment that does not work is rolled back', () => {
    expect(service.Properties).toMatchObject({
      DesiredCount: 1,
      DeploymentConfiguration: {
        MinimumHealthyPercent: 0,
        MaximumPercent: 100,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
    })
  })

  test('it starts after the first migrations and before the second', () => {
    const migrations = ofType('Custom::Migrations', platform)
    const before = migrations.find(([, { Properties }]) => Properties.phase === 'before')
    const after = migrations.find(([, { Properties }]) => Properties.phase === 'after')
    expect(service.DependsOn).toContain(before?.[0])
    const [serviceId] = ofType('AWS::ECS::Service', platform)[0] ?? []
    expect(after?.[1].DependsOn).toContain(serviceId)
  })

  test('no job starts before all migrations', () => {
    const after = ofType('Custom::Migrations', platform).find(
      ([, { Properties }]) => Properties.phase === 'after',
    )
    const schedules = ofType('AWS::Scheduler::Schedule', platform)
    expect(schedules.length).toBeGreaterThan(2)
    for (const [id, { DependsOn }] of schedules) expect(DependsOn, id).toContain(after?.[0])
  })

  test('it is started as it was tried out', () => {
    expect(server.Command.slice(0, 2)).toEqual(['sh', '-c'])
    expect(inWords(server.Command[2])).toBe(
      'export MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY="$WEBHOOK_KEY_UNPADDED="; ' +
        'exec mlflow server --host 0.0.0.0 --port 5000 --backend-store-uri postgresql+psycopg2:// ' +
        '--default-artifact-root s3://<ArtifactsBucket> --no-serve-artifacts --workers 1 ' +
        "--allowed-hosts '*' --uvicorn-opts '--timeout-worker-healthcheck 60 --timeout-keep-alive 75'",
    )
    expect(environmentOf(server)).toEqual({
      AWS_DEFAULT_REGION: 'ap-northeast-2',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      MLFLOW_MODEL_CATALOG_URI: '',
      MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: '<FrontDoorApi.ApiEndpoint>',
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      MLFLOW_SERVER_X_FRAME_OPTIONS: 'SAMEORIGIN',
      MLFLOW_SQLALCHEMYSTORE_POOLCLASS: 'NullPool',
      PGCONNECT_TIMEOUT: '20',
    })
  })

  test('it is called healthy by Python, as its image has no curl, and is given time to start', () => {
    expect(server.HealthCheck).toMatchObject({ StartPeriod: 300, Retries: 5 })
    expect((server.HealthCheck as { Command: string[] }).Command.slice(0, 3)).toEqual([
      'CMD',
      'python',
      '-c',
    ])
  })

  test('it runs on ARM with the configured size', () => {
    expect(task).toMatchObject({
      Cpu: String(environments.prod.trackingServer.cpu),
      Memory: String(environments.prod.trackingServer.memoryMiB),
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
    })
  })

  test('Spot is used where the environment says so', () => {
    const providerOf = (environment: EnvironmentName): unknown =>
      only('AWS::ECS::Service', synthesized(environment).platform).Properties
        .CapacityProviderStrategy
    expect(providerOf('prod')).toEqual([{ CapacityProvider: 'FARGATE', Weight: 1 }])
    expect(providerOf('dev')).toEqual([{ CapacityProvider: 'FARGATE_SPOT', Weight: 1 }])
  })

  test('its capacity cannot be taken away before it', () => {
    expect(only('AWS::ECS::Cluster', platform).Properties.CapacityProviders).toEqual([
      'FARGATE',
      'FARGATE_SPOT',
    ])
    expect(ofType('AWS::ECS::ClusterCapacityProviderAssociations', platform)).toEqual([])
  })

  test('the front door finds its address and its port', () => {
    expect(
      only('AWS::ServiceDiscovery::Service', platform).Properties.DnsConfig.DnsRecords,
    ).toEqual([{ TTL: 10, Type: 'SRV' }])
    expect(service.Properties.ServiceRegistries).toMatchObject([
      { ContainerName: 'mlflow', ContainerPort: 5000 },
    ])
  })
})

describe('the front door', () => {
  const targets = Object.fromEntries(
    ofType('AWS::ApiGatewayV2::Route', platform).map(([, { Properties }]) => {
      const integrationId = /<(\w+)>$/u.exec(inWords(Properties.Target))?.[1]
      return [Properties.RouteKey as string, integrationId]
    }),
  )

  const ours: Readonly<Record<string, readonly string[]>> = {
    Costs: [
      'GET /ops/costs',
      'GET /ops/costs/units',
      'GET /ops/costs/units/{type}/{id}',
      'GET /ops/coverage',
      'POST /ops/llm-calls',
    ],
    Evaluations: [
      'GET /ops/evaluations',
      'GET /ops/evaluations/{id}',
      'GET /ops/evaluations/{id}/rows',
      'GET /ops/outcomes',
      'GET /ops/workloads',
      'GET /ops/workloads/{workload}',
      'GET /ops/workloads/{workload}/best-run',
      'POST /ops/comparisons',
      'POST /ops/evaluations',
      'POST /ops/evaluations/{id}/cancel',
      'POST /ops/outcomes',
    ],
    Promotions: [
      'GET /ops/indicators',
      'GET /ops/ledger',
      'GET /ops/models/{proxy+}',
      'GET /ops/prompts/{proxy+}',
      'POST /ops/models/{proxy+}',
      'POST /ops/prompts/{proxy+}',
    ],
    ApiReference: ['ANY /ops', 'ANY /ops/{proxy+}', 'GET /ops/openapi.json'],
  }

  test('what is ours is answered by the function of its capability, also what is unknown', () => {
    const answered = Object.keys(targets).filter((route) => / \/ops(?:\/|$)/u.test(route))
    expect(answered.toSorted()).toEqual(Object.values(ours).flat().toSorted())
    for (const [capability, routes] of Object.entries(ours)) {
      for (const route of routes) expect(targets[route], route).toContain(capability)
    }
  })

  test('everything else goes to MLflow, by routes that a policy can name', () => {
    expect(targets['ANY /']).toMatch(/Mlflow/u)
    expect(targets['ANY /{proxy+}']).toMatch(/Mlflow/u)
    expect(targets).not.toHaveProperty('$default')
  })

  test('it reaches MLflow through the network', () => {
    const integration = ofType('AWS::ApiGatewayV2::Integration', platform).find(([id]) =>
      id.includes('Mlflow'),
    ) as [string, Resource]
    expect(integration[1].Properties).toMatchObject({
      ConnectionType: 'VPC_LINK',
      IntegrationType: 'HTTP_PROXY',
      IntegrationMethod: 'ANY',
    })
    expect(inWords(integration[1].Properties.IntegrationUri)).toBe(
      '<TrackingServerServiceCloudmapService.Arn>',
    )
  })
})

describe('the policies of who uses the platform', () => {
  const policies = Object.fromEntries(
    ofType('AWS::IAM::ManagedPolicy', platform).map(([, { Properties }]) => [
      Properties.ManagedPolicyName as string,
      Properties.PolicyDocument.Statement as {
        Effect: string
        Action: string | string[]
        Resource: unknown
      }[],
    ]),
  )
  const evidenceIsThePlatforms = {
    Sid: 'EvidenceIsThePlatforms',
    Effect: 'Deny',
    Action: ['s3:DeleteObject', 's3:PutObject'],
    Resource: 'arn:aws:s3:::townin-mlops-prod-artifacts-111111111111-ap-northeast-2/evaluations/*',
  }
  const invoked = (name: string): string[] =>
    (policies[name] ?? [])
      .filter(({ Action }) => Action === 'execute-api:Invoke')
      .flatMap(({ Resource }) => [Resource].flat())
      .map((resource) => inWords(resource).replace(/^.*<FrontDoorApi>/u, ''))

  /** Whether a policy allows a call, by IAM's rules: a wildcard matches slashes too. */
  const allows = (name: string, call: string): boolean =>
    invoked(`townin-mlops-prod-mlflow-${name}`).some((resource) => {
      const parts = resource.split('*').map((part) => part.replaceAll(/[$.]/gu, String.raw`\$&`))
      return new RegExp(`^${parts.join('.*')}$`, 'su').test(`/$default/${call.replace(' ', '')}`)
    })

  test('that of clients opens the paths of machines on the one stage', () => {
    expect(invoked('townin-mlops-prod-mlflow-client').toSorted()).toEqual([
      '/$default/DELETE/api/*',
      '/$default/GET/api/*',
      '/$default/GET/health',
      '/$default/GET/ops/*',
      '/$default/GET/v1/*',
      '/$default/GET/version',
      '/$default/PATCH/api/*',
      '/$default/POST/api/*',
      '/$default/POST/ops/comparisons',
      '/$default/POST/ops/evaluations',
      '/$default/POST/ops/evaluations/*/cancel',
      '/$default/POST/ops/llm-calls',
      '/$default/POST/ops/models/*/promotions',
      '/$default/POST/ops/outcomes',
      '/$default/POST/ops/prompts/*/promotions',
      '/$default/POST/v1/*',
      '/$default/PUT/api/*',
    ])
  })

  test('that of who answers for production opens approvals and rollbacks, and nothing else', () => {
    expect(invoked('townin-mlops-prod-mlflow-release').toSorted()).toEqual([
      '/$default/POST/ops/models/*/approvals',
      '/$default/POST/ops/models/*/rollbacks',
      '/$default/POST/ops/prompts/*/approvals',
      '/$default/POST/ops/prompts/*/rollbacks',
    ])
  })

  test('they deny nothing that another of them allows: a denial would win. What the gate decides by, no client may write', () => {
    const denied = Object.values(policies).flatMap((statements) =>
      statements.filter(({ Effect }) => Effect !== 'Allow'),
    )
    expect(denied).toEqual([evidenceIsThePlatforms])
  })

  test('nor may the tracking server, which signs uploads for clients', () => {
    const statements = ofType('AWS::IAM::Policy', platform).flatMap(
      ([, { Properties }]) => Properties.PolicyDocument.Statement as object[],
    )
    expect(statements.filter((one) => 'Sid' in one)).toEqual([evidenceIsThePlatforms])
  })

  test('every route of ours is open to clients, or to who answers for production', () => {
    const routes = ofType('AWS::ApiGatewayV2::Route', platform)
      .map(([, { Properties }]) => Properties.RouteKey as string)
      .filter((key) => /^\w+ \/ops\//u.test(key))
    const definitions = Object.values(promotionRouteDefinitions)
    const calls = [
      ...routes.filter((key) => !key.endsWith('{proxy+}')),
      ...definitions.map(({ method, path }) => `${method} ${path}`),
    ].map((call) => call.replace(/\{\w+\}/u, 'a name/v1'))
    expect(calls.length).toBeGreaterThan(20)
    for (const call of calls) {
      const isRelease = /\/(?:approvals|rollbacks)$/u.test(call)
      expect([call, allows('client', call), allows('release', call)]).toEqual([
        call,
        !isRelease,
        isRelease,
      ])
    }
  })

  test('clients approve nothing and roll nothing back, whatever a name looks like', () => {
    for (const kind of ['models', 'prompts']) {
      for (const word of ['approvals', 'rollbacks']) {
        for (const name of [
          'x',
          'x/promotions',
          'x/promotions/..',
          'x/cancel',
          '../evaluations/x/cancel',
          'x%2Fpromotions',
          '보험 답변\n',
        ]) {
          for (const end of [word, `${word}/`, `${word}%2Fpromotions`, `${word}?x=promotions`]) {
            const call = `POST /ops/${kind}/${name}/${end}`
            expect(allows('client', call), call).toBe(false)
            expect(allows('viewer', call), call).toBe(false)
          }
        }
      }
    }
  })

  test('a wildcard stands at the end of a path, or below a folder and before its last word: it would match other beginnings too', () => {
    for (const name of ['client', 'release', 'viewer']) {
      for (const call of invoked(`townin-mlops-prod-mlflow-${name}`)) {
        expect(call).toMatch(/^\/\$default\/[A-Z]+\/(?:[^*]*|[^*]+\/\*(?:\/[a-z]+)?)$/u)
      }
    }
  })

  test('that of clients gives the objects of the bucket, neither the bucket itself nor old versions', () => {
    const [, ...s3] = (policies['townin-mlops-prod-mlflow-client'] ?? []).filter(
      ({ Effect }) => Effect === 'Allow',
    )
    const bucket = 'arn:aws:s3:::townin-mlops-prod-artifacts-111111111111-ap-northeast-2'
    expect(s3).toMatchObject([
      { Action: ['s3:GetBucketLocation', 's3:ListBucket'], Resource: bucket },
      {
        Action: [
          's3:AbortMultipartUpload',
          's3:DeleteObject',
          's3:GetObject',
          's3:ListMultipartUploadParts',
          's3:PutObject',
        ],
        Resource: `${bucket}/*`,
      },
    ])
    expect(s3).toHaveLength(2)
  })

  test("the viewer's policy opens the paths of MLflow's pages and no artifacts", () => {
    expect(policies['townin-mlops-prod-mlflow-viewer']).toHaveLength(1)
    expect(invoked('townin-mlops-prod-mlflow-viewer').toSorted()).toEqual([
      '/$default/DELETE/ajax-api/*',
      '/$default/GET/',
      '/$default/GET/ajax-api/*',
      '/$default/GET/get-artifact',
      '/$default/GET/health',
      '/$default/GET/model-versions/get-artifact',
      '/$default/GET/static-files/*',
      '/$default/GET/version',
      '/$default/PATCH/ajax-api/*',
      '/$default/POST/ajax-api/*',
      '/$default/POST/graphql',
      '/$default/PUT/ajax-api/*',
    ])
  })
})

describe('no secret is in a template', () => {
  test.each(Object.keys(environments) as EnvironmentName[])('of %s', (environment) => {
    const { data: dataStack, platform: platformStack } = synthesized(environment)
    const text = JSON.stringify([dataStack.toJSON(), platformStack.toJSON()])
    // The only reference that CloudFormation resolves is the password of the administrator it creates.
    expect(text.match(/\{\{resolve:[^"]*/gu)).toEqual(['{{resolve:secretsmanager:'])
    expect(only('AWS::RDS::DBCluster', dataStack).Properties.MasterUsername).toBe('administrator')
    for (const [id, secret] of ofType('AWS::SecretsManager::Secret', dataStack, platformStack)) {
      expect(secret.Properties.SecretString, id).toBeUndefined()
      expect(secret.Properties.GenerateSecretString, id).toBeDefined()
    }
    for (const [id, { Properties }] of ofType('AWS::Lambda::Function', dataStack, platformStack)) {
      const variables = Object.keys(Properties.Environment?.Variables ?? {})
      expect(
        variables.filter((name) => /PASSWORD|TOKEN|_KEY$/u.test(name)),
        id,
      ).toEqual([])
    }
  })

  test('MLflow gets its login and its key as secrets', () => {
    expect(server.Secrets.map(({ Name }) => Name).toSorted()).toEqual([
      'PGDATABASE',
      'PGHOST',
      'PGPASSWORD',
      'PGPORT',
      'PGUSER',
      'WEBHOOK_KEY_UNPADDED',
    ])
    expect(upgrade.Secrets).toHaveLength(5)
  })
})

describe('the secrets of the roles', () => {
  test.each(['mlflow', 'ops', 'gatekeeper'])('%s says where to log in', (role) => {
    const [, secret] = ofType('AWS::SecretsManager::Secret', data).find(
      ([, { Properties }]) => Properties.Name === `townin-mlops/prod/${role}`,
    ) as [string, Resource]
    const { SecretStringTemplate, GenerateStringKey } = secret.Properties.GenerateSecretString
    expect(GenerateStringKey).toBe('password')
    expect(JSON.parse(inWords(SecretStringTemplate))).toEqual({
      username: role,
      host: '<DatabaseCluster.Endpoint.Address>',
      port: 5432,
      dbname: 'mlops',
    })
  })
})

describe('migrations', () => {
  test('each phase runs again when what it does changes', () => {
    const phases = ofType('Custom::Migrations', platform).map(([, { Properties }]) => Properties)
    expect(Object.fromEntries(phases.map(({ phase, digest }) => [phase, digest]))).toEqual({
      after: digestOf('after'),
      before: digestOf('before'),
    })
    expect(digestOf('after')).not.toBe(digestOf('before'))
    expect(digestOf('after')).toMatch(/^[0-9a-f]{64}$/u)
  })

  test('each phase runs again when the database or MLflow is another', () => {
    for (const [, { Properties }] of ofType('Custom::Migrations', platform)) {
      expect(inWords(Properties.cluster)).toBe('<DatabaseCluster>')
      expect(task.ContainerDefinitions[0].Image).toContain(`:v${Properties.mlflow}-`)
    }
  })
})

test('the outputs are those that clients and the local stack read', () => {
  const outputsOf = (template: typeof data): string[] =>
    Object.keys(template.toJSON()['Outputs'] as object).filter(
      (name) => !name.startsWith('Exports'),
    )
  expect(outputsOf(data).toSorted()).toEqual([
    'AdministratorSecretArn',
    'ClusterArn',
    'DatabaseName',
    'GatekeeperSecretArn',
    'MlflowSecretArn',
    'OpsSecretArn',
  ])
  expect(outputsOf(platform).toSorted()).toEqual([
    'AlertTopicArn',
    'ArtifactBucket',
    'BatchFunction',
    'ClientPolicyArn',
    'ConcludeFunction',
    'CostApiFunction',
    'CostJobFunction',
    'CostJobSchedule',
    'EvaluationApiFunction',
    'EvaluationStateMachineArn',
    'EventBusName',
    'GateCheckFunction',
    'GateEventsFunction',
    'GateFunction',
    'PrepareFunction',
    'PromotionApiFunction',
    'ReleasePolicyArn',
    'ScheduleFunction',
    'ScheduleGroup',
    'TrackingUri',
    'ViewerPolicyArn',
  ])
})

test('nothing asks whether it runs locally', () => {
  const { local, dev } = environments
  const types = (environment: EnvironmentName, { evaluation, alerts }: EnvironmentConfig) => {
    const config = { ...environments[environment], evaluation, alerts }
    const { data: dataStack, platform: platformStack } = synthesize(environment, config)
    return resourcesOf(dataStack, platformStack)
      .map(([, { Type }]) => Type)
      .toSorted()
  }
  // What differs by configuration, such as endpoints that are known, is taken from the same one.
  for (const config of [local, dev]) expect(types('local', config)).toEqual(types('dev', config))
})
