import { describe, expect, test } from 'vitest'
import { type EnvironmentName, environments } from '../../config/environments.ts'
import { inWords, ofType, only, synthesize, synthesized } from './synthesized.ts'

const names = Object.keys(environments) as EnvironmentName[]

describe.each(names)('the database of %s can pause', (environment) => {
  const { data, platform } = synthesized(environment)
  const cluster = only('AWS::RDS::DBCluster', data).Properties

  test('it may scale down to nothing', () => {
    const { database } = environments[environment]
    expect(cluster.ServerlessV2ScalingConfiguration).toEqual({
      MinCapacity: 0,
      MaxCapacity: database.maxCapacity,
      SecondsUntilAutoPause: database.pauseAfterMinutes * 60,
    })
    expect(cluster.EngineVersion).toMatch(/^17\.(?:[4-9]|\d\d)$/u)
  })

  test('functions use the Data API, which holds no connection', () => {
    expect(cluster.EnableHttpEndpoint).toBe(true)
  })

  test('MLflow holds no connection when it is idle', () => {
    const task = only('AWS::ECS::TaskDefinition', platform).Properties
    const server = task.ContainerDefinitions.find(({ Name }: { Name: string }) => Name === 'mlflow')
    expect(server.Environment).toEqual(
      expect.arrayContaining([
        { Name: 'MLFLOW_SQLALCHEMYSTORE_POOLCLASS', Value: 'NullPool' },
        { Name: 'MLFLOW_SERVER_ENABLE_JOB_EXECUTION', Value: 'false' },
      ]),
    )
    expect(inWords(server.Command[2])).toContain('--workers 1')
  })

  test('nothing that keeps a cluster awake is attached to it', () => {
    for (const type of ['AWS::RDS::DBProxy', 'AWS::RDS::GlobalCluster', 'AWS::RDS::Integration']) {
      expect(ofType(type, data, platform), type).toEqual([])
    }
    const instance = only('AWS::RDS::DBInstance', data).Properties
    expect(instance.EnablePerformanceInsights ?? false).toBe(false)
    expect(instance.MonitoringInterval ?? 0).toBe(0)
  })
})

describe('awake hours', () => {
  const { data } = synthesized('prod')
  const schedules = Object.fromEntries(
    ofType('AWS::Scheduler::Schedule', data).map(([id, schedule]) => [
      id.includes('Wake') ? 'wake' : 'rest',
      schedule.Properties,
    ]),
  )

  test('the Scheduler itself raises the minimum in the morning and lowers it in the evening', () => {
    expect(inWords(schedules['wake'].Target.Input)).toBe(
      '{"DbClusterIdentifier":"<DatabaseCluster>","ServerlessV2ScalingConfiguration":{"MinCapacity":0.5,"MaxCapacity":4},"ApplyImmediately":true}',
    )
    expect(inWords(schedules['rest'].Target.Input)).toBe(
      '{"DbClusterIdentifier":"<DatabaseCluster>","ServerlessV2ScalingConfiguration":{"MinCapacity":0,"MaxCapacity":4,"SecondsUntilAutoPause":600},"ApplyImmediately":true}',
    )
    for (const schedule of Object.values(schedules)) {
      expect(inWords(schedule.Target.Arn)).toBe(
        'arn:<AWS::Partition>:scheduler:::aws-sdk:rds:modifyDBCluster',
      )
    }
  })

  test('they are in the time zone of the environment', () => {
    expect(schedules['wake']).toMatchObject({
      ScheduleExpression: 'cron(0 9 ? * MON-FRI *)',
      ScheduleExpressionTimezone: 'Asia/Seoul',
    })
    expect(schedules['rest'].ScheduleExpression).toBe('cron(0 19 ? * MON-FRI *)')
  })

  test('their role may modify this cluster and leave dead letters, nothing else', () => {
    const [, policy] =
      ofType('AWS::IAM::Policy', data).find(([id]) => id.startsWith('Scheduler')) ?? []
    expect(
      policy?.Properties.PolicyDocument.Statement.map(
        (statement: { Action: string; Resource: unknown }) =>
          `${statement.Action} ${inWords(statement.Resource)}`,
      ),
    ).toEqual([
      'rds:ModifyDBCluster arn:aws:rds:ap-northeast-2:111111111111:cluster:<DatabaseCluster>',
      'sqs:SendMessage <DatabaseAwakeHoursDeadLetters.Arn>',
    ])
  })

  test('without them there is no schedule', () => {
    expect(ofType('AWS::Scheduler::Schedule', synthesized('dev').data)).toEqual([])
  })
})

test('a database that should always be up has no pause', () => {
  const { database, ...config } = environments.dev
  const { pauseAfterMinutes: _never, ...always } = { ...database, minCapacity: 1 }
  const { data } = synthesize('dev', { ...config, database: always as typeof database })
  expect(only('AWS::RDS::DBCluster', data).Properties.ServerlessV2ScalingConfiguration).toEqual({
    MinCapacity: 1,
    MaxCapacity: 2,
  })
})
