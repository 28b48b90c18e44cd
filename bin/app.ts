import { App } from 'aws-cdk-lib'
import cdk from '../cdk.json' with { type: 'json' }
import { environmentNamed } from '../lib/environment.ts'
import { PlatformStage } from '../lib/stage.ts'
import { workloads } from '../config/workloads.ts'

// The CDK CLI passes the same context; this makes `node bin/app.ts` give the same result without it.
const app = new App({ context: cdk.context })
const { name, config } = environmentNamed(process.env['ENVIRONMENT'] ?? 'local')

new PlatformStage(app, {
  environment: name,
  config,
  workloads,
  account: config.account ?? process.env['CDK_DEFAULT_ACCOUNT'],
})
app.synth()
