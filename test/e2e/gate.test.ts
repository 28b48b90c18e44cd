import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import pLimit from 'p-limit'
import { beforeAll, describe, expect, it } from 'vitest'
import { eventsTo } from '../../lambdas/platform/events.ts'
import {
  type ChainedEntry,
  type LedgerEntry,
  movingActions,
} from '../../lambdas/promotion/entry.ts'
import { verifyLedger } from '../../lambdas/promotion/verify-ledger.ts'
import { ended, startEvaluation, uploadLines } from './evaluations.ts'
import {
  asAdministrator,
  callFrontDoor,
  output,
  queryDatabase,
  runLambda,
  runPython,
  stack,
} from './platform.ts'

const prompt = 'fp_copilot_answer'
const model = 'fraud-detector'

/** How a call of the stock client came out. */
interface Outcome {
  readonly value?: unknown
  readonly error?: string
  readonly message?: string
  readonly seconds: number
  /** Of each answer that the client got. */
  readonly statuses: readonly number[]
}

type Call = readonly [method: string, values: Readonly<Record<string, unknown>>]

/** Makes calls with the stock client, one after the other or all at once. */
async function callClient(calls: readonly Call[], ...more: 'at-once'[]): Promise<Outcome[]> {
  const program = 'test/e2e/clients_gate/call_client.py'
  return JSON.parse(await runPython([program, JSON.stringify(calls), ...more])) as Outcome[]
}

/** A refusal is no failure that the client tries again for minutes. */
function expectRefusedAtOnce({ error, seconds, statuses }: Outcome): void {
  expect([400, 403]).toContain(statuses.at(-1))
  expect(error).toMatch(/^(INVALID_PARAMETER_VALUE|PERMISSION_DENIED)$/)
  expect(seconds).toBeLessThan(15)
}

interface Page {
  readonly entries: readonly ChainedEntry[]
  readonly truncated: boolean
}

async function readPage(query: Readonly<Record<string, string | number>>): Promise<Page> {
  const texts = Object.entries(query).map(([key, value]): [string, string] => [key, String(value)])
  const { status, body } = await callFrontDoor(
    `/ops/ledger?${new URLSearchParams(texts).toString()}`,
  )
  expect(status, JSON.stringify(body)).toBe(200)
  return body as unknown as Page
}

/** Entries of a name that moved its production, oldest first. */
async function movesOf(name: string): Promise<LedgerEntry[]> {
  const found: LedgerEntry[] = []
  for (;;) {
    const { entries, truncated } = await readPage({
      name,
      order: 'oldest',
      limit: 30,
      offset: found.length,
    })
    found.push(...entries.map(({ content }) => JSON.parse(content) as LedgerEntry))
    if (!truncated) return found.filter(({ action }) => movingActions.includes(action))
  }
}

/** The version that `production` of a name points to; `undefined` for none. */
async function productionOf(name: string): Promise<number | undefined> {
  const query = new URLSearchParams({ name, alias: 'production' })
  const { status, body } = await callFrontDoor(
    `/api/2.0/mlflow/registered-models/alias?${query.toString()}`,
  )
  if (status !== 200) return undefined
  return Number((body['model_version'] as { version: string }).version)
}

beforeAll(async () => {
  // They register what is guarded and have it evaluated: three versions of the prompt and of the model.
  await Promise.all(
    ['fp_copilot', 'fraud_detector'].map((name) => runPython([`examples/${name}.py`])),
  )
})

describe('a prompt', () => {
  let before: number | undefined

  beforeAll(async () => {
    before = await productionOf(prompt)
  })

  it('whose version misses goals is refused at once, in either spelling, with each failed goal, and nothing moves', async () => {
    const outcomes = await callClient(
      ['production', 'Production'].map((alias) => [
        'set_prompt_alias',
        { name: prompt, alias, version: 1 },
      ]),
    )
    for (const outcome of outcomes) {
      expectRefusedAtOnce(outcome)
      expect(outcome.statuses.at(-1)).toBe(400)
      expect(outcome.message).toMatch(/goal \(hallucination_rate\).*missed with 0\.\d+ \(n = \d+/)
      expect(outcome.message).toMatch(/goal \(citation_accuracy\).*missed with 0\.\d+ \(n = \d+/)
    }
    expect(await productionOf(prompt)).toBe(before)
  })

  it('is decided upon by a dry run, which leaves no entry and moves nothing', async () => {
    const last = await readPage({ limit: 1 })
    const wish = { version: 2, reason: 'a question', dryRun: true }
    const { status, body } = await callFrontDoor(`/ops/prompts/${prompt}/promotions`, wish)
    expect(status).toBe(200)
    expect(body).toMatchObject({ outcome: 'would be promoted', entry: null })
    expect(await readPage({ limit: 1 })).toEqual(last)
    expect(await productionOf(prompt)).toBe(before)
  })

  it('is refused by the API with 409 and every condition, and the refusal can be read again', async () => {
    const wish = { version: '1', reason: 'the crib reads better' }
    const { status, body } = await callFrontDoor(`/ops/prompts/${prompt}/promotions`, wish)
    expect(status).toBe(409)
    expect(body).toMatchObject({ outcome: 'refused', version: 1, reason: wish.reason })
    expect(body['conditions']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'hallucination_rate', passed: false }),
        expect.objectContaining({ what: 'citation_accuracy', passed: false }),
      ]),
    )
    const again = await callFrontDoor(`/ops/prompts/${prompt}/promotions/${String(body['entry'])}`)
    expect(again).toEqual({ status: 200, body })
  })

  it('whose version keeps its goals is promoted by the alias, also when it is written Production', async () => {
    const [promoted, again] = await callClient([
      ['set_prompt_alias', { name: prompt, alias: 'Production', version: 2 }],
      ['set_prompt_alias', { name: prompt, alias: 'production', version: 2 }],
    ])
    expect(promoted?.message).toBeUndefined()
    expect(again?.message).toBeUndefined()
    expect(await productionOf(prompt)).toBe(2)
    const moves = await movesOf(prompt)
    expect(moves).toHaveLength(1)
    expect(moves[0]).toMatchObject({ action: 'promotion', from: null, to: 2 })
    expect(moves[0]?.actor).toContain('arn:')
  })

  it('whose third version hallucinates is refused by its goals, and as worse than what is in production', async () => {
    const [outcome] = await callClient([
      ['set_prompt_alias', { name: prompt, alias: 'production', version: 3 }],
    ])
    expectRefusedAtOnce(outcome as Outcome)
    expect(outcome?.message).toMatch(/goal \(hallucination_rate\).*missed with 0\.\d+ \(n = \d+/)
    expect(outcome?.message).toMatch(/hallucination_rate is worse: \+0\.\d+ against version 2/)
    expect(await productionOf(prompt)).toBe(2)
  })

  it('has nothing to go back to after its first promotion: 409', async () => {
    const { status, body } = await callFrontDoor(`/ops/prompts/${prompt}/rollbacks`, {
      reason: 'a try',
    })
    expect(status).toBe(409)
    expect(body['detail']).toContain('nothing to go back to')
    expect(await productionOf(prompt)).toBe(2)
  })

  it('in production is not taken away: neither its alias nor its version can be deleted', async () => {
    const outcomes = await callClient([
      ['delete_prompt_alias', { name: prompt, alias: 'production' }],
      ['delete_prompt_alias', { name: prompt, alias: 'Production' }],
      ['delete_prompt_version', { name: prompt, version: '2' }],
    ])
    outcomes.forEach(expectRefusedAtOnce)
    expect(await productionOf(prompt)).toBe(2)
  })
})

describe('a prompt whose goals stay missed', () => {
  const benchmarked = {
    workload: 'fp-copilot',
    metric: 'hallucination_rate',
    evaluationId: 'ev-of-this-morning',
    since: new Date(Date.now() - 21 * 3_600_000).toISOString(),
  }

  it('stays where it is while it is younger than the trouble', async () => {
    const template = await readTemplate(2)
    const [made] = await callClient([
      ['create_prompt_version', { name: prompt, template: `${template}\n` }],
    ])
    expect(made?.value).toMatchObject({ version: 4 })
    const subject = { kind: 'prompt-version', name: prompt, version: '4' }
    const id = await startEvaluation({
      workload: 'fp-copilot',
      subject,
      source: { kind: 'endpoint' },
    })
    expect(await ended(id)).toMatchObject({ status: 'completed' })
    const [promoted] = await callClient([
      ['set_prompt_alias', { name: prompt, alias: 'production', version: 4 }],
    ])
    expect(promoted?.message).toBeUndefined()
    const { result } = await hearOf(benchmarked)
    expect(result).toMatchObject({ result: 'nothing to do' })
    expect(await productionOf(prompt)).toBe(4)
  })

  it('goes back by itself to the version before, once, and people are told', async () => {
    const began = Date.now()
    await makeOlder(prompt, '2 days')
    // As the conclusion of a benchmark sends it.
    await eventsTo(
      new EventBridgeClient(asAdministrator),
      output('EventBusName'),
    )([{ type: 'GoalMissed', detail: benchmarked }])
    await expect.poll(() => productionOf(prompt), { timeout: 60_000 }).toBe(2)
    const last = (await movesOf(prompt)).at(-1)
    expect(last).toMatchObject({ action: 'automatic-rollback', from: 4, to: 2 })
    expect(last?.reason).toContain('hallucination_rate has been missed since')
    const told = `자동 롤백: ${prompt} – 버전 4 → 2`
    await expect.poll(() => slackMessages(began), { timeout: 60_000 }).toContain(told)
    expect((await hearOf(benchmarked)).result).toMatchObject({ result: 'nothing to do' })
    expect(await movesOf(prompt)).toContainEqual(last)
    expect((await movesOf(prompt)).at(-1)).toEqual(last)
  })
})

describe('a model', () => {
  it('is promoted by seed code that moves it to stage Production, and both ways to load it agree', async () => {
    const [moved, byStage, byAlias] = await callClient([
      ['transition_model_version_stage', { name: model, version: '1', stage: 'Production' }],
      ['resolve', { uri: `models:/${model}/Production` }],
      ['resolve', { uri: `models:/${model}@production` }],
    ])
    expect(moved?.message).toBeUndefined()
    expect(moved?.value).toMatchObject({ version: '1', current_stage: 'Production' })
    expect(String(byStage?.value)).toBe('1')
    expect(byAlias?.value).toEqual(byStage?.value)
    const moves = await movesOf(model)
    expect(moves.map(({ action, to }) => ({ action, to }))).toEqual([
      { action: 'promotion', to: 1 },
    ])
  })

  it('in production is not taken away, renamed or moved to another stage', async () => {
    const outcomes = await callClient([
      ['delete_registered_model_alias', { name: model, alias: 'production' }],
      ['delete_model_version', { name: model, version: '1' }],
      ['rename_registered_model', { name: model, new_name: 'elsewhere' }],
      ['delete_registered_model', { name: model }],
      ['transition_model_version_stage', { name: model, version: '1', stage: 'Archived' }],
    ])
    outcomes.forEach(expectRefusedAtOnce)
    expect(await productionOf(model)).toBe(1)
  })

  it('that is weak is refused with reasons, the good one is promoted, and the old one restored', async () => {
    const [weak, good] = await callClient([
      ['set_registered_model_alias', { name: model, alias: 'production', version: '2' }],
      ['set_registered_model_alias', { name: model, alias: 'production', version: '3' }],
    ])
    expectRefusedAtOnce(weak as Outcome)
    expect(weak?.message).toMatch(/straight_through_processing_rate >= 0\.6: missed with 0\.5\d*/)
    expect(good?.message).toBeUndefined()
    expect(await productionOf(model)).toBe(3)
    const { status, body } = await callFrontDoor(`/ops/models/${model}/rollbacks`, {
      reason: 'claims wait too long',
    })
    expect(status, JSON.stringify(body)).toBe(201)
    const moves = await movesOf(model)
    expect(moves.map(({ action, from, to }) => [action, from, to])).toEqual([
      ['promotion', null, 1],
      ['promotion', 1, 3],
      ['rollback', 3, 1],
    ])
    expect(await productionOf(model)).toBe(1)
    const [byStage] = await callClient([['resolve', { uri: `models:/${model}/Production` }]])
    expect(String(byStage?.value)).toBe('1')
  })

  it('is not promoted by the stage without an evaluation', async () => {
    const [version] = await copyVersion(1)
    const [outcome] = await callClient([
      ['transition_model_version_stage', { name: model, version, stage: 'production' }],
    ])
    expectRefusedAtOnce(outcome as Outcome)
    expect(outcome?.message).toContain('no evaluation of this version measured it')
    expect(await productionOf(model)).toBe(1)
  })

  it('that twenty people promote at once, each another version, has one order, and its last entry is what is in production', async () => {
    const before = await movesOf(model)
    const versions = await copyVersion(20)
    // Some at a time: a function that is called once more starts a process once more.
    const some = pLimit(3)
    await Promise.all(versions.map((version) => some(() => evaluate(version))))
    const outcomes = await callClient(
      versions.map((version) => [
        'set_registered_model_alias',
        { name: model, alias: 'production', version },
      ]),
      'at-once',
    )
    for (const { message, error } of outcomes) {
      if (message !== undefined) expect(error, message).toBe('RESOURCE_CONFLICT')
    }
    const moves = (await movesOf(model)).slice(before.length)
    const promoted = versions.filter((_, index) => outcomes[index]?.message === undefined)
    expect(promoted.length).toBeGreaterThan(0)
    expect(moves.map(({ to }) => String(to)).toSorted()).toEqual(promoted.toSorted())
    // Each left from where the one before had arrived.
    const arrivals = [before.at(-1), ...moves].map((move) => move?.to)
    expect(moves.map(({ from }) => from)).toEqual(arrivals.slice(0, -1))
    expect(await productionOf(model)).toBe(arrivals.at(-1))
    const [byStage] = await callClient([['resolve', { uri: `models:/${model}/Production` }]])
    expect(Number(byStage?.value)).toBe(arrivals.at(-1))
  })
})

it('what no gate names is moved, renamed and deleted as ever', async () => {
  const name = '자유로운 모델'
  const outcomes = await callClient([
    ['create_registered_model', { name }],
    ['create_model_version', { name, source: 's3://somewhere/else' }],
    ['set_registered_model_alias', { name, alias: 'production', version: '1' }],
    ['transition_model_version_stage', { name, version: '1', stage: 'Production' }],
    ['delete_registered_model_alias', { name, alias: 'production' }],
    ['rename_registered_model', { name, new_name: `${name} 2` }],
    ['delete_model_version', { name: `${name} 2`, version: '1' }],
    ['delete_registered_model', { name: `${name} 2` }],
  ])
  expect(outcomes.map(({ message }) => message)).toEqual(outcomes.map(() => undefined))
})

it("MLflow's refusals pass through the gate unchanged", async () => {
  const path = '/api/2.0/mlflow/registered-models/alias'
  const wish = { name: '없는 모델', alias: 'production', version: '1' }
  const straight = await fetch(`http://127.0.0.1:${stack.ports.mlflow}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  })
  const { status, body } = await callFrontDoor(path, wish)
  expect(status).toBe(straight.status)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(body).toEqual(await straight.json())
})

it('the way behind the gate is closed to clients', async () => {
  const wish = { name: prompt, alias: 'production', version: '1' }
  const path = '/_mlflow/api/2.0/mlflow/registered-models/alias'
  expect((await callFrontDoor(path, wish)).status).toBe(403)
  expect(await productionOf(prompt)).toBe(2)
})

it('the ledger is whole, and every decision in it follows from its evidence', async () => {
  const end = await verifyLedger(async (query) => readPage(query))
  expect(end).not.toHaveProperty('reason')
  expect(end.sequence).toBeGreaterThan(3)
})

/** Has the function that hears of missed goals hear of one; returns what it did. */
function hearOf(missed: object): ReturnType<typeof runLambda> {
  return runLambda(output('GateEventsFunction'), { 'detail-type': 'GoalMissed', detail: missed })
}

/** All that Slack was sent since a moment, as one text. */
async function slackMessages(since: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${stack.ports.slack}/_local/messages?since=${since}`)
  return JSON.stringify(await answer.json())
}

async function readTemplate(version: number): Promise<string> {
  const query = new URLSearchParams({ name: prompt, version: String(version) })
  const { body } = await callFrontDoor(`/api/2.0/mlflow/model-versions/get?${query.toString()}`)
  const { tags } = body['model_version'] as { tags: { key: string; value: string }[] }
  return tags.find(({ key }) => key === 'mlflow.prompt.text')?.value ?? ''
}

/** Lets what the ledger says of a name have happened earlier, as only a superuser can, and chains it anew. */
async function makeOlder(name: string, by: string): Promise<void> {
  await queryDatabase(`
    do $$
    declare
      one record;
      previous text := repeat('0', 64);
      aged text;
    begin
      alter table gate.ledger disable trigger user;
      for one in select sequence, content, name from gate.ledger order by sequence loop
        aged := case when one.name <> '${name}' then one.content else jsonb_set(one.content::jsonb, '{at}', to_jsonb(
          to_char((one.content::jsonb ->> 'at')::timestamptz at time zone 'UTC' - interval '${by}',
            'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))::text end;
        update gate.ledger
        set content = aged, previous_hash = previous,
          hash = encode(sha256(convert_to(previous || E'\\n' || aged, 'UTF8')), 'hex')
        where sequence = one.sequence returning hash into previous;
      end loop;
      alter table gate.ledger enable always trigger ledger_is_append_only;
      alter table gate.ledger enable always trigger ledger_is_not_truncated;
    end $$`)
}

/** Copies version 1 as new versions, as one that was tried elsewhere is; returns their numbers. */
async function copyVersion(times: number): Promise<string[]> {
  const copy: Call = [
    'copy_model_version',
    { src_model_uri: `models:/${model}/1`, dst_name: model },
  ]
  const made = await callClient(Array.from({ length: times }, () => copy))
  return made.map(({ value }) => String((value as { version: unknown }).version))
}

/** Has a version evaluated on what version 1 decided, which the same model decides too. */
async function evaluate(version: string): Promise<void> {
  const s3 = new S3Client({ ...asAdministrator, forcePathStyle: true })
  const Bucket = output('ArtifactBucket')
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket, Key: `recorded/${model}/version-1.jsonl` }),
  )
  const lines = ((await Body?.transformToString()) ?? '').trim().split('\n')
  const key = `recorded/${model}/version-${version}.jsonl`
  const subject = { kind: 'model-version', name: model, version }
  await uploadLines(
    key,
    lines.map((line) => ({ ...(JSON.parse(line) as object), version: subject })),
  )
  const metrics = [
    'straight_through_processing_rate',
    'classification_precision',
    'classification_recall',
    'classification_f1',
    'expected_calibration_error',
  ]
  const source = { kind: 'recorded', key }
  const id = await startEvaluation({ workload: model, subject, source, metrics })
  expect((await ended(id)).status).toBe('completed')
}
