// npm run bench:gate -- [--data <directory of a running stack>] [--times <number>]: what the gate takes: decisions,
// rollbacks, and what it adds to calls that it only passes through.
import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { clientVariables } from '../local/demo.ts'
import { askFrontDoor } from '../local/front-door.ts'
import { readSettings } from '../local/settings.ts'
import { readStackFile, type RunningStack } from '../local/stack-file.ts'
import { renderTable } from '../local/table.ts'
import { startOwnStack } from '../test/e2e/own-stack.ts'
import { load } from './machine.ts'
import { median, repeat } from './measure.ts'

const portBase = '5766'
const [model, prompt, free] = ['fraud-detector', 'fp_copilot_answer', 'bench-free']
const mlflow = '/api/2.0/mlflow'

const { values } = parseArgs({
  options: { data: { type: 'string' }, times: { type: 'string', default: '40' } },
})
const times = Number(values.times)
if (!Number.isInteger(times) || times < 2) {
  console.error('--times must be a whole number of at least 2.')
  process.exit(2)
}

/** The stack of `--data`, or one that is started for this and ended after it. */
async function openStack(): Promise<{ stack: RunningStack; end(): Promise<void> }> {
  if (values.data === undefined) return startOwnStack(portBase, 'bench')
  const stack = readStackFile(values.data)
  if (stack === undefined) throw new Error(`No stack runs with ${values.data}.`)
  return { stack, end: async () => undefined }
}

const own = await openStack()
const { stack } = own
const trackingUri = stack.outputs.platform['TrackingUri'] ?? ''

async function ask(
  path: string,
  body?: object,
  expected: readonly number[] = [200, 201, 202],
): Promise<Record<string, unknown>> {
  const caller = { trackingUri, region: stack.region, key: stack.client }
  const { status, text } = await askFrontDoor(caller, path, body)
  if (!expected.includes(status)) throw new Error(`${path} answered ${status}: ${text}`)
  return JSON.parse(text) as Record<string, unknown>
}

async function askMlflow(path: string, body: object): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${stack.ports.mlflow}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`MLflow answered ${answer.status}: ${text}`)
}

/** Registers and evaluates what is promoted here. */
async function runExample(name: string): Promise<void> {
  const ports = { ...process.env, TOWNIN_PORT_BASE: String(stack.ports.emulator) }
  const variables = clientVariables(readSettings(ports), trackingUri, stack.client)
  const env = {
    PATH: process.env['PATH'],
    ...variables,
    ARTIFACT_BUCKET: stack.outputs.platform['ArtifactBucket'],
  }
  await promisify(execFile)(stack.python, [`examples/${name}.py`], { env })
}

/** A version of the same model, evaluated on what version 1 decided; returns its number. */
async function copyVersion(): Promise<string> {
  const first = await ask(`${mlflow}/model-versions/get?name=${model}&version=1`)
  const { source, run_id } = first['model_version'] as { source: string; run_id: string }
  const model_id = source.replace('models:/', '')
  const made = await ask(`${mlflow}/model-versions/create`, {
    name: model,
    source,
    run_id,
    model_id,
  })
  const { version } = made['model_version'] as { version: string }
  const s3 = new S3Client({
    endpoint: stack.endpoint,
    region: stack.region,
    credentials: stack.administrator,
    forcePathStyle: true,
  })
  const Bucket = stack.outputs.platform['ArtifactBucket']
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket, Key: `recorded/${model}/version-1.jsonl` }),
  )
  const subject = { kind: 'model-version', name: model, version }
  const rows = ((await Body?.transformToString()) ?? '').trim().split('\n')
  const copies = rows.map((row) =>
    JSON.stringify({ ...(JSON.parse(row) as object), version: subject }),
  )
  const key = `recorded/${model}/version-${version}.jsonl`
  await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: copies.join('\n') }))
  const metrics = [
    'straight_through_processing_rate',
    'classification_precision',
    'classification_recall',
    'classification_f1',
    'expected_calibration_error',
  ]
  const recorded = { kind: 'recorded', key }
  const { id } = await ask('/ops/evaluations', {
    workload: model,
    subject,
    source: recorded,
    metrics,
  })
  for (;;) {
    await pause(500)
    const { status } = await ask(`/ops/evaluations/${String(id)}`)
    if (status === 'completed') return version
    if (status !== 'queued' && status !== 'running') throw new Error(`It ended ${String(status)}.`)
  }
}

const promote = (version: string) =>
  ask(`/ops/models/${model}/promotions`, { version, reason: 'bench' })

/** The value below which 95 % lie. */
function percentile95(measured: readonly number[]): number {
  return measured.toSorted((one, other) => one - other)[Math.ceil(measured.length * 0.95) - 1] ?? 0
}

try {
  await runExample('fp_copilot')
  await runExample('fraud_detector')
  await ask(`/ops/prompts/${prompt}/promotions`, { version: '2', reason: 'bench' })
  await promote('1')
  const second = await copyVersion()
  await ask(`${mlflow}/registered-models/create`, { name: free }, [200, 400])
  await ask(`${mlflow}/model-versions/create`, { name: free, source: 's3://bench/free' })

  // Of a version that is not in production: goals, comparison row by row, reproducibility and cost.
  const decide = () =>
    ask(`/ops/prompts/${prompt}/promotions`, { version: '1', reason: 'bench', dryRun: true })
  const alias = { name: free, alias: 'production', version: '1' }
  const aliasPath = `${mlflow}/registered-models/alias`
  const tag = { name: free, key: 'bench', value: 'yes' }
  const tagPath = `${mlflow}/registered-models/set-tag`
  const calls = {
    decide,
    aliasThrough: () => ask(aliasPath, alias),
    aliasStraight: () => askMlflow(aliasPath, alias),
    tagThrough: () => ask(tagPath, tag),
    tagStraight: () => askMlflow(tagPath, tag),
  }
  // Functions that have started, and connections that are open.
  for (const call of Object.values(calls)) await repeat(3, call)
  const decisions = await repeat(times, calls.decide)
  const rollbacks: number[] = []
  const promotions: number[] = []
  for (let count = 0; count < Math.ceil(times / 4); count += 1) {
    promotions.push(...(await repeat(1, () => promote(second))))
    rollbacks.push(
      ...(await repeat(1, () => ask(`/ops/models/${model}/rollbacks`, { reason: 'bench' }))),
    )
  }
  const [aliasThrough, aliasStraight] = [
    await repeat(times, calls.aliasThrough),
    await repeat(times, calls.aliasStraight),
  ]
  const [tagThrough, tagStraight] = [
    await repeat(times, calls.tagThrough),
    await repeat(times, calls.tagStraight),
  ]

  console.log(`load ${load()}; milliseconds`)
  const lines = [
    { what: 'decision (dry run), prompt with 39 rows', measured: decisions },
    { what: 'promotion of a model, end to end', measured: promotions },
    { what: 'rollback of a model, end to end', measured: rollbacks },
    { what: 'alias of an unguarded model, through front door and gate', measured: aliasThrough },
    { what: 'the same straight to MLflow', measured: aliasStraight },
    { what: 'tag of an unguarded model, through the front door (no gate)', measured: tagThrough },
    { what: 'the same straight to MLflow', measured: tagStraight },
  ]
  for (const line of renderTable(
    [
      { title: '', text: ({ what }) => what },
      { title: 'runs', text: ({ measured }) => String(measured.length), right: true },
      { title: 'p50', text: ({ measured }) => median(measured).toFixed(0), right: true },
      { title: 'p95', text: ({ measured }) => percentile95(measured).toFixed(0), right: true },
    ],
    lines,
  )) {
    console.log(line)
  }
  const overhead = (through: number[], straight: number[]): string =>
    `${(median(through) - median(straight)).toFixed(0)} ms, ${(median(through) / median(straight)).toFixed(1)} times`
  console.log(`Front door and gate add to a call: ${overhead(aliasThrough, aliasStraight)}`)
  console.log(`The front door alone: ${overhead(tagThrough, tagStraight)}`)
  const verdict = (value: number, goal: number): string => (value < goal ? 'met' : 'missed')
  console.log(`Goal, a decision below 1 s (p95): ${verdict(percentile95(decisions), 1_000)}`)
  console.log(`Goal, a rollback below 5 s (p95): ${verdict(percentile95(rollbacks), 5_000)}`)
} finally {
  await own.end()
}
process.exit()
