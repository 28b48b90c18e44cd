import { describe, expect, test } from 'vitest'
import {
  type EnvironmentConfig,
  type EnvironmentName,
  environments,
} from '../../config/environments.ts'
import { workloads } from '../../config/workloads.ts'
import { defaultSchedule } from '../../lambdas/domain/benchmark.ts'
import { schedulePayload } from '../../lambdas/evaluation/start/schedule-payload.ts'
import {
  functionOf,
  logs,
  permissionsOf,
  permissionsOfRole,
  sql,
  tracing,
} from './permissions-of.ts'
import { inWords, ofType, only, synthesize, type Synthesized, synthesized } from './synthesized.ts'

/** `prod` as it will be once applications can be called and judged by other models. */
const config: EnvironmentConfig = {
  ...environments.prod,
  evaluation: {
    ...environments.prod.evaluation,
    judges: {
      profile: { provider: 'bedrock', model: 'apac.anthropic.claude-3-5-sonnet-20241022-v2:0' },
      model: {
        provider: 'bedrock',
        model: 'amazon.nova-pro-v1:0',
        embeddingModel: 'cohere.embed-multilingual-v3',
      },
      other: {
        provider: 'openai-compatible',
        baseUrl: 'https://llm.example/v1',
        secretName: 'judge-key',
        model: 'm',
      },
    },
    defaultJudge: 'profile',
    endpoints: {
      graphrag: { url: 'https://engine.example/graphrag', secretName: 'engine-token' },
      'fp-copilot': { url: 'https://engine.example/fp', secretName: 'engine-token' },
    },
  },
}
const prod = synthesize('prod', config)
const { platform } = prod

interface State {
  readonly Type: string
  readonly Next?: string
  readonly End?: boolean
  readonly Catch?: readonly { readonly ErrorEquals: string[]; readonly Next: string }[]
  readonly Retry?: readonly {
    readonly ErrorEquals: string[]
    readonly MaxAttempts: number
    readonly JitterStrategy?: string
    readonly BackoffRate?: number
  }[]
  readonly Arguments?: { readonly FunctionName: string; readonly Payload: unknown }
  readonly Output?: unknown
  readonly TimeoutSeconds?: number
  readonly ItemProcessor?: Machine & { readonly ProcessorConfig: object }
  readonly [field: string]: unknown
}

interface Machine {
  readonly StartAt: string
  readonly States: Readonly<Record<string, State>>
}

const machine = only('AWS::StepFunctions::StateMachine', platform)
const definition = JSON.parse(inWords(machine.Properties.DefinitionString)) as Machine & {
  readonly TimeoutSeconds: number
  readonly QueryLanguage: string
}
const state = (name: string): State => definition.States[name] ?? expect.fail(`no state ${name}`)

/** All tasks, also those inside of maps. */
function tasksOf({ States }: Machine): [string, State][] {
  return Object.entries(States).flatMap(([name, each]) => [
    ...(each.Type === 'Task' ? [[name, each] as [string, State]] : []),
    ...(each.ItemProcessor === undefined ? [] : tasksOf(each.ItemProcessor)),
  ])
}

describe('the state machine', () => {
  test('goes from preparing over batches and costs to the conclusion', () => {
    expect(definition.StartAt).toBe('Prepare')
    expect(state('Prepare').Next).toBe('HowManyBatches')
    expect(state('HowManyBatches')).toMatchObject({
      Type: 'Choice',
      Choices: [
        { Condition: '{% $count($states.input.items) = 0 %}', Next: 'Conclude' },
        { Condition: '{% $states.input.large %}', Next: 'EvaluateManyBatches' },
      ],
      Default: 'EvaluateBatches',
    })
    expect(state('EvaluateBatches').Next).toBe('LetTracesArrive')
    expect(state('EvaluateManyBatches').Next).toBe('LetTracesArrive')
    expect(state('LetTracesArrive')).toEqual({
      Type: 'Wait',
      Seconds: '{% $states.input.secondsForTraces %}',
      Output: { evaluationId: '{% $states.input.evaluationId %}', attempts: 0 },
      Next: 'SettleCosts',
    })
    expect(state('SettleCosts').Next).toBe('AreCostsSettled')
    expect(state('Conclude').End).toBe(true)
  })

  test('calls the function of each step with what it expects', () => {
    const evaluationId = '{% $states.input.evaluationId %}'
    const batch = '{% $states.input.batch %}'
    const called = Object.fromEntries(
      tasksOf(definition).map(([name, { Arguments }]) => [
        name,
        [Arguments?.FunctionName, Arguments?.Payload],
      ]),
    )
    const conclude = '<EvaluationStepsConcludeFunction.Arn>'
    const runBatch = ['<EvaluationStepsBatchFunction.Arn>', { evaluationId, batch }]
    const loseBatch = [
      '<EvaluationStepsBatchFunction.Arn>',
      { evaluationId, batch, lost: '{% $states.input.lost %}' },
    ]
    expect(called).toEqual({
      Prepare: ['<EvaluationStepsPrepareFunction.Arn>', { evaluationId }],
      RunBatch: runBatch,
      LoseBatch: loseBatch,
      RunBatchOfMany: runBatch,
      LoseBatchOfMany: loseBatch,
      SettleCosts: ['<CostsJobFunction.Arn>', { action: 'settle' }],
      Conclude: [conclude, { evaluationId }],
      ConcludeFailure: [conclude, { evaluationId, failure: '{% $states.input.failure %}' }],
    })
  })

  test('runs as many batches at once as the environment says, many of them as executions of their own', () => {
    for (const name of ['EvaluateBatches', 'EvaluateManyBatches']) {
      expect(state(name)).toMatchObject({
        Type: 'Map',
        Items: '{% $states.input.items[] %}',
        MaxConcurrency: config.evaluation.batchesAtOnce,
      })
    }
    expect(state('EvaluateBatches').ItemProcessor?.ProcessorConfig).toEqual({ Mode: 'INLINE' })
    expect(state('EvaluateManyBatches').ItemProcessor?.ProcessorConfig).toEqual({
      Mode: 'DISTRIBUTED',
      ExecutionType: 'STANDARD',
    })
    expect(state('EvaluateManyBatches')).not.toHaveProperty('ResultWriter')
  })

  test('no batch can end an evaluation', () => {
    for (const [map, suffix] of [
      ['EvaluateBatches', ''],
      ['EvaluateManyBatches', 'OfMany'],
    ] as const) {
      const { StartAt, States } = state(map).ItemProcessor as Machine
      expect(StartAt).toBe(`RunBatch${suffix}`)
      const caught = (name: string) =>
        States[name]?.Catch?.map(({ ErrorEquals, Next }) => [ErrorEquals, Next])
      expect(caught(`RunBatch${suffix}`)).toEqual([[['States.ALL'], `LoseBatch${suffix}`]])
      expect(caught(`LoseBatch${suffix}`)).toEqual([[['States.ALL'], `GiveBatchUp${suffix}`]])
      expect(States[`GiveBatchUp${suffix}`]).toMatchObject({ Type: 'Pass', End: true })
    }
  })

  test('what fails for good is concluded, and the execution fails, so that an alarm says so', () => {
    for (const name of ['Prepare', 'EvaluateBatches', 'EvaluateManyBatches', 'Conclude']) {
      expect(state(name).Catch, name).toMatchObject([
        { ErrorEquals: ['States.ALL'], Next: 'ConcludeFailure' },
      ])
    }
    expect(state('ConcludeFailure').Next).toBe('EvaluationFailed')
    expect(state('EvaluationFailed').Type).toBe('Fail')
  })

  test('costs are settled by one evaluation after the other, for no longer than some minutes', () => {
    expect(state('AreCostsSettled')).toMatchObject({
      Type: 'Choice',
      Choices: [
        {
          Condition: '{% $states.input.settled or $states.input.attempts >= 20 %}',
          Next: 'Conclude',
        },
      ],
      Default: 'LetOthersSettle',
    })
    expect(state('LetOthersSettle')).toEqual({ Type: 'Wait', Seconds: 15, Next: 'SettleCosts' })
  })

  test('costs that cannot be settled do not lose the figures', () => {
    expect(state('SettleCosts').Catch).toMatchObject([
      { ErrorEquals: ['States.ALL'], Next: 'Conclude' },
    ])
  })

  test('every task is tried again, later and later and not all at the same moment, and has a limit', () => {
    for (const [name, { Retry = [], TimeoutSeconds }] of tasksOf(definition)) {
      expect(TimeoutSeconds, name).toBe(960)
      const [away, failed] = Retry.slice(-2)
      expect(away?.ErrorEquals, name).toContain('Lambda.TooManyRequestsException')
      expect(failed?.ErrorEquals, name).toEqual(['States.ALL'])
      for (const retry of [away, failed]) {
        expect(retry?.MaxAttempts, name).toBeGreaterThan(1)
        expect(retry?.BackoffRate, name).toBeGreaterThan(1)
        expect(retry?.JitterStrategy, name).toBe('FULL')
      }
    }
  })

  test('what cannot be used is not read three times', () => {
    expect(state('Prepare').Retry?.[0]).toEqual({
      ErrorEquals: ['UnusableInput', 'UnreadableFile'],
      MaxAttempts: 0,
    })
  })

  test('a batch that saved its work when its time was up goes on at once, and often', () => {
    const batch = definition.States['EvaluateBatches']?.ItemProcessor?.States['RunBatch']
    expect(batch?.Retry?.[0]).toMatchObject({
      ErrorEquals: ['BatchUnfinished'],
      MaxAttempts: 20,
      BackoffRate: 1,
    })
  })

  test('hands on no results of batches', () => {
    for (const [name, { Output }] of tasksOf(definition)) {
      if (/Batch/u.test(name)) expect(Output, name).toEqual({})
    }
    const evaluationId = '{% $states.input.evaluationId %}'
    const secondsForTraces = '{% $states.input.secondsForTraces %}'
    for (const name of ['EvaluateBatches', 'EvaluateManyBatches']) {
      expect(state(name).Output, name).toEqual({ evaluationId, secondsForTraces })
    }
  })

  test('ends after half a day, is traced, and logs what went wrong without what was evaluated', () => {
    expect(definition).toMatchObject({ TimeoutSeconds: 43_200, QueryLanguage: 'JSONata' })
    expect(machine.Properties).toMatchObject({
      StateMachineName: 'townin-mlops-prod-evaluation',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
    })
    expect(machine.Properties.StateMachineType ?? 'STANDARD').toBe('STANDARD')
  })

  test('may run its functions and executions of itself, and nothing else', () => {
    const [roleId] = machine.Properties.RoleArn['Fn::GetAtt'] as [string]
    const own = 'arn:aws:states:ap-northeast-2:111111111111'
    const name = 'townin-mlops-prod-evaluation'
    const everywhere = Object.fromEntries(
      [
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ].map((action) => [action, ['*']]),
    )
    expect(permissionsOfRole(roleId, prod)).toEqual({
      ...everywhere,
      'lambda:InvokeFunction': [
        '<CostsJobFunction.Arn>',
        '<EvaluationStepsBatchFunction.Arn>',
        '<EvaluationStepsConcludeFunction.Arn>',
        '<EvaluationStepsPrepareFunction.Arn>',
      ],
      'states:StartExecution': [`${own}:stateMachine:${name}`],
      'states:DescribeExecution': [`${own}:execution:${name}:*`],
      'states:StopExecution': [`${own}:execution:${name}:*`],
    })
    // Its policy is there before it: Step Functions tries the log out when the machine is made.
    expect(machine.DependsOn?.some((id) => id.includes('RoleDefaultPolicy'))).toBe(true)
  })
})

describe('each function may do its step and nothing else', () => {
  const bucket = 'arn:aws:s3:::townin-mlops-prod-artifacts-111111111111-ap-northeast-2'
  const below = (...prefixes: string[]): string[] =>
    prefixes.map((prefix) => `${bucket}/${prefix}*`).toSorted()
  const opsSecret = '<DatabaseOpsSecret>'
  const parameters = workloads
    .map(
      ({ name }) =>
        `arn:aws:ssm:ap-northeast-2:111111111111:parameter<EvaluationLastSuccess${name.replaceAll('-', '')}>`,
    )
    .toSorted()
  const plain = (
    name: string,
    { 'execute-api:Invoke': invoked, ...rest }: Record<string, string[]>,
  ) => {
    for (const arn of invoked ?? []) expect(arn, name).toContain('<FrontDoorApi>/$default/')
    return rest
  }
  const of = (name: string) => plain(name, permissionsOf(name, prod))

  test('prepare reads rows and writes its own files', () => {
    expect(of('EvaluationStepsPrepareFunction')).toEqual({
      ...sql,
      ...tracing,
      ...logs('EvaluationStepsPrepareFunctionLogs'),
      'secretsmanager:GetSecretValue': [opsSecret],
      's3:GetObject': below('datasets/', 'evaluations/', 'recorded/'),
      's3:PutObject': below('evaluations/'),
      's3:ListBucket': [bucket],
    })
  })

  test('a batch reads files, calls the configured models, and reads keys by their names', () => {
    const secret = 'arn:aws:secretsmanager:ap-northeast-2:111111111111:secret'
    expect(of('EvaluationStepsBatchFunction')).toEqual({
      ...sql,
      ...tracing,
      ...logs('EvaluationStepsBatchFunctionLogs'),
      'secretsmanager:GetSecretValue': [
        opsSecret,
        `${secret}:engine-token-??????`,
        `${secret}:judge-key-??????`,
      ],
      's3:GetObject': below('datasets/', 'evaluations/'),
      's3:PutObject': below('evaluations/'),
      's3:ListBucket': [bucket],
      'bedrock:InvokeModel': [
        'arn:aws:bedrock:*::foundation-model/anthropic.claude-3-5-sonnet-20241022-v2:0',
        'arn:aws:bedrock:ap-northeast-2:111111111111:inference-profile/apac.anthropic.claude-3-5-sonnet-20241022-v2:0',
        'arn:aws:bedrock:ap-northeast-2::foundation-model/amazon.nova-pro-v1:0',
        'arn:aws:bedrock:ap-northeast-2::foundation-model/cohere.embed-multilingual-v3',
      ],
    })
  })

  test('conclude writes the table of its run, and tells everyone', () => {
    expect(of('EvaluationStepsConcludeFunction')).toEqual({
      ...sql,
      ...tracing,
      ...logs('EvaluationStepsConcludeFunctionLogs'),
      'secretsmanager:GetSecretValue': [opsSecret],
      's3:GetObject': below('evaluations/', 'graphs/'),
      's3:PutObject': below('*/*/artifacts/evaluation_results.json', 'evaluations/'),
      's3:ListBucket': [bucket],
      'cloudwatch:PutMetricData': ['*'],
      'events:PutEvents': ['<EventsBus.Arn>'],
      'ssm:GetParameter': parameters,
      'ssm:PutParameter': parameters,
      'sqs:SendMessage': ['<EvaluationEndingsDeadLetters.Arn>'],
    })
  })

  test('the API starts and stops evaluations and reads their files', () => {
    expect(of('EvaluationApiFunction')).toEqual({
      ...sql,
      ...tracing,
      ...logs('EvaluationApiFunctionLogs'),
      'secretsmanager:GetSecretValue': [opsSecret],
      's3:GetObject': below('evaluations/'),
      's3:ListBucket': [bucket],
      'states:StartExecution': ['<EvaluationMachineStateMachine>'],
      'states:StopExecution': [
        'arn:aws:states:ap-northeast-2:111111111111:execution:townin-mlops-prod-evaluation:*',
      ],
    })
  })

  test('the schedule starts evaluations and says how long ago one succeeded', () => {
    expect(of('EvaluationBenchmarksFunction')).toEqual({
      ...sql,
      ...tracing,
      ...logs('EvaluationBenchmarksFunctionLogs'),
      'secretsmanager:GetSecretValue': [opsSecret],
      'cloudwatch:PutMetricData': ['*'],
      'ssm:GetParameter': parameters,
      'states:StartExecution': ['<EvaluationMachineStateMachine>'],
      'sqs:SendMessage': ['<EvaluationBenchmarksJobDeadLetters.Arn>'],
    })
  })

  test('the description of the API may do nothing', () => {
    expect(of('ApiReferenceFunction')).toEqual({ ...tracing, ...logs('ApiReferenceFunctionLogs') })
  })

  test.each<[string, string[]]>([
    ['EvaluationStepsPrepareFunction', ['ARTIFACT_BUCKET', 'FRONT_DOOR_URL', 'OPS_SECRET_ARN']],
    ['EvaluationStepsBatchFunction', ['ARTIFACT_BUCKET', 'FRONT_DOOR_URL', 'OPS_SECRET_ARN']],
    [
      'EvaluationStepsConcludeFunction',
      [
        'ARTIFACT_BUCKET',
        'EVENT_BUS_NAME',
        'FRONT_DOOR_URL',
        'LAST_SUCCESS_PREFIX',
        'METRICS_NAMESPACE',
        'OPS_SECRET_ARN',
      ],
    ],
    [
      'EvaluationApiFunction',
      ['ARTIFACT_BUCKET', 'FRONT_DOOR_URL', 'OPS_SECRET_ARN', 'STATE_MACHINE_ARN'],
    ],
    [
      'EvaluationBenchmarksFunction',
      ['LAST_SUCCESS_PREFIX', 'METRICS_NAMESPACE', 'OPS_SECRET_ARN', 'STATE_MACHINE_ARN'],
    ],
  ])('%s is told where everything is that it may use', (name, variables) => {
    const known = ['CLUSTER_ARN', 'DATABASE_NAME', 'ENVIRONMENT', 'NODE_OPTIONS']
    const { Variables } = functionOf(name, platform).Properties.Environment
    expect(Object.keys(Variables).toSorted()).toEqual([...known, ...variables].toSorted())
  })

  test('the parameters of last successes are where the functions look', () => {
    const { Variables } = functionOf('EvaluationBenchmarksFunction', platform).Properties
      .Environment
    expect(ofType('AWS::SSM::Parameter', platform).map(([, { Properties }]) => Properties)).toEqual(
      workloads.map(({ name }) =>
        expect.objectContaining({
          Name: `${Variables['LAST_SUCCESS_PREFIX']}${name}`,
          // No moment: since the deployment nothing has succeeded.
          Value: 'never',
        }),
      ),
    )
  })
})

describe('whatever way an execution ends', () => {
  test('the conclusion hears of it, is tried again, and what fails for good is kept', () => {
    const [, { Properties: rule }] =
      ofType('AWS::Events::Rule', platform).find(([id]) => id.startsWith('EvaluationEndings')) ??
      expect.fail('there is no rule')
    expect(rule.EventPattern).toMatchObject({
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    })
    expect(rule.EventPattern.detail.stateMachineArn.map(inWords)).toEqual([
      '<EvaluationMachineStateMachine>',
    ])
    expect(rule).not.toHaveProperty('EventBusName')
    const [target] = rule.Targets
    expect(inWords(target.Arn)).toBe('<EvaluationStepsConcludeFunction.Arn>')
    expect(target.RetryPolicy).toEqual({
      MaximumEventAgeInSeconds: 21_600,
      MaximumRetryAttempts: 20,
    })
    expect(inWords(target.DeadLetterConfig.Arn)).toBe('<EvaluationEndingsDeadLetters.Arn>')
  })

  test('a failure and a time-out raise an alarm; being cancelled does not', () => {
    const watched = ofType('AWS::CloudWatch::Alarm', platform)
      .map(([, { Properties }]) => Properties)
      .filter(({ Namespace }) => Namespace === 'AWS/States')
    expect(watched.map(({ AlarmName, MetricName }) => [AlarmName, MetricName])).toEqual([
      ['townin-mlops-prod-evaluation-failed', 'ExecutionsFailed'],
      ['townin-mlops-prod-evaluation-timed-out', 'ExecutionsTimedOut'],
    ])
  })
})

test("there is one bus for the platform's own events", () => {
  expect(only('AWS::Events::EventBus', platform).Properties.Name).toBe('townin-mlops-prod')
})

describe.each(Object.keys(environments) as EnvironmentName[])('schedules of %s', (name) => {
  const made: Synthesized = synthesized(name)
  const { timeZone, evaluation } = environments[name]
  const schedules = new Map(
    ofType('AWS::Scheduler::Schedule', made.platform)
      .filter(([, { Properties }]) => !['costs', 'gate'].includes(Properties.Name))
      .map(([, { Properties }]) => [Properties.Name as string, Properties]),
  )

  test('there is one for each benchmark that can run here, and one that watches them', () => {
    const benchmarks = workloads
      .filter(
        ({ name: workload, benchmark }) =>
          benchmark?.source.kind !== 'endpoint' || workload in evaluation.endpoints,
      )
      .map(({ name: workload }) => `benchmark-${workload}`)
    expect([...schedules.keys()].toSorted()).toEqual(['evaluation-watch', ...benchmarks].toSorted())
  })

  test('benchmarks run at two in the morning where the team lives; the watch each hour', () => {
    for (const [schedule, properties] of schedules) {
      const isWatch = schedule === 'evaluation-watch'
      expect(properties.ScheduleExpression, schedule).toBe(
        isWatch ? 'rate(1 hour)' : `cron(${defaultSchedule})`,
      )
      if (!isWatch) expect(properties.ScheduleExpressionTimezone, schedule).toBe(timeZone)
      expect(inWords(properties.GroupName), schedule).toBe(`townin-mlops-${name}`)
    }
  })

  test('all go to the function that starts benchmarks, with what it understands', () => {
    for (const [schedule, { Target }] of schedules) {
      expect(inWords(Target.Arn), schedule).toBe('<EvaluationBenchmarksFunction.Arn>')
      const payload = schedulePayload.parse(JSON.parse(Target.Input))
      expect(payload, schedule).toEqual(
        schedule === 'evaluation-watch'
          ? { action: 'watch' }
          : {
              action: 'start',
              workload: schedule.replace(/^benchmark-/u, ''),
              scheduledAt: '<aws.scheduler.scheduled-time>',
            },
      )
    }
  })
})
