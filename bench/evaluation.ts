// npm run bench:evaluation -- [--rows <number>]: rows with three judged metrics, by the platform and by MLflow.
import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { environments } from '../config/environments.ts'
import { clientVariables } from '../local/demo.ts'
import { askFrontDoor } from '../local/front-door.ts'
import { readSettings } from '../local/settings.ts'
import type { RunningStack } from '../local/stack-file.ts'
import { renderTable } from '../local/table.ts'
import { startOwnStack } from '../test/e2e/own-stack.ts'
import { load } from './machine.ts'

const metrics = ['faithfulness', 'context_precision', 'rests_on_clauses']
const latency = 300
const portBase = '5766'

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000' } } })
const count = Number(values.rows)
if (!Number.isInteger(count) || count < 10) {
  console.error('--rows must be a whole number of at least 10.')
  process.exit(2)
}
const callsAtOnce = environments.local.evaluation.callsAtOnce.judge

/** Rows that no judge has seen before. */
const rows = Array.from({ length: count }, (_, index) => ({
  id: `row-${index}`,
  inputs: { question: `특약 ${index}의 도수치료는 연간 몇 회까지 보상되나요?` },
  outputs: `특약 ${index}의 도수치료는 연간 ${20 + (index % 60)}회까지 보상한다.`,
  contexts: [
    {
      id: `clause-${index}`,
      text: `특약 ${index}의 도수치료는 연간 ${20 + (index % 60)}회까지 보상한다. 자기부담은 30퍼센트이다.`,
    },
  ],
}))

async function upload(stack: RunningStack, key: string, lines: readonly object[]): Promise<void> {
  const s3 = new S3Client({
    endpoint: stack.endpoint,
    region: stack.region,
    credentials: stack.administrator,
    forcePathStyle: true,
  })
  await s3.send(
    new PutObjectCommand({
      Bucket: stack.outputs.platform['ArtifactBucket'],
      Key: key,
      Body: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
    }),
  )
}

interface Answered {
  readonly id: string
  readonly status: string
  readonly figures: readonly { readonly metric: string; readonly scored: number }[]
}

async function ask(stack: RunningStack, path: string, body?: unknown): Promise<Answered> {
  const caller = {
    trackingUri: stack.outputs.platform['TrackingUri'] ?? '',
    region: stack.region,
    key: stack.client,
  }
  const { status, text } = await askFrontDoor(caller, path, body)
  if (status >= 300) throw new Error(`${path} answered ${status}: ${text}`)
  return JSON.parse(text) as Answered
}

/** Seconds from the request until the evaluation has ended, and the scores that it gave. */
async function byPlatform(stack: RunningStack): Promise<{ seconds: number; scores: number }> {
  await upload(
    stack,
    'datasets/bench/rows.jsonl',
    rows.map(({ id, inputs }) => ({ id, inputs })),
  )
  await upload(
    stack,
    'recorded/bench/rows.jsonl',
    rows.map(({ id, outputs, contexts }) => ({ id, outputs, contexts })),
  )
  const started = performance.now()
  const { id } = await ask(stack, '/ops/evaluations', {
    workload: 'graphrag',
    dataset: { kind: 'jsonl', key: 'datasets/bench/rows.jsonl' },
    source: { kind: 'recorded', key: 'recorded/bench/rows.jsonl' },
    judge: 'stand-in',
    metrics,
  })
  for (;;) {
    await pause(500)
    const evaluation = await ask(stack, `/ops/evaluations/${id}`)
    if (evaluation.status === 'queued' || evaluation.status === 'running') continue
    const seconds = (performance.now() - started) / 1_000
    if (evaluation.status !== 'completed') throw new Error(JSON.stringify(evaluation))
    return { seconds, scores: evaluation.figures.reduce((sum, { scored }) => sum + scored, 0) }
  }
}

async function byMlflow(
  stack: RunningStack,
): Promise<{ seconds: number; scores: number; version: string }> {
  const settings = readSettings({ ...process.env, TOWNIN_PORT_BASE: portBase })
  const variables = clientVariables(
    settings,
    stack.outputs.platform['TrackingUri'] ?? '',
    stack.client,
  )
  return new Promise((resolve, reject) => {
    const child = execFile(
      stack.python,
      ['bench/evaluation-mlflow.py'],
      { env: { PATH: process.env['PATH'], ...variables }, maxBuffer: 256 * 2 ** 20 },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`mlflow.genai.evaluate failed:\n${stderr.slice(-3_000)}`))
        else resolve(JSON.parse(stdout.slice(stdout.lastIndexOf('{'))) as never)
      },
    )
    child.stdin?.end(JSON.stringify({ rows, callsAtOnce, model: 'gpt-4o-mini' }))
  })
}

async function answerAfter(stack: RunningStack, milliseconds: number): Promise<void> {
  await fetch(`http://127.0.0.1:${stack.ports.llm}/_local/latency`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ milliseconds }),
  })
}

const own = await startOwnStack(portBase, 'bench')
const { stack } = own
try {
  await answerAfter(stack, latency)
  const bound = (count * metrics.length * latency) / callsAtOnce / 1_000
  const ours = await byPlatform(stack)
  const theirs = await byMlflow(stack)
  console.log(
    `${count} rows x ${metrics.length} judged metrics, a judge that answers in ${latency} ms, ${callsAtOnce} calls at once; load ${load()}`,
  )
  const lines = [
    {
      what: 'bound: calls x latency / calls at once',
      seconds: bound,
      scores: count * metrics.length,
    },
    { what: 'the platform, from the request to the verdict', ...ours },
    { what: `mlflow.genai.evaluate ${theirs.version}, three make_judge judges`, ...theirs },
  ]
  for (const line of renderTable(
    [
      { title: '', text: ({ what }) => what },
      { title: 'seconds', text: ({ seconds }) => seconds.toFixed(1), right: true },
      { title: 'x bound', text: ({ seconds }) => (seconds / bound).toFixed(2), right: true },
      { title: 'scores', text: ({ scores }) => String(scores), right: true },
    ],
    lines,
  )) {
    console.log(line)
  }
  const [toBound, toPeer] = [ours.seconds / bound, theirs.seconds / ours.seconds]
  console.log(
    `Goal, at most 1.2 times the bound: ${toBound <= 1.2 ? 'met' : 'missed'} (${toBound.toFixed(2)})`,
  )
  console.log(
    `Goal, at least 3 times as fast as MLflow's: ${toPeer >= 3 ? 'met' : 'missed'} (${toPeer.toFixed(2)})`,
  )
} finally {
  await own.end()
}
process.exit()
