import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { accept } from '../accepted-finding.ts'
import { metricsNamespace } from '../names.ts'
import type { NodeFunction } from './node-function.ts'

/** Lets a function publish figures of the platform, and tells it where: `METRICS_NAMESPACE`. */
export function grantPublishing(fn: NodeFunction): void {
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': metricsNamespace } },
    }),
  )
  fn.addEnvironment('METRICS_NAMESPACE', metricsNamespace)
  accept(fn.role ?? fn, {
    reason: 'CloudWatch has no resources for metrics; writing is limited to our namespace.',
    nag: ['IAM5[Resource::*]'],
  })
}
