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
const clientPaths = ['api/*', 'v1/*', 'ops/*', 'version', 'health']

/** Paths of MLflow's web pages. */
const viewerPaths = [
  '',
  'ajax-api/*',
  'static-files/*',
  'graphql',
  'get-artifact',
  'model-versions/get-artifact',
  'version',
  'health',
]

/**
 * Policies to attach to who uses the platform. They list beginnings of paths and never the whole API,
 * so that a later route is closed until it is opened on purpose.
 */
export class ClientAccess extends Construct {
  /** For machines: runs, traces, models, prompts, costs, and artifacts in the bucket. */
  readonly clientPolicy: ManagedPolicy
  /** For people who look at MLflow's pages through the signing proxy. */
  readonly viewerPolicy: ManagedPolicy

  constructor(scope: Construct, id: string, props: ClientAccessProps) {
    super(scope, id)
    this.clientPolicy = new ManagedPolicy(this, 'Client', {
      managedPolicyName: `${props.prefix}-mlflow-client`,
      description: 'Use the MLflow platform: API, traces, costs and artifacts.',
    })
    props.frontDoor.grantInvoke(this.clientPolicy, ...clientPaths)
    props.artifacts.grantUse(this.clientPolicy)

    this.viewerPolicy = new ManagedPolicy(this, 'Viewer', {
      managedPolicyName: `${props.prefix}-mlflow-viewer`,
      description: "Use MLflow's web pages through the signing proxy.",
    })
    props.frontDoor.grantInvoke(this.viewerPolicy, ...viewerPaths)
  }
}
