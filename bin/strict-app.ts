// The app as `npm run check` synthesizes it: with the CDK's own validator and cdk-nag, and with a list of
// what is accepted, so that an acceptance that nothing needs any more is found.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { platformApp } from '../lib/app.ts'
import { codeVersion } from '../lib/code-version.ts'

const app = platformApp({
  environment: process.env['ENVIRONMENT'] ?? 'local',
  account: '111111111111',
  code: codeVersion(),
})
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))

const accepted = app.node
  .findAll()
  .flatMap((construct) =>
    construct.node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .map(({ data }) => ({ at: construct.node.path, rules: data })),
  )
writeFileSync(join(app.outdir, 'accepted.json'), JSON.stringify(accepted))
app.synth()
