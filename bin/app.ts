import { platformApp } from '../lib/app.ts'

platformApp({
  environment: process.env['ENVIRONMENT'] ?? 'local',
  account: process.env['CDK_DEFAULT_ACCOUNT'],
}).synth()
