import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Effect, Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import { Construct, type IConstruct } from 'constructs'
import { accept, wildcardRule } from '../accepted-finding.ts'

export interface ArtifactStoreProps {
  /** Start of the bucket's name; account and region are appended. */
  readonly prefix: string
  /** Days for which a replaced or deleted artifact can be restored. */
  readonly keepOldVersionsDays: number
}

/** The bucket that holds what runs, models and traces attach. It outlives its stack. */
export class ArtifactStore extends Construct {
  readonly bucket: Bucket
  /** The bucket's name, spelled out. */
  readonly bucketName: string

  constructor(scope: Construct, id: string, props: ArtifactStoreProps) {
    super(scope, id)
    if (!Number.isInteger(props.keepOldVersionsDays) || props.keepOldVersionsDays < 1) {
      throw new Error(
        `artifacts.keepOldVersionsDays is ${props.keepOldVersionsDays}; give a whole number of days, 1 or more.`,
      )
    }
    const { account, region } = Stack.of(this)
    this.bucketName = `${props.prefix}-artifacts-${account}-${region}`
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: this.bucketName,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          id: 'remove-what-is-no-longer-needed',
          noncurrentVersionExpiration: Duration.days(props.keepOldVersionsDays),
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
      ],
    })
    accept(this.bucket, {
      reason:
        'Access logs would be a second bucket that grows with each artifact; data events of CloudTrail do this for who needs it.',
      nag: ['S1'],
      checkov: ['CKV_AWS_18'],
    })
  }

  /** `s3://…` address under which experiments keep their artifacts. */
  get uri(): string {
    return this.bucket.s3UrlForObject()
  }

  /**
   * Lets a client read, write, list and delete artifacts, but neither administer the bucket nor remove old versions,
   * nor write what evaluations found.
   */
  grantUse(grantee: IGrantable & IConstruct): void {
    this.grantObjects(grantee, [
      's3:GetObject',
      's3:PutObject',
      's3:DeleteObject',
      's3:AbortMultipartUpload',
      's3:ListMultipartUploadParts',
    ])
  }

  /** Lets the tracking server show artifacts and sign their uploads. */
  grantServe(grantee: IGrantable & IConstruct): void {
    this.grantObjects(grantee, ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'])
  }

  /** Lets a function read what lies below some prefixes, such as `datasets/`, and tells it where: `ARTIFACT_BUCKET`. */
  grantRead(fn: LambdaFunction, ...prefixes: readonly string[]): void {
    this.grantBelow(fn, 's3:GetObject', prefixes)
    // Without it S3 answers 403 for an object that does not exist. A condition on the prefix would not help: a read has
    // none. What it gives away are names.
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucketArn] }),
    )
  }

  /** Lets a function write below some prefixes, and tells it where: `ARTIFACT_BUCKET`. */
  grantWrite(fn: LambdaFunction, ...prefixes: readonly string[]): void {
    this.grantBelow(fn, 's3:PutObject', prefixes)
  }

  /** Lets a function see which versions of objects there are, and tells it where: `ARTIFACT_BUCKET`. */
  grantListVersions(fn: LambdaFunction): void {
    // As for lists of objects, a condition on the prefix would keep nothing but names.
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['s3:ListBucketVersions'], resources: [this.bucketArn] }),
    )
    fn.addEnvironment('ARTIFACT_BUCKET', this.bucketName)
  }

  private grantBelow(fn: LambdaFunction, action: string, prefixes: readonly string[]): void {
    const resources = prefixes.map((prefix) => `${this.bucketArn}/${prefix}*`)
    fn.addToRolePolicy(new PolicyStatement({ actions: [action], resources }))
    fn.addEnvironment('ARTIFACT_BUCKET', this.bucketName)
    accept(fn.role ?? fn, {
      reason: 'Each is one beginning of keys; what comes below it is named as the work goes on.',
      nag: resources.map((resource) => wildcardRule(this, resource)),
    })
  }

  /** Spelled out, so that no policy here waits for the bucket. */
  private get bucketArn(): string {
    return Stack.of(this).formatArn({
      service: 's3',
      region: '',
      account: '',
      resource: this.bucketName,
    })
  }

  private grantObjects(grantee: IGrantable & IConstruct, actions: readonly string[]): void {
    const arn = this.bucketArn
    // What the gate decides by, only the functions that evaluate may write.
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        sid: 'EvidenceIsThePlatforms',
        effect: Effect.DENY,
        actions: ['s3:PutObject', 's3:DeleteObject'],
        resources: [`${arn}/evaluations/*`],
      }),
    )
    Grant.addToPrincipal({
      grantee,
      actions: ['s3:ListBucket', 's3:GetBucketLocation'],
      resourceArns: [arn],
    })
    Grant.addToPrincipal({
      grantee,
      actions: [...actions],
      resourceArns: [`${arn}/*`],
    })
    accept(grantee, {
      reason: 'Runs and models write under keys that nobody knows in advance.',
      nag: [wildcardRule(this, `${arn}/*`)],
    })
  }
}
