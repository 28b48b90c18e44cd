import { platformApp } from '../lib/app.ts'
import { codeVersion } from '../lib/code-version.ts'

platformApp({
  environment: process.env['ENVIRONMENT'] ?? 'local',
  account: process.env['CDK_DEFAULT_ACCOUNT'],
  code: codeVersion(),
}).synth()
