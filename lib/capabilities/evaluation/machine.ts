import { ArnFormat, Aws, Duration, Stack } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import {
  DefinitionBody,
  LogLevel,
  QueryLanguage,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { accept, wildcardRule } from '../../accepted-finding.ts'
import { LogStore } from '../../constructs/log-store.ts'
import { type FunctionsOfSteps, workflowOf } from './workflow.ts'

export interface EvaluationMachineProps {
  /** Fixed, so that its own role can name it. */
  readonly name: string
  readonly functions: FunctionsOfSteps
  /** Batches that run at the same time. */
  readonly batchesAtOnce: number
  readonly logRetentionDays: number
}

/** The longest that an evaluation may take; then it ends as failed, and an alarm says so. */
const timeLimit = Duration.hours(12)

/** Runs one evaluation in each execution, whose name is the evaluation's id. See docs/adr/060. */
export class EvaluationMachine extends Construct {
  readonly stateMachine: StateMachine
  private readonly name: string

  constructor(scope: Construct, id: string, props: EvaluationMachineProps) {
    super(scope, id)
    this.name = props.name
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName: props.name,
      comment: 'Evaluates a subject on a dataset: prepare, batches, costs, conclude.',
      queryLanguage: QueryLanguage.JSONATA,
      definitionBody: DefinitionBody.fromChainable(workflowOf(this, props)),
      // The role says exactly what it may do; what the CDK would add is wider.
      role: this.roleOf(props.functions).withoutPolicyUpdates(),
      timeout: timeLimit,
      tracingEnabled: true,
      logs: {
        destination: new LogStore(this, 'Logs', {
          // Log groups under this prefix do not use up the account's log resource policy.
          name: `/aws/vendedlogs/states/${props.name}`,
          retentionDays: props.logRetentionDays,
        }),
        level: LogLevel.ERROR,
        includeExecutionData: false,
      },
    })
    // Made for the distributed map and attached to nothing, as the role is closed to it.
    this.stateMachine.node.tryRemoveChild('DistributedMapPolicy')
    accept(
      this.stateMachine,
      {
        reason:
          'Its history is kept by Step Functions for 90 days; the log is for what went wrong.',
        nag: ['SF1'],
      },
      {
        reason: 'The CDK makes a machine depend on its role and so names it twice.',
        cfnLint: ['W3005'],
      },
    )
  }

  /** Lets a function start evaluations, and tells it with what: `STATE_MACHINE_ARN`. */
  grantStart(fn: LambdaFunction): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: [this.stateMachine.stateMachineArn],
      }),
    )
    fn.addEnvironment('STATE_MACHINE_ARN', this.stateMachine.stateMachineArn)
  }

  /** Lets a function stop evaluations. */
  grantStop(fn: LambdaFunction): void {
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['states:StopExecution'], resources: [this.executions] }),
    )
    fn.addEnvironment('STATE_MACHINE_ARN', this.stateMachine.stateMachineArn)
    accept(fn.role ?? fn, {
      reason: 'Executions of this one machine; their names are the ids of evaluations.',
      nag: [wildcardRule(this, this.executions)],
    })
  }

  private get executions(): string {
    return this.arnOf('execution', `${this.name}:*`)
  }

  private arnOf(resource: string, resourceName: string): string {
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME
    return Stack.of(this).formatArn({ service: 'states', resource, resourceName, arnFormat })
  }

  private roleOf(functions: FunctionsOfSteps): Role {
    const machine = this.arnOf('stateMachine', this.name)
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          // Below its own name are the executions of a distributed map.
          ArnLike: { 'aws:SourceArn': [machine, `${machine}/*`] },
        },
      }),
      description: 'Runs the steps of evaluations.',
    })
    const allow = (actions: string[], resources: string[]): void => {
      role.addToPolicy(new PolicyStatement({ actions, resources }))
    }
    allow(
      ['lambda:InvokeFunction'],
      Object.values(functions).map((fn: LambdaFunction) => fn.functionArn),
    )
    // A distributed map starts executions of its own machine.
    allow(['states:StartExecution'], [machine])
    allow(['states:DescribeExecution', 'states:StopExecution'], [this.executions])
    allow(
      [
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
      ],
      ['*'],
    )
    allow(
      [
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ],
      ['*'],
    )
    accept(
      role,
      { reason: 'Deliveries of logs and X-Ray have no resources.', nag: ['IAM5[Resource::*]'] },
      {
        reason: 'Executions of this machine itself, which a distributed map starts.',
        nag: [wildcardRule(this, this.executions)],
      },
    )
    return role
  }
}
