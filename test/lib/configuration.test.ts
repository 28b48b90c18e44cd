import { describe, expect, test } from 'vitest'
import { type EnvironmentConfig, environments } from '../../config/environments.ts'
import { platformApp } from '../../lib/app.ts'
import { inWords, ofType, only, synthesize } from './synthesized.ts'

const { dev } = environments

function made(change: Partial<EnvironmentConfig>) {
  return () => synthesize('dev', { ...dev, ...change })
}

describe('a configuration that cannot work is refused with a sentence', () => {
  const withoutPause = { ...dev.database, pauseAfterMinutes: undefined as unknown as number }
  test.each<[string, Partial<EnvironmentConfig>, string]>([
    [
      'one zone',
      { network: { ...dev.network, zoneIds: ['apne2-az1'] } },
      "network.zoneIds lists 1 distinct zone(s); Aurora needs at least two, such as ['use1-az1', 'use1-az2'].",
    ],
    [
      'the same zone twice',
      { network: { ...dev.network, zoneIds: ['apne2-az1', 'apne2-az3', 'apne2-az1'] } },
      'network.zoneIds names a zone twice: apne2-az1, apne2-az3, apne2-az1.',
    ],
    [
      'names of zones',
      { network: { ...dev.network, zoneIds: ['ap-northeast-2a', 'ap-northeast-2c'] } },
      'network.zoneIds contains "ap-northeast-2a", which is not a zone id; zone ids look like apne2-az1, zone names like ap-northeast-2a.',
    ],
    [
      'more NAT gateways than zones',
      { network: { ...dev.network, natGateways: 3 } },
      'network.natGateways is 3; give a whole number from 0 to 2, the number of zones.',
    ],
    [
      'a pause of a database that never pauses',
      { database: { ...dev.database, minCapacity: 0.5 } },
      'database.pauseAfterMinutes is 10, but a cluster whose minCapacity is 0.5 never pauses; set minCapacity to 0 or leave pauseAfterMinutes out.',
    ],
    [
      'no pause of a database that may pause',
      { database: withoutPause },
      'database.pauseAfterMinutes is undefined; Aurora pauses after 5 to 1440 idle minutes.',
    ],
    [
      'a pause that is too short',
      { database: { ...dev.database, pauseAfterMinutes: 1 } },
      'database.pauseAfterMinutes is 1; Aurora pauses after 5 to 1440 idle minutes.',
    ],
    [
      'awake hours of a database that never pauses',
      {
        database: {
          ...withoutPause,
          minCapacity: 0.5,
          awakeHours: { wake: '0 9 ? * MON-FRI *', rest: '0 19 ? * MON-FRI *' },
        },
      },
      'database.awakeHours is set, but a cluster whose minCapacity is 0.5 never pauses; set minCapacity to 0 or leave awakeHours out.',
    ],
    [
      'awake hours that are no cron fields',
      { database: { ...dev.database, awakeHours: { wake: '09:00', rest: '0 19 ? * MON-FRI *' } } },
      'database.awakeHours has "09:00"; give the six cron fields minutes, hours, day of month, month, day of week and year, such as "0 9 ? * MON-FRI *".',
    ],
    [
      'a capacity between the steps',
      { database: { ...dev.database, maxCapacity: 1.3 } },
      'database.maxCapacity is 1.3; give capacity units in steps of 0.5 up to 256.',
    ],
    [
      'a maximum below the minimum',
      { database: { ...withoutPause, minCapacity: 2, maxCapacity: 1 } },
      'database.maxCapacity is 1; it must be 1 or more and not below minCapacity (2).',
    ],
    [
      'no backups',
      { database: { ...dev.database, backupRetentionDays: 0 } },
      'database.backupRetentionDays is 0; Aurora keeps backups for 1 to 35 days.',
    ],
    [
      'a number of CPU units that Fargate does not have',
      { trackingServer: { cpu: 300, memoryMiB: 1024, spot: false } },
      'trackingServer.cpu is 300; Fargate offers 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units.',
    ],
    [
      'memory that Fargate does not have with these CPU units',
      { trackingServer: { cpu: 512, memoryMiB: 8192, spot: false } },
      'trackingServer.memoryMiB is 8192; with 512 CPU units Fargate offers 1024 to 4096 MiB in steps of 1024.',
    ],
    [
      'memory in which MLflow does not fit',
      { trackingServer: { cpu: 256, memoryMiB: 512, spot: true } },
      'trackingServer.memoryMiB is 512; MLflow needs 0.5 GB when idle, so give 1024 or more.',
    ],
    [
      'logs that are kept for a period that CloudWatch does not have',
      { logs: { retentionDays: 31 } },
      'logs.retentionDays is 31; CloudWatch offers 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.',
    ],
    [
      'bursts below the rate',
      { frontDoor: { requestsPerSecond: 100, burst: 10 } },
      'frontDoor.burst is 10; below requestsPerSecond (100) the rate could never be reached.',
    ],
    [
      'no requests',
      { frontDoor: { requestsPerSecond: 0, burst: 10 } },
      'frontDoor allows 0 requests a second in bursts of 10; give numbers above 0.',
    ],
    [
      'lateness below the interval of the job',
      { costs: { ...dev.costs, latenessHours: 0.5 } },
      'costs.latenessHours is 0.5; the job runs hourly, so give 1 or more, or a span that ends during a run is lost.',
    ],
    [
      'calls that are kept for no time',
      { costs: { ...dev.costs, keepCallsMonths: 0 } },
      'costs.keepCallsMonths is 0; give a whole number, 1 or more.',
    ],
    [
      'artifacts that cannot be restored',
      { artifacts: { keepOldVersionsDays: 0 } },
      'artifacts.keepOldVersionsDays is 0; give a whole number of days, 1 or more.',
    ],
    ['no budget', { monthlyBudgetUsd: 0 }, 'monthlyBudgetUsd is 0; give an amount above 0.'],
  ])('%s', (_what, change, sentence) => {
    expect(made(change)).toThrow(sentence)
  })

  test('an environment that does not exist is answered with those that do', () => {
    expect(() => platformApp({ environment: 'production', code: '' })).toThrow(
      'ENVIRONMENT is "production"; config/environments.ts has local, dev, staging, prod.',
    )
    expect(() => platformApp({ environment: 'constructor', code: '' })).toThrow(
      'ENVIRONMENT is "constructor"',
    )
  })
})

describe('the network', () => {
  test('names zones by id, without looking anything up', () => {
    const zones = ofType('AWS::EC2::Subnet', made({})().data).map(([, { Properties }]) => {
      expect(Properties.AvailabilityZone).toBeUndefined()
      return Properties.AvailabilityZoneId
    })
    expect(new Set(zones)).toEqual(new Set(dev.network.zoneIds))
  })

  test('without NAT gateways MLflow has a public address that nothing from outside may reach', () => {
    const { data, platform } = made({})()
    const network = only('AWS::ECS::Service', platform).Properties.NetworkConfiguration
    expect(network.AwsvpcConfiguration.AssignPublicIp).toBe('ENABLED')
    for (const subnet of network.AwsvpcConfiguration.Subnets) {
      expect(inWords(subnet)).toContain('PublicSubnet')
    }
    expect(ofType('AWS::EC2::NatGateway', data)).toEqual([])
  })

  test('with a NAT gateway MLflow is in private subnets', () => {
    const { data, platform } = made({ network: { ...dev.network, natGateways: 1 } })()
    const network = only('AWS::ECS::Service', platform).Properties.NetworkConfiguration
    expect(network.AwsvpcConfiguration.AssignPublicIp).toBe('DISABLED')
    for (const subnet of network.AwsvpcConfiguration.Subnets) {
      expect(inWords(subnet)).toContain('PrivateSubnet')
    }
    expect(ofType('AWS::EC2::NatGateway', data)).toHaveLength(1)
  })

  test('S3 is reached without leaving the network of AWS', () => {
    const endpoint = only('AWS::EC2::VPCEndpoint', made({})().data).Properties
    expect(endpoint.VpcEndpointType).toBe('Gateway')
    expect(inWords(endpoint.ServiceName)).toBe('com.amazonaws.<AWS::Region>.s3')
  })
})

test('origins of other web applications may be added', () => {
  const origins = ['https://ops.townin.example']
  const { platform } = made({ trackingServer: { ...dev.trackingServer, corsOrigins: origins } })()
  const text = JSON.stringify(only('AWS::ECS::TaskDefinition', platform))
  expect(text).toContain(',https://ops.townin.example')
})
