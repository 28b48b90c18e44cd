import { ManagedPolicy } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { ArtifactStore } from './artifact-store.ts'
import type { FrontDoor } from './front-door.ts'

export interface ClientAccessProps {
  readonly frontDoor: FrontDoor
  readonly artifacts: ArtifactStore
  /** Start of the policies' names, such as `townin-mlops-prod`. */
  readonly prefix: string
}

/** Paths that the stock MLflow client, OpenTelemetry exporters and clients of our own API call. */
const clientCalls = [
  ...withEveryMethod('api/*'),
  'GET /v1/*',
  'POST /v1/*',
  'GET /ops/*',
  'POST /ops/comparisons',
  'POST /ops/evaluations',
  'POST /ops/evaluations/*/cancel',
  'POST /ops/llm-calls',
  'POST /ops/outcomes',
  ...onEveryName('promotions'),
  'GET /version',
  'GET /health',
]

/** What changes production, or counts for who changes it, without asking the gate. */
const releaseCalls = [...onEveryName('approvals'), ...onEveryName('rollbacks')]

/** Paths of MLflow's web pages. */
const viewerCalls = [
  'GET /',
  ...withEveryMethod('ajax-api/*'),
  'GET /static-files/*',
  'POST /graphql',
  'GET /get-artifact',
  'GET /model-versions/get-artifact',
  'GET /version',
  'GET /health',
]

/**
 * A name may hold anything, slashes and these words too, and the wildcard matches all of it. So the end of the path
 * says what is asked: the gate's function takes it by its last word as well, whatever stands before.
 */
function onEveryName(word: 'promotions' | 'approvals' | 'rollbacks'): string[] {
  return ['models', 'prompts'].map((kind) => `POST /ops/${kind}/*/${word}`)
}

/** The methods are named, since a wildcard in their place would match slashes too, and any beginning with them. */
function withEveryMethod(path: string): string[] {
  return ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => `${method} /${path}`)
}

/**
 * Policies to attach to who uses the platform. They list beginnings and ends of paths and never the whole API,
 * so that a later route is closed until it is opened on purpose. They only allow, so that whoever has two of them
 * may do what either allows: a denial in one would win over the other.
 */
export class ClientAccess extends Construct {
  /** For machines: runs, traces, models, prompts, costs, artifacts in the bucket, and asking the gate for promotions. */
  readonly clientPolicy: ManagedPolicy
  /** For people who answer for what is in production: approvals and rollbacks, beside the policy of clients. */
  readonly releasePolicy: ManagedPolicy
  /** For people who look at MLflow's pages through the signing proxy. */
  readonly viewerPolicy: ManagedPolicy

  constructor(scope: Construct, id: string, props: ClientAccessProps) {
    super(scope, id)
    this.clientPolicy = new ManagedPolicy(this, 'Client', {
      managedPolicyName: `${props.prefix}-mlflow-client`,
      description: 'Use the MLflow platform: API, traces, costs and artifacts.',
    })
    props.frontDoor.grantInvoke(this.clientPolicy, ...clientCalls)
    props.artifacts.grantUse(this.clientPolicy)

    this.releasePolicy = new ManagedPolicy(this, 'Release', {
      managedPolicyName: `${props.prefix}-mlflow-release`,
      description: 'Approve versions and roll back.',
    })
    props.frontDoor.grantInvoke(this.releasePolicy, ...releaseCalls)

    this.viewerPolicy = new ManagedPolicy(this, 'Viewer', {
      managedPolicyName: `${props.prefix}-mlflow-viewer`,
      description: "Use MLflow's web pages through the signing proxy.",
    })
    props.frontDoor.grantInvoke(this.viewerPolicy, ...viewerCalls)
  }
}
