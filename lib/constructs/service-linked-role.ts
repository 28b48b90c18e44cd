import { Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import {
  AwsCustomResource,
  AwsCustomResourcePolicy,
  PhysicalResourceId,
} from 'aws-cdk-lib/custom-resources'
import { Construct } from 'constructs'
import { accept } from '../accepted-finding.ts'
import { LogStore } from './log-store.ts'

export interface ServiceLinkedRoleProps {
  readonly logRetentionDays: number
}

/**
 * The role by which ECS manages network interfaces. The first cluster of an account may fail without
 * it. `AWS::IAM::ServiceLinkedRole` fails when it exists already, as in a second environment, and
 * would delete it under the others' feet; so this creates it, accepts that it exists, and never deletes.
 */
export class EcsServiceLinkedRole extends Construct {
  constructor(scope: Construct, id: string, props: ServiceLinkedRoleProps) {
    super(scope, id)
    const roleArn = Stack.of(this).formatArn({
      service: 'iam',
      region: '',
      resource: 'role',
      resourceName: 'aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS',
    })
    new AwsCustomResource(this, 'Resource', {
      resourceType: 'Custom::EcsServiceLinkedRole',
      onCreate: {
        service: 'iam',
        action: 'CreateServiceLinkedRole',
        parameters: { AWSServiceName: 'ecs.amazonaws.com' },
        physicalResourceId: PhysicalResourceId.of('AWSServiceRoleForECS'),
        // "has been taken in this account": it exists.
        ignoreErrorCodesMatching: 'InvalidInput',
      },
      policy: AwsCustomResourcePolicy.fromStatements([
        new PolicyStatement({
          actions: ['iam:CreateServiceLinkedRole'],
          resources: [roleArn],
          conditions: { StringEquals: { 'iam:AWSServiceName': 'ecs.amazonaws.com' } },
        }),
      ]),
      installLatestAwsSdk: false,
      timeout: Duration.minutes(2),
      logGroup: new LogStore(this, 'Logs', { retentionDays: props.logRetentionDays }),
    })
    const provider = Stack.of(this).node.findChild(
      `AWS${AwsCustomResource.PROVIDER_FUNCTION_UUID.replaceAll('-', '')}`,
    )
    accept(provider, {
      reason: "The CDK's own function, which runs once, when the stack is created.",
      nag: [
        'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      ],
      checkov: ['CKV_AWS_115', 'CKV_AWS_116', 'CKV_AWS_117'],
      cfnLint: ['W3005'],
    })
  }
}
