import { describe, expect, test } from 'vitest'
import { workloads } from '../../config/workloads.ts'
import { readNotification } from '../../lambdas/alerts/notification.ts'
import { guardedRoutes } from '../../lambdas/promotion/mlflow/guarded-routes.ts'
import { internalFolder } from '../../lambdas/platform/internal-folder.ts'
import { namesToProtect } from '../../lib/constructs/migrations.ts'
import { strangeReasons } from '../alerts/samples.ts'
import {
  functionOf,
  listOf,
  logs,
  permissionsOf,
  permissionsOfRole,
  type Statement,
  sql,
  tracing,
} from './permissions-of.ts'
import { inWords, ofType, resourcesOf, synthesized } from './synthesized.ts'

const prod = synthesized('prod')
const { platform } = prod
const bucket = 'arn:aws:s3:::townin-mlops-prod-artifacts-111111111111-ap-northeast-2'

const targets = new Map(
  ofType('AWS::ApiGatewayV2::Route', platform).map(([, { Properties }]) => [
    Properties.RouteKey as string,
    Properties,
  ]),
)

/** Where a route leads: the logical id of its integration. */
function targetOf(route: string): string {
  return inWords(targets.get(route)?.Target)
}

/** Calls of the front door that a policy's resource names, such as `POST /api/*`. */
function invoked(resource: unknown): string {
  return inWords(resource).replace(/^.*<FrontDoorApi>\/\$default\//u, '')
}

describe('calls of MLflow that move or remove what is in production', () => {
  test.each(['/api/2.0/mlflow', '/ajax-api/2.0/mlflow'])('reach the gate, below %s', (root) => {
    for (const call of [
      'POST registered-models/alias',
      'DELETE registered-models/alias',
      'POST registered-models/rename',
      'DELETE registered-models/delete',
      'POST model-versions/transition-stage',
      'DELETE model-versions/delete',
    ]) {
      expect(targetOf(call.replace(' ', ` ${root}/`)), call).toContain('Gate')
    }
  })

  test('no other call of MLflow does', () => {
    const toGate = [...targets.keys()].filter((route) => targetOf(route).includes('Gate'))
    expect(toGate.toSorted()).toEqual(guardedRoutes.toSorted())
  })
})

describe('the way past the gate', () => {
  const route = `ANY ${internalFolder}/{proxy+}`

  test('it leads to MLflow by the network, without its own folder, for signed requests only', () => {
    const [, integration] =
      ofType('AWS::ApiGatewayV2::Integration', platform).find(([id]) =>
        targetOf(route).includes(id.replace(/[0-9A-F]{8}$/u, '')),
      ) ?? expect.fail('there is no integration')
    expect(integration.Properties).toMatchObject({
      ConnectionType: 'VPC_LINK',
      IntegrationType: 'HTTP_PROXY',
      RequestParameters: { 'overwrite:path': '/$request.path.proxy' },
    })
    expect(targets.get(route)?.AuthorizationType).toBe('AWS_IAM')
  })

  test('only the roles of the gate may take it, call by call', () => {
    const holders: string[] = []
    for (const [id, { Type, Properties }] of resourcesOf(platform)) {
      if (Type !== 'AWS::IAM::Policy' && Type !== 'AWS::IAM::ManagedPolicy') continue
      for (const { Action, Resource } of Properties.PolicyDocument.Statement as Statement[]) {
        if (!listOf(Action).includes('execute-api:Invoke')) continue
        for (const call of listOf(Resource).map(invoked)) {
          // A wildcard in place of a method or at the beginning of a path would open it too.
          expect(call, id).toMatch(/^(?:GET|POST|PUT|PATCH|DELETE)\/(?!\*)/u)
          if (!call.includes('/_mlflow')) continue
          expect(call, id).toMatch(
            /^[A-Z]+\/_mlflow\/(?:ajax-)?api\/[23]\.0\/mlflow\/[a-z-]+\/(?:[a-z-]+|\*)$/u,
          )
          holders.push(Properties.Roles.map((role: unknown) => inWords(role)).join())
        }
      }
    }
    expect(new Set(holders)).toEqual(
      new Set([
        '<PromotionFunctionsGateRole>',
        '<PromotionFunctionsApiRole>',
        '<PromotionFunctionsCheckRole>',
        '<PromotionFunctionsEventsRole>',
      ]),
    )
  })

  test('the gate may hand on every call that it stands before', () => {
    const calls = permissionsOf('PromotionFunctionsGate', prod)['execute-api:Invoke']?.map(invoked)
    for (const guarded of guardedRoutes) {
      expect(calls).toContain(guarded.replace(' ', internalFolder))
    }
  })
})

describe('the functions of the gate', () => {
  const shared = {
    ...sql,
    ...tracing,
    'secretsmanager:GetSecretValue': ['<DatabaseGatekeeperSecret>', '<DatabaseOpsSecret>'],
  }
  const putEvents = { 'events:PutEvents': ['<EventsBus.Arn>'] }
  const versions = {
    's3:ListBucketVersions': [bucket],
  }
  const evidence = {
    ...versions,
    's3:GetObject': [`${bucket}/*/MLmodel*`, `${bucket}/datasets/*`, `${bucket}/evaluations/*`],
    's3:ListBucket': [bucket],
  }

  test.each([
    ['Gate', { ...putEvents, ...evidence }],
    ['Api', { ...putEvents, ...evidence }],
    ['Events', { ...putEvents, 'sqs:SendMessage': ['<PromotionDeadLetters.Arn>'] }],
    [
      'Check',
      {
        ...putEvents,
        ...versions,
        's3:GetObject': [`${bucket}/*/MLmodel*`],
        's3:ListBucket': [bucket],
        'cloudwatch:GetMetricData': ['*'],
        'cloudwatch:PutMetricData': ['*'],
        'sqs:SendMessage': ['<PromotionJobDeadLetters.Arn>'],
        'ssm:GetParameter': [
          expect.stringMatching(/parameter\/townin-mlops\/prod\/gate\/last-success$/u),
        ],
        'ssm:PutParameter': [
          expect.stringMatching(/parameter\/townin-mlops\/prod\/gate\/last-success$/u),
        ],
      },
    ],
  ])('%s may do its part and nothing else', (name, own) => {
    const { 'execute-api:Invoke': _calls, ...permissions } = permissionsOf(
      `PromotionFunctions${name}`,
      prod,
    )
    expect(permissions).toEqual({ ...shared, ...logs(`PromotionFunctions${name}Logs`), ...own })
  })

  test('no other function but the migrations may log in as the gatekeeper', () => {
    const holders = ofType('AWS::Lambda::Function', platform)
      .filter(
        ([, { Properties }]) =>
          'GATEKEEPER_SECRET_ARN' in (Properties.Environment?.Variables ?? {}),
      )
      .map(([id]) => id.replace(/[0-9A-F]{8}$/u, ''))
    expect(holders.toSorted()).toEqual([
      'MigrationsFunction',
      'PromotionFunctionsApi',
      'PromotionFunctionsCheck',
      'PromotionFunctionsEvents',
      'PromotionFunctionsGate',
    ])
    for (const [id, { Properties }] of ofType('AWS::IAM::Policy', platform)) {
      if (!JSON.stringify(Properties.PolicyDocument).includes('DatabaseGatekeeperSecret')) continue
      expect(Properties.Roles.map(inWords).join(), id).toMatch(
        /^<(?:Migrations|PromotionFunctions)/u,
      )
    }
  })

  test('know the commit that they are made from, and nothing else does: a commit changes only them', () => {
    const knowing = resourcesOf(prod.data, platform)
      .filter(([, resource]) => JSON.stringify(resource).includes('townin-mlops 0 (commit)'))
      .map(([id, { Properties }]) => {
        expect(Properties.Environment.Variables.CODE_VERSION).toBe('townin-mlops 0 (commit)')
        return id.replace(/[0-9A-F]{8}$/u, '')
      })
    expect(knowing.toSorted()).toEqual([
      'PromotionFunctionsApi',
      'PromotionFunctionsCheck',
      'PromotionFunctionsEvents',
      'PromotionFunctionsGate',
    ])
  })

  test('those that answer requests say why themselves before API Gateway gives up', () => {
    for (const name of ['Gate', 'Api']) {
      expect(functionOf(`PromotionFunctions${name}`, platform).Properties.Timeout).toBe(29)
    }
  })
})

test('missed goals on the bus of the platform are delivered, and kept when they cannot be', () => {
  const [, rule] =
    ofType('AWS::Events::Rule', platform).find(([, { Properties }]) =>
      JSON.stringify(Properties.EventPattern).includes('GoalMissed'),
    ) ?? expect.fail('there is no rule')
  expect(inWords(rule.Properties.EventBusName)).toBe('<EventsBus>')
  expect(rule.Properties.EventPattern).toEqual({
    source: ['townin.mlops'],
    'detail-type': ['GoalMissed'],
  })
  const [target] = rule.Properties.Targets
  expect(inWords(target.Arn)).toBe('<PromotionFunctionsEvents.Arn>')
  expect(inWords(target.DeadLetterConfig.Arn)).toBe('<PromotionDeadLetters.Arn>')
})

const [, rolledBackRule] =
  ofType('AWS::Events::Rule', platform).find(([, { Properties }]) =>
    JSON.stringify(Properties.EventPattern).includes('RolledBack'),
  ) ?? expect.fail('there is no rule')

test('rollbacks that nobody has asked for become an alert, and are kept when they cannot', () => {
  const rule = rolledBackRule
  expect(inWords(rule.Properties.EventBusName)).toBe('<EventsBus>')
  expect(rule.Properties.EventPattern).toEqual({
    source: ['townin.mlops'],
    'detail-type': ['RolledBack'],
    detail: { automatic: [true] },
  })
  const [target] = rule.Properties.Targets
  expect(inWords(target.Arn)).toBe('<AlertsTopic>')
  expect(inWords(target.RoleArn)).toBe('<PromotionTellRole.Arn>')
  expect(inWords(target.DeadLetterConfig.Arn)).toBe('<PromotionDeadLetters.Arn>')
  const roleId = target.RoleArn['Fn::GetAtt'][0] as string
  expect(permissionsOfRole(roleId, prod)).toEqual({
    'sns:Publish': ['<AlertsTopic>'],
    'kms:Decrypt': ['<AlertsKey.Arn>'],
    'kms:GenerateDataKey': ['<AlertsKey.Arn>'],
  })
})

describe('the alert of a rollback that nobody has asked for', () => {
  const { InputTemplate, InputPathsMap } = rolledBackRule.Properties.Targets[0]
    .InputTransformer as {
    readonly InputTemplate: string
    readonly InputPathsMap: Readonly<Record<string, string>>
  }
  const detail = {
    workload: 'fp-copilot',
    name: 'fp_copilot_answer',
    from: 5,
    to: 4,
    reason: 'missed',
    entry: 31,
  }
  /** As EventBridge makes it: an object in the place of a value is inserted as it is. */
  const published = (more: Partial<typeof detail> = {}): string =>
    InputTemplate.replace('<detail>', () => JSON.stringify({ ...detail, ...more }))

  test('has nothing of the event in its texts, where EventBridge escapes nothing, but its detail as a value', () => {
    expect(InputPathsMap).toEqual({ detail: '$.detail' })
    expect(InputTemplate.match(/<[^>]*>/gu)).toEqual(['<detail>'])
    expect(InputTemplate).toMatch(/"detail": <detail>\n\}$/u)
  })

  test('is some lines in a mail, the first of which says what happened', () => {
    expect(published().split('\n')).toEqual([
      '{',
      '  "alert": "A version went back by itself, since a goal of its workload stayed missed.",',
      '  "runbook": "docs/runbook.md#rolled-back",',
      '  "event": "RolledBack",',
      `  "detail": ${JSON.stringify(detail)}`,
      '}',
    ])
  })

  test.each(strangeReasons)(
    'is understood by what sends it to Slack, with the reason %j',
    (reason) => {
      const notification = readNotification({
        subject: '',
        message: published({ reason, name: reason }),
        at: new Date(0),
      })
      expect(notification).toEqual({
        ...detail,
        kind: 'rollback',
        name: reason,
        reason,
        runbook: 'rolled-back',
      })
    },
  )
})

test('a broken gate is a page, and stays one until a check finds nothing', () => {
  const [, alarm] =
    ofType('AWS::CloudWatch::Alarm', platform).find(
      ([, { Properties }]) => Properties.AlarmName === 'townin-mlops-prod-gate-is-broken',
    ) ?? expect.fail('there is no alarm')
  expect(alarm.Properties).toMatchObject({
    Namespace: 'TowninMlops',
    MetricName: 'GateFindings',
    Dimensions: [{ Name: 'Environment', Value: 'prod' }],
    Statistic: 'Maximum',
    Threshold: 1,
    TreatMissingData: 'ignore',
  })
  expect(alarm.Properties.AlarmDescription).toMatch(/Severity: page/u)
})

test('the gate is checked each hour', () => {
  const [, schedule] =
    ofType('AWS::Scheduler::Schedule', platform).find(
      ([, { Properties }]) => Properties.Name === 'gate',
    ) ?? expect.fail('there is no schedule')
  expect(schedule.Properties.ScheduleExpression).toBe('rate(1 hour)')
  expect(inWords(schedule.Properties.Target.Arn)).toBe('<PromotionFunctionsCheck.Arn>')
})

describe('the names of the configuration are protected', () => {
  const phases = Object.fromEntries(
    ofType('Custom::Migrations', platform).map(([, { Properties }]) => [
      Properties.phase,
      Properties,
    ]),
  )

  test('they are given to the second phase, so that a gate that changes is applied', () => {
    const names = JSON.parse(phases['after'].protect)
    expect(names).toEqual(namesToProtect(workloads))
    expect(names).toEqual(
      expect.arrayContaining([
        { name: 'fraud-detector', kind: 'model', workload: 'fraud-detector' },
        { name: 'fp_copilot_answer', kind: 'prompt', workload: 'fp-copilot' },
      ]),
    )
    expect(phases['before']).not.toHaveProperty('protect')
  })

  test('another gate is another property', () => {
    const more = workloads.map((each) =>
      each.name === 'graphrag' ? { ...each, gate: { prompts: ['insurance_qa'] } } : each,
    )
    expect(namesToProtect(more)).not.toEqual(namesToProtect(workloads))
  })
})
