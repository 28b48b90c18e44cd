import { describe, expect, test } from 'vitest'
import type { EnvironmentName } from '../../config/environments.ts'
import { environments } from '../../config/environments.ts'
import { ofType, only, synthesized } from './synthesized.ts'

const names = Object.keys(environments) as EnvironmentName[]
const { data, terminationProtection } = synthesized('prod')

describe.each(names)('in %s', (environment) => {
  const templates = synthesized(environment)
  const bucket = only('AWS::S3::Bucket', templates.data)

  test('the artifact bucket survives the stack', () => {
    expect(bucket.DeletionPolicy).toBe('Retain')
    expect(bucket.UpdateReplacePolicy).toBe('Retain')
  })

  test('a deleted or replaced artifact can be restored for the configured days', () => {
    expect(bucket.Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' })
    expect(bucket.Properties.LifecycleConfiguration.Rules).toMatchObject([
      {
        Status: 'Enabled',
        NoncurrentVersionExpiration: {
          NoncurrentDays: environments[environment].artifacts.keepOldVersionsDays,
        },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ])
  })

  test('nothing that holds data is in the stack that can be deployed anew', () => {
    for (const type of [
      'AWS::RDS::DBCluster',
      'AWS::RDS::DBInstance',
      'AWS::S3::Bucket',
      'AWS::EC2::VPC',
    ]) {
      expect(ofType(type, templates.platform), type).toEqual([])
    }
  })

  test('backups are kept for the configured days and storage is encrypted', () => {
    expect(only('AWS::RDS::DBCluster', templates.data).Properties).toMatchObject({
      BackupRetentionPeriod: environments[environment].database.backupRetentionDays,
      CopyTagsToSnapshot: true,
      StorageEncrypted: true,
    })
  })
})

test('the production database cannot be deleted by mistake and leaves a snapshot behind', () => {
  const cluster = only('AWS::RDS::DBCluster', data)
  expect(cluster.Properties.DeletionProtection).toBe(true)
  expect(cluster.DeletionPolicy).toBe('Snapshot')
  expect(cluster.UpdateReplacePolicy).toBe('Snapshot')
})

test('the production data stack cannot be deleted by mistake', () => {
  expect(terminationProtection).toEqual({ data: true, platform: false })
})

test('what the platform uses of the data stack cannot be deleted while it is used', () => {
  const exported = Object.values(data.toJSON()['Outputs'] as Record<string, { Export?: unknown }>)
  expect(exported.filter((output) => output.Export !== undefined).length).toBeGreaterThan(5)
  const platform = JSON.stringify(synthesized('prod').platform.toJSON())
  expect(platform).toContain('Fn::ImportValue')
  expect(platform).not.toContain('Fn::GetStackOutput')
})
