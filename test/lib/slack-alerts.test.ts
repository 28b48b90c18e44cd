import { describe, expect, test } from 'vitest'
import { type EnvironmentConfig, environments } from '../../config/environments.ts'
import { functionOf, logs, permissionsOf, sql, tracing } from './permissions-of.ts'
import { inWords, ofType, only, synthesize, synthesized } from './synthesized.ts'

const { prod: configured } = environments
const slack = { secretName: 'slack-webhook', language: 'ko' } as const
const config: EnvironmentConfig = { ...configured, alerts: { ...configured.alerts, slack } }
const prod = synthesize('prod', config)
const { platform } = prod

test('where no channel is configured nothing is sent to Slack', () => {
  const without = synthesized('prod').platform
  expect(configured.alerts).not.toHaveProperty('slack')
  expect(
    ofType('AWS::Lambda::Function', without)
      .map(([id]) => id)
      .join(),
  ).not.toMatch(/Slack/u)
  expect(Object.keys(without.toJSON()['Outputs'])).not.toContain('AlertsFunction')
})

describe('where a channel is configured', () => {
  test('the function is subscribed to the alerts, besides who gets them by mail', () => {
    const subscriptions = ofType('AWS::SNS::Subscription', platform).map(
      ([, { Properties }]) => Properties,
    )
    expect(new Set(subscriptions.map(({ Protocol }) => Protocol))).toEqual(
      new Set(['email', 'lambda']),
    )
    const subscription = subscriptions.find(({ Protocol }) => Protocol === 'lambda')
    expect(inWords(subscription?.TopicArn)).toBe('<AlertsTopic>')
    expect(inWords(subscription?.Endpoint)).toBe('<SlackAlertsFunction.Arn>')
    expect(inWords(subscription?.RedrivePolicy.deadLetterTargetArn)).toBe(
      '<SlackAlertsDeadLetters.Arn>',
    )
    // Every alert, also the one that says that alerts do not arrive: when it comes, Slack may be back.
    expect(subscription).not.toHaveProperty('FilterPolicy')
  })

  test('what Slack does not take is tried again and then kept, and an alarm says so', () => {
    const [, { Properties }] =
      ofType('AWS::Lambda::EventInvokeConfig', platform).find(([id]) =>
        id.startsWith('SlackAlerts'),
      ) ?? expect.fail('its failures are not kept')
    expect(Properties.MaximumRetryAttempts).toBe(2)
    expect(inWords(Properties.DestinationConfig.OnFailure.Destination)).toBe(
      '<SlackAlertsDeadLetters.Arn>',
    )
    const [, alarm] =
      ofType('AWS::CloudWatch::Alarm', platform).find(
        ([, each]) => each.Properties.AlarmName === 'townin-mlops-prod-alerts-undelivered',
      ) ?? expect.fail('there is no alarm')
    expect(alarm.Properties.AlarmDescription).toMatch(/Severity: page/u)
    expect(alarm.Properties.AlarmActions.map(inWords)).toEqual(['<AlertsTopic>'])
  })

  test('SNS may put into the queue what it cannot deliver', () => {
    const policy = ofType('AWS::SQS::QueuePolicy', platform).find(([id]) =>
      id.startsWith('SlackAlertsDeadLetters'),
    )?.[1].Properties.PolicyDocument
    expect(policy.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Principal: { Service: 'sns.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': expect.anything() } },
      }),
    )
  })

  test('the function may read the address of the webhook and the figures of goals, and nothing else', () => {
    expect(permissionsOf('SlackAlertsFunction', prod)).toEqual({
      ...sql,
      ...tracing,
      ...logs('SlackAlertsFunctionLogs'),
      'secretsmanager:GetSecretValue': [
        '<DatabaseOpsSecret>',
        'arn:aws:secretsmanager:ap-northeast-2:111111111111:secret:slack-webhook-??????',
      ],
      'sqs:SendMessage': ['<SlackAlertsDeadLetters.Arn>'],
    })
  })

  test('it knows the channel, the language and where links lead', () => {
    const { Variables } = functionOf('SlackAlertsFunction', platform).Properties.Environment
    expect(Variables).toMatchObject({
      ENVIRONMENT: 'prod',
      SLACK_SECRET_NAME: 'slack-webhook',
      SLACK_LANGUAGE: 'ko',
    })
    expect(inWords(Variables['FRONT_DOOR_URL'])).toBe('<FrontDoorApi.ApiEndpoint>')
  })

  test('there is still one topic', () => {
    expect(only('AWS::SNS::Topic', platform).Properties.TopicName).toBe('townin-mlops-prod-alerts')
  })
})
