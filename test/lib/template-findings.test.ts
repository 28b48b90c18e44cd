import { describe, expect, test } from 'vitest'
import { findingsIn } from '../../lib/checks/synthesis.ts'
import { acceptedIn, compare, withoutAcceptance } from '../../lib/checks/template-findings.ts'

const template = {
  Resources: {
    Queue: {
      Type: 'AWS::SQS::Queue',
      Metadata: {
        'aws:cdk:path': 'Stack/Queue',
        checkov: { skip: [{ id: 'CKV_AWS_27', comment: 'because' }] },
        'cfn-lint': { config: { ignore_checks: ['W3005'] } },
      },
    },
    Topic: {},
  },
}
const queue = { template: 'a.json', resource: 'Queue' }
const message = 'not good'

test('what a template accepts is read from its metadata', () => {
  expect(acceptedIn('a.json', template)).toEqual([
    { ...queue, rule: 'CKV_AWS_27' },
    { ...queue, rule: 'W3005' },
  ])
})

test('the checkers get a template that accepts nothing', () => {
  expect(acceptedIn('a.json', withoutAcceptance(template))).toEqual([])
  expect(withoutAcceptance(template).Resources?.['Queue']).toEqual({
    Type: 'AWS::SQS::Queue',
    Metadata: { 'aws:cdk:path': 'Stack/Queue' },
  })
})

describe('comparing', () => {
  const accepted = acceptedIn('a.json', template)

  test('a finding that is accepted is neither open nor stale', () => {
    const findings = accepted.map((acceptance) => ({ ...acceptance, message }))
    expect(compare(findings, accepted)).toEqual({ open: [], stale: [] })
  })

  test.each([
    ['of another rule', { ...queue, rule: 'CKV_AWS_28', message }],
    ['of another resource', { ...queue, resource: 'Topic', rule: 'CKV_AWS_27', message }],
    ['in another template', { ...queue, template: 'b.json', rule: 'CKV_AWS_27', message }],
  ])('a finding %s is open', (_where, finding) => {
    expect(compare([finding], accepted).open).toEqual([finding])
  })

  test('an acceptance without a finding is stale', () => {
    expect(compare([{ ...queue, rule: 'W3005', message }], accepted).stale).toEqual([
      { ...queue, rule: 'CKV_AWS_27' },
    ])
  })
})

describe("the CDK's report", () => {
  const suppressed = {
    acknowledgedId: 'AwsSolutions::AwsSolutions-SQS3',
    acknowledgedAt: 'App/Queue',
  }
  const accepted = [{ at: 'App/Queue', rules: { 'AwsSolutions::AwsSolutions-SQS3': 'because' } }]

  test('what is accepted and needed is no problem', () => {
    const pluginReports = [
      { pluginName: 'AwsSolutions', violations: [], suppressedViolations: [suppressed] },
    ]
    expect(findingsIn({ pluginReports }, accepted)).toEqual([])
  })

  test('an open violation, also a warning, and a stale acceptance are problems', () => {
    const violations = [
      {
        ruleName: 'F3002',
        description: 'Unknown property.',
        violatingConstructs: [{ constructPath: 'App/Topic' }],
      },
    ]
    expect(findingsIn({ pluginReports: [{ pluginName: 'CDK', violations }] }, accepted)).toEqual([
      'App/Topic: F3002 (CDK): Unknown property.',
      'App/Queue: accepts AwsSolutions::AwsSolutions-SQS3, which is not reported any more.',
    ])
  })
})
