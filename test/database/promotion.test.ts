import { beforeEach, describe, expect, it } from 'vitest'
import { promotionRouteDefinitions } from '../../lambdas/promotion/api/route-definitions.ts'
import { promotionRoutes } from '../../lambdas/promotion/api/routes.ts'
import { decide } from '../../lambdas/promotion/decide.ts'
import type { ChainedEntry } from '../../lambdas/promotion/entry.ts'
import { findGuarded } from '../../lambdas/promotion/guarded.ts'
import { openGate } from '../../lambdas/promotion/open-gate.ts'
import { promote } from '../../lambdas/promotion/promote.ts'
import { isBroken, verifyChain } from '../../lambdas/promotion/verify-chain.ts'
import { artifactsInMemory } from '../evaluation/api/ports.ts'
import { caller, usePromotions } from './promotion-stand.ts'

const stand = usePromotions()
const { promoteModel } = promotionRouteDefinitions

const failedOf = (body: { readonly conditions: readonly { what: string; passed: boolean }[] }) =>
  body.conditions.filter(({ passed }) => !passed).map(({ what }) => what)

describe('a promotion', () => {
  it('that meets every condition moves production, and the ledger has its evidence', async () => {
    const evaluation = await stand.evaluate(1)
    const { status, body } = await stand.promote(1)
    expect(body).toMatchObject({ outcome: 'promoted', from: null, version: 1, requester: caller })
    expect(status).toBe(201)
    expect(promoteModel.responseSchema.parse(body)).toEqual(body)
    expect(await stand.production()).toBe(1)
    const [entry] = await stand.ledger()
    expect(entry).toMatchObject({
      sequence: body.entry,
      action: 'promotion',
      workload: 'fraud-detector',
      kind: 'model',
      from: null,
      to: 1,
      actor: caller,
      reason: 'it is better',
      evidence: {
        goals: [{ measured: { evaluationId: evaluation } }],
        artifacts: { prefix: 'models/1/', count: 4 },
      },
    })
    expect(entry?.approval).toMatch(/^[0-9a-f-]{36}$/)
    expect(entry?.evidence && decide(entry.evidence).conditions).toEqual(entry?.decision)
  })

  it('is told to MLflow and to who listens', async () => {
    await stand.evaluate(1)
    const { body } = await stand.promote(1)
    const { rows } = await stand.mlflow.query(
      `select value from model_version_tags where name = $1 and version = 1 and key = 'ops.ledger.entry'`,
      [stand.model],
    )
    expect(rows).toEqual([{ value: String(body.entry) }])
    expect(stand.events).toMatchObject([
      { type: 'PromotionDecided', detail: { promoted: true, name: stand.model, to: 1 } },
    ])
  })

  it('of a version without evidence is refused with every reason, and nothing moves', async () => {
    const { status, body } = await stand.promote(1)
    expect(status).toBe(409)
    expect(body).toMatchObject({ outcome: 'refused', from: null })
    expect(failedOf(body)).toEqual(['faithfulness'])
    expect(await stand.production()).toBeNull()
    expect(await stand.ledger()).toMatchObject([
      { sequence: body.entry, action: 'refusal', to: 1, actor: caller },
    ])
    expect(stand.events).toMatchObject([
      { type: 'PromotionDecided', detail: { promoted: false, failed: [{ what: 'faithfulness' }] } },
    ])
  })

  const useless: readonly (readonly [string, Parameters<typeof stand.evaluate>[1]])[] = [
    ['of other rows', { digest: 'other' }],
    ['that failed', { status: 'failed' }],
    ['by another judge', { judge: 'my-own' }],
    ['that is too old', { daysAgo: 8 }],
    ['that missed the goal', { scores: 0.5 }],
    ['with a row that was not answered', { status: 'incomplete', unanswered: 1 }],
  ]
  it.each(useless)('is refused on an evaluation %s', async (_, evaluation) => {
    await stand.evaluate(1, evaluation)
    const { status, body } = await stand.promote(1)
    expect(status).toBe(409)
    expect(failedOf(body)).toEqual(['faithfulness'])
  })

  it('is refused on the evaluation of another version', async () => {
    await stand.evaluate(2)
    expect((await stand.promote(1)).status).toBe(409)
  })

  it('that is significantly worse than production on the same rows is refused', async () => {
    await stand.evaluate(1, { scores: 1 })
    await stand.promote(1)
    const worse = { scores: [0.9, 0.8, 0.9, 0.8, 0.9, 0.8, 0.9, 0.8] }
    await stand.evaluate(2, worse)
    const { status, body } = await stand.promote(2)
    expect(status).toBe(409)
    expect(body.evidence.production).toMatchObject({
      kind: 'compared',
      version: 1,
      metrics: [{ metric: 'faithfulness', pairs: 8, test: 'sign flips' }],
    })
    expect(failedOf(body)).toEqual(['faithfulness'])
    stand.gate = { tolerances: { faithfulness: 0.2 } }
    expect((await stand.promote(2)).status).toBe(201)
  })

  it('needs an evaluation of what is in production on the rows of now', async () => {
    await stand.evaluate(1)
    await stand.promote(1)
    await stand.ops.query(`update evaluation set dataset_digest = 'old' where subject_name = $1`, [
      stand.model,
    ])
    await stand.evaluate(2)
    const { body } = await stand.promote(2)
    expect(failedOf(body)).toEqual(['version 1'])
  })

  it('is refused where the dataset cannot be read, and says why', async () => {
    await stand.evaluate(1)
    stand.artifacts = artifactsInMemory()
    const { status, body } = await stand.promote(1)
    expect(status).toBe(409)
    expect(failedOf(body)).toContain('digest of the current dataset')
    expect(body.conditions).toContainEqual(
      expect.objectContaining({
        condition: 'reproducible',
        what: 'digest of the current dataset',
        remedy: expect.stringContaining('has no object datasets/fraud-detector/claims.jsonl'),
      }),
    )
  })

  it('asks what a row costs where the gate does', async () => {
    stand.gate = { costPerRowUsd: 0.001 }
    await stand.evaluate(1)
    expect(failedOf((await stand.promote(1)).body)).toEqual(['cost per row'])
    await stand.evaluate(1, { costNano: 8 * 2_000_000 })
    expect(failedOf((await stand.promote(1)).body)).toEqual(['cost per row'])
    await stand.evaluate(1, { costNano: 8 * 900_000 })
    expect((await stand.promote(1)).status).toBe(201)
  })

  it('rests on an evaluation of which the judge, not the version, left a score out', async () => {
    await stand.evaluate(1, { status: 'incomplete' })
    expect((await stand.promote(1)).status).toBe(201)
  })

  const unusable: readonly (readonly [string, Parameters<typeof stand.evaluate>[1]])[] = [
    ['is too old', { daysAgo: 8 }],
    ['left rows out', { status: 'incomplete', unanswered: 3 }],
    ['is of other rows', { digest: 'other' }],
  ]
  it.each(unusable)(
    'takes neither comparison nor cost from an evaluation that %s',
    async (_, of) => {
      stand.gate = { costPerRowUsd: 0.001, tolerances: { answer_relevancy: 0 } }
      const metrics = ['faithfulness', 'answer_relevancy']
      const costNano = 8 * 900_000
      await stand.evaluate(1, { metrics, costNano })
      expect((await stand.promote(1)).status).toBe(201)
      await stand.evaluate(2, { ...of, metrics, costNano })
      await stand.evaluate(2)
      const { status, body } = await stand.promote(2)
      expect(status).toBe(409)
      expect(failedOf(body)).toEqual(['answer_relevancy', 'cost per row'])
      expect(JSON.stringify(body.conditions)).toMatch(
        /answer_relevancy was not measured for this version within 7 days on the same rows, all of them answered/,
      )
      await stand.evaluate(2, { metrics, costNano })
      expect((await stand.promote(2)).status).toBe(201)
    },
  )

  it('compares with what is in production by an evaluation of any age that answered all rows', async () => {
    await stand.evaluate(1)
    await stand.promote(1)
    await stand.evaluate(2)
    const production = (set: string) =>
      stand.ops.query(
        `update evaluation set ${set} where subject_name = $1 and subject_version = '1'`,
        [stand.model],
      )
    await production('failed_rows = 3')
    expect(failedOf((await stand.promote(2)).body)).toEqual(['version 1'])
    await production(`failed_rows = 0, finished_at = now() - interval '30 days'`)
    expect((await stand.promote(2)).status).toBe(201)
  })

  it('rests on no evaluation of another that had the name and number before', async () => {
    await stand.mlflow.query('delete from model_versions where name = $1', [stand.model])
    await stand.administrator.query(`select gate.protect('[]'::jsonb)`)
    await stand.evaluate(1)
    await stand.administrator.query('select gate.protect($1::jsonb)', [
      JSON.stringify([{ name: stand.model, kind: 'model', workload: 'fraud-detector' }]),
    ])
    await stand.register(stand.model, 1)
    const { status, body } = await stand.promote(1)
    expect([status, failedOf(body)]).toEqual([409, ['faithfulness']])
    expect(JSON.stringify(body.conditions)).toMatch(/began before this version was registered/)
    await stand.evaluate(1)
    expect((await stand.promote(1)).status).toBe(201)
  })

  it('rests on no evaluation that began before the version was registered, whenever it ended', async () => {
    const startedAt = new Date(Date.now() - 1000).toISOString()
    await stand.register(stand.model, 9)
    await stand.artifacts.write('models/9/MLmodel', "signature:\n  inputs: '[]'\n  outputs: null\n")
    await stand.evaluate(9, { startedAt })
    expect(failedOf((await stand.promote(9)).body)).toEqual(['faithfulness'])
  })

  it('needs the approval of somebody else where the gate asks for one', async () => {
    stand.gate = { approval: true }
    await stand.evaluate(1)
    const approve = async () =>
      stand.call('POST', `/ops/models/${stand.model}/approvals`, { version: 1, reason: 'seen' })
    const { status, body } = await approve()
    expect([status, body.action, body.actor]).toEqual([201, 'approval', caller])
    expect((await approve()).body.sequence).toBe(body.sequence)
    expect(failedOf((await stand.promote(1)).body)).toEqual(['approval'])
    const guarded = findGuarded([stand.workload()], stand.model)!
    const asked = { guarded, version: 1, reason: '', requester: 'arn:aws:iam::1:user/other' }
    expect(await promote(asked, stand.ports())).toMatchObject({ kind: 'promoted' })
  })

  it('of a text that was changed after it was approved finds no approval, and a new one helps no more', async () => {
    stand.gate = { approval: true }
    const approve = async () =>
      stand.call('POST', `/ops/prompts/${stand.prompt}/approvals`, { version: 1, reason: 'seen' })
    const guarded = findGuarded([stand.workload()], stand.prompt)!
    const asked = { guarded, version: 1, reason: '', requester: 'arn:aws:iam::1:user/other' }
    const promoteByOther = async () => {
      const outcome = await promote(asked, stand.ports())
      return 'decision' in outcome ? failedOf(outcome.decision) : []
    }
    const before = await approve()
    expect(before.body.versionDigest).toMatch(/^[0-9a-f]{64}$/)
    await stand.mlflow.query(
      `update model_version_tags set value = 'Say {{question}} yes.' where name = $1 and version = 1 and key = 'mlflow.prompt.text'`,
      [stand.prompt],
    )
    await stand.evaluate(1, { kind: 'prompt', name: stand.prompt })
    expect(await promoteByOther()).toEqual(['unchanged content', 'approval'])
    const after = await approve()
    expect(after.body.sequence).toBeGreaterThan(before.body.sequence)
    expect(after.body.versionDigest).not.toBe(before.body.versionDigest)
    expect((await approve()).body.sequence).toBe(after.body.sequence)
    expect(await promoteByOther()).toEqual(['unchanged content'])
    expect(await stand.production(stand.prompt)).toBeNull()
  })

  it('that is only tried says the same, and leaves nothing', async () => {
    await stand.evaluate(1)
    const tried = await stand.promote(1, { dryRun: true })
    expect([tried.status, tried.body.outcome]).toEqual([200, 'would be promoted'])
    const refused = await stand.promote(2, { dryRun: true })
    expect([refused.status, refused.body.outcome]).toEqual([200, 'would be refused'])
    expect(await stand.production()).toBeNull()
    expect(await stand.ledger()).toEqual([])
    expect(stand.events).toEqual([])
  })

  it('of what is in production already changes nothing', async () => {
    await stand.evaluate(1)
    await stand.promote(1)
    const { status, body } = await stand.promote(1)
    expect([status, body.outcome]).toEqual([200, 'unchanged'])
    expect(await stand.ledger()).toHaveLength(1)
  })

  it('of a prompt with a slash, blanks and a percent sign in its name goes by the same steps', async () => {
    await stand.evaluate(1, { kind: 'prompt', name: stand.prompt })
    const path = `/ops/prompts/${stand.prompt}/promotions`
    const { status, body } = await stand.call('POST', path, { version: '1', reason: 'first' })
    expect([status, body.outcome, body.name]).toEqual([201, 'promoted', stand.prompt])
    expect(body.conditions.map(({ what }: { what: string }) => what)).toEqual([
      'faithfulness',
      'template text',
      'variables',
      'evaluation',
    ])
    const again = await stand.call('GET', `${path}/${body.entry}`)
    expect(again.body).toEqual(body)
    expect(await stand.production(stand.prompt)).toBe(1)
  })

  it('of a name as long as MLflow keeps it is decided, and of a longer one is a bad request', async () => {
    stand.prompt += '🧾'.repeat(256 - Array.from(stand.prompt).length)
    await stand.register(stand.prompt, 1, 'Answer {{question}}.')
    await stand.protect()
    await stand.evaluate(1, { kind: 'prompt', name: stand.prompt })
    const wish = { version: 1, reason: 'first' }
    const path = (name: string) => `/ops/prompts/${name}/promotions`
    expect(Array.from(stand.prompt)).toHaveLength(256)
    expect((await stand.call('POST', path(stand.prompt), wish)).status).toBe(201)
    const ledger = `/ops/ledger?name=${encodeURIComponent(stand.prompt)}`
    expect((await stand.call('GET', ledger)).body.entries).toHaveLength(1)
    expect((await stand.call('POST', path(`${stand.prompt}x`), wish)).status).toBe(400)
  })

  it('of an unknown name or version, or without a reason, says so', async () => {
    expect((await stand.promote(99)).status).toBe(404)
    const wish = { version: 1, reason: 'x' }
    const other = await stand.call('POST', '/ops/models/nobody/promotions', wish)
    expect(other.body.detail).toMatch(/No workload's gate names the model nobody/)
    const prompt = await stand.call('POST', `/ops/models/${stand.prompt}/promotions`, wish)
    expect(prompt.body.detail).toMatch(/is a prompt/)
    expect((await stand.promote(1, { reason: ' ' })).status).toBe(400)
    expect((await stand.call('GET', `/ops/models/${stand.model}/promotions/1`)).status).toBe(404)
  })

  it('that nobody signed is neither decided nor recorded', async () => {
    const connections = stand.connections()
    const routes = promotionRoutes({ ...connections, ...openGate(connections) })
    const path = { name: stand.model }
    const body = { version: 1, reason: 'x', dryRun: false }
    for (const { method, respond } of routes.filter((each) => each.method === 'POST')) {
      await expect(respond({ method, path, body, query: {}, caller: 'unknown' })).rejects.toThrow(
        'sign it with IAM',
      )
    }
    expect(await stand.ledger()).toEqual([])
  })

  it('of a version whose number was another version’s is refused with what to do', async () => {
    await stand.mlflow.query('delete from model_versions where name = $1', [stand.model])
    await stand.register(stand.model, 1)
    await stand.evaluate(1)
    const { status, body } = await stand.promote(1)
    expect([status, failedOf(body)]).toEqual([409, ['unchanged content']])
  })

  it('of a prompt that was changed after it was registered is refused with what to do', async () => {
    await stand.mlflow.query(
      `update model_version_tags set value = 'Say {{question}} yes.' where name = $1 and version = 1 and key = 'mlflow.prompt.text'`,
      [stand.prompt],
    )
    await stand.evaluate(1, { kind: 'prompt', name: stand.prompt })
    const path = `/ops/prompts/${stand.prompt}/promotions`
    const { status, body } = await stand.call('POST', path, { version: 1, reason: 'sly' })
    expect(status).toBe(409)
    expect(failedOf(body)).toEqual(['unchanged content'])
    expect(JSON.stringify(body.conditions)).toMatch(/register a new version/)
    await stand.register(stand.prompt, 4, 'Say {{question}} yes.')
    await stand.evaluate(4, { kind: 'prompt', name: stand.prompt })
    expect((await stand.call('POST', path, { version: 4, reason: 'new' })).status).toBe(201)
  })

  it('of a prompt that changes while it is decided is refused by the database', async () => {
    await stand.evaluate(1, { kind: 'prompt', name: stand.prompt })
    const ports = stand.ports()
    const gather: typeof ports.gather = async (asked) => {
      const evidence = await ports.gather(asked)
      await stand.mlflow.query(
        `update model_version_tags set value = 'Say yes.' where name = $1 and version = 1 and key = 'mlflow.prompt.text'`,
        [stand.prompt],
      )
      return evidence
    }
    const guarded = findGuarded([stand.workload()], stand.prompt)!
    const asked = { guarded, version: 1, reason: '', requester: caller }
    const outcome = await promote(asked, { ...ports, gather })
    expect(outcome).toMatchObject({ kind: 'refused' })
    expect(JSON.stringify(outcome)).toMatch(
      /consent of the database is missing.*Register a new version/,
    )
    expect(await stand.production(stand.prompt)).toBeNull()
  })
})

describe('while others move production', () => {
  it('a promotion is decided once more against what is there then', async () => {
    for (const version of [1, 2, 3]) await stand.evaluate(version)
    await stand.promote(1)
    let others = 0
    stand.beforeCall = async (method, path) => {
      if (method !== 'POST' || !path.endsWith('/alias') || others > 0) return
      others += 1
      await stand.promote(2)
    }
    const { status, body } = await stand.promote(3)
    expect([status, body.from]).toEqual([201, 2])
    expect((await stand.ledger()).map(({ from, to }) => [from, to])).toEqual([
      [null, 1],
      [1, 2],
      [2, 3],
    ])
  })

  it('and again, it gives up with a 409 and leaves no approval', async () => {
    for (const version of [1, 2, 3]) await stand.evaluate(version)
    await stand.promote(1)
    let isOther = false
    let turn = 2
    stand.beforeCall = async (method, path) => {
      if (method !== 'POST' || !path.endsWith('/alias') || isOther) return
      isOther = true
      await stand.promote(turn)
      turn = 1
      isOther = false
    }
    const { status, body } = await stand.promote(3)
    expect([status, body.title]).toEqual([409, 'Production moved meanwhile'])
    expect(await stand.production()).toBe(1)
    // Nobody can use an approval that is left: production is where the first one began.
    await expect(
      stand.mlflow.query(`update registered_model_aliases set version = 3 where name = $1`, [
        stand.model,
      ]),
    ).rejects.toMatchObject({ code: 'P0001' })
  })

  it('twenty at once end in one order, and production is the last of it', async () => {
    const versions = Array.from({ length: 20 }, (_, index) => index + 10)
    for (const version of versions) {
      await stand.artifacts.write(
        `models/${version}/MLmodel`,
        "signature:\n  inputs: '[]'\n  outputs: null\n",
      )
      await stand.register(stand.model, version)
      await stand.evaluate(version)
    }
    const answers = await Promise.all(versions.map(async (version) => stand.promote(version)))
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true)
    const promoted = (await stand.ledger()).filter(({ action }) => action === 'promotion')
    expect(promoted.length).toBe(answers.filter(({ status }) => status === 201).length)
    expect(promoted.length).toBeGreaterThan(0)
    for (const [index, { from }] of promoted.entries()) {
      expect(from).toBe(promoted[index - 1]?.to ?? null)
    }
    expect(await stand.production()).toBe(promoted.at(-1)?.to)
  })
})

describe('a failure', () => {
  it('of the answer alone is a promotion: the ledger says what has happened', async () => {
    await stand.evaluate(1)
    stand.afterCall = async (method, path) => {
      if (method === 'POST' && path.endsWith('/alias')) throw new Error('The answer was lost.')
    }
    expect((await stand.promote(1)).status).toBe(201)
  })

  it('of who listens changes nothing', async () => {
    await stand.evaluate(1)
    stand.beforeCall = async (_, path) => {
      if (path.endsWith('/set-tag')) throw new Error('MLflow is away.')
    }
    expect((await stand.promote(1)).status).toBe(201)
    expect(stand.logged.join()).toMatch(/MLflow is away/)
  })
})

describe('a rollback', () => {
  const rollBack = async (body: object = {}, name = stand.model, kind = 'models') =>
    stand.call('POST', `/ops/${kind}/${name}/rollbacks`, { reason: 'it is wrong', ...body })

  async function promoteAll(...versions: number[]): Promise<void> {
    for (const version of versions) {
      await stand.evaluate(version)
      expect((await stand.promote(version)).status).toBe(201)
    }
  }

  it('returns the version before at once, and says what it undoes', async () => {
    await promoteAll(1, 2)
    const { status, body } = await rollBack()
    expect(status).toBe(201)
    expect(body.entries).toMatchObject([
      { action: 'rollback', from: 2, to: 1, actor: caller, reason: 'it is wrong' },
    ])
    expect(await stand.production()).toBe(1)
    const [, second] = await stand.ledger()
    expect(body.entries[0].undoes).toEqual({ sequence: second?.sequence })
    expect(stand.events.at(-1)).toMatchObject({ type: 'RolledBack', detail: { automatic: false } })
  })

  it('goes back further each time, to a version that was named, or not at all', async () => {
    await promoteAll(1, 2, 3)
    expect((await rollBack()).body.entries[0].to).toBe(2)
    expect((await rollBack()).body.entries[0].to).toBe(1)
    expect((await rollBack({ to: 3 })).body.entries[0].to).toBe(3)
    const never = await rollBack({ to: 99 })
    expect([never.status, never.body.detail]).toEqual([409, expect.stringMatching(/never in/)])
    expect((await rollBack({ to: 3 })).body.detail).toMatch(/in production already/)
  })

  it('without a version before is refused', async () => {
    expect((await rollBack()).body.detail).toMatch(/no version in production/)
    await promoteAll(1)
    expect((await rollBack()).body.detail).toMatch(/nothing to go back to/)
  })

  it('skips versions that were deleted', async () => {
    await promoteAll(1, 2, 3)
    await stand.mlflow.query(
      `update model_versions set current_stage = 'Deleted_Internal' where name = $1 and version = 2`,
      [stand.model],
    )
    expect((await rollBack({ to: 2 })).body.detail).toMatch(/was deleted/)
    expect((await rollBack()).body.entries[0].to).toBe(1)
  })

  it('does not go back to what was in production before its name was free', async () => {
    await promoteAll(1, 2)
    await stand.protect(false)
    await stand.protect()
    expect((await rollBack()).body.detail).toMatch(/nothing to go back to/)
    expect((await rollBack({ to: 1 })).body.detail).toMatch(
      /never in production since it is guarded/,
    )
    await promoteAll(3)
    expect((await rollBack()).body.entries[0].to).toBe(2)
  })

  describe('of names that belong together', () => {
    beforeEach(() => {
      stand.gate = { together: true }
    })

    async function promotePrompt(version: number): Promise<void> {
      await stand.evaluate(version, { kind: 'prompt', name: stand.prompt })
      const path = `/ops/prompts/${stand.prompt}/promotions`
      expect((await stand.call('POST', path, { version, reason: 'x' })).status).toBe(201)
    }

    const pair = async () => [await stand.production(), await stand.production(stand.prompt)]

    it('takes along what moved since', async () => {
      await promoteAll(1)
      await promotePrompt(1)
      await promoteAll(2)
      await promotePrompt(2)
      const { status, body } = await rollBack()
      expect(status).toBe(201)
      expect(body.entries).toMatchObject([
        { name: stand.model, from: 2, to: 1 },
        { name: stand.prompt, from: 2, to: 1 },
      ])
      // Which of the states of some milliseconds returns with version 2, a clock would say: see history.test.ts.
      expect(await pair()).toEqual([1, 1])
    })

    it('leaves what did not move since, however seldom it moved', async () => {
      await promoteAll(1)
      await promotePrompt(1)
      await promoteAll(2, 3)
      expect((await rollBack()).body.entries).toHaveLength(1)
      expect(await pair()).toEqual([2, 1])
      expect((await rollBack()).body.entries).toHaveLength(1)
      expect(await pair()).toEqual([1, 1])
    })

    it('makes no pair that never was', async () => {
      await promoteAll(1)
      await promotePrompt(1)
      await promotePrompt(2)
      await promoteAll(2, 3)
      await rollBack()
      expect(await pair()).toEqual([2, 2])
    })

    it('leaves what had nothing in production then', async () => {
      await promoteAll(1, 2)
      await promotePrompt(1)
      await rollBack()
      expect(await pair()).toEqual([1, 1])
    })

    it('moves none where one of them cannot move', async () => {
      await promoteAll(1)
      await promotePrompt(1)
      await promoteAll(2)
      await promotePrompt(2)
      await stand.mlflow.query(
        `update model_versions set current_stage = 'Deleted_Internal' where name = $1 and version = 1`,
        [stand.prompt],
      )
      const { status, body } = await rollBack()
      expect([status, body.detail]).toEqual([
        409,
        `version 1 of ${stand.prompt}, which stood beside version 1 of ${stand.model}, was deleted.`,
      ])
      expect(await pair()).toEqual([2, 2])
    })
  })
})

describe('the ledger', () => {
  it('is read by name, action and page, and its chain holds', async () => {
    await stand.promote(1)
    await stand.evaluate(1)
    await stand.promote(1)
    const path = `/ops/ledger?name=${stand.model}`
    const { body } = await stand.call('GET', path)
    expect(body.entries.map(({ entry }: { entry: { action: string } }) => entry.action)).toEqual([
      'promotion',
      'refusal',
    ])
    const page = await stand.call('GET', `${path}&limit=1&offset=1`)
    expect([page.body.entries[0].entry.action, page.body.truncated]).toEqual(['refusal', false])
    expect((await stand.call('GET', `${path}&limit=1`)).body.truncated).toBe(true)
    const refusals = await stand.call('GET', `${path}&action=refusal`)
    expect(refusals.body.entries).toHaveLength(1)
    expect((await stand.call('GET', `${path}&to=2020-01-01`)).body.entries).toEqual([])
    const chain: ChainedEntry[] = []
    for (;;) {
      const { body: oldest } = await stand.call(
        'GET',
        `/ops/ledger?order=oldest&limit=30&offset=${chain.length}`,
      )
      chain.push(...oldest.entries)
      if (!oldest.truncated) break
    }
    // Entries of other tests are short of evidence; what is verified is that hashes follow each other.
    const result = verifyChain(chain)
    if (isBroken(result)) expect(result.reason).toBe('it has no evidence or no decision')
    else expect(result.sequence).toBe(chain.length)
  })

  it('hides no earlier version and no approval, however much has been written since', async () => {
    stand.gate = { approval: true }
    const approve = async (version: number) =>
      stand.call('POST', `/ops/models/${stand.model}/approvals`, { version, reason: 'seen' })
    const given = await approve(3)
    const write = async (action: string, entries: number, to: number) =>
      stand.administrator.query(
        `select gate.append(jsonb_build_object('action', $2::text, 'workload', 'w', 'workspace', 'default', 'name', $1::text,
           'to', $4::integer, 'actor', 'arn:aws:iam::1:user/u' || number, 'reason', repeat(E'\\u0001', 1000),
           'versionDigest', gate.version_digest('default', $1, $4::integer)))
         from generate_series(1, $3::integer) number`,
        [stand.model, action, entries, to],
      )
    for (const version of [1, 2]) {
      await stand.evaluate(version)
      await write('approval', 1, version)
      expect((await stand.promote(version)).status).toBe(201)
    }
    await write('refusal', 300, 3)
    await write('approval', 1_100, 3)
    await write('promotion', 1_100, 2)
    const { ledger } = stand.ports()
    expect(await ledger.approvalsOf(stand.model, 3)).toHaveLength(1_101)
    expect((await approve(3)).body.sequence).toBe(given.body.sequence)
    expect(await ledger.movesOf(stand.model)).toHaveLength(1_102)
    const back = await stand.call('POST', `/ops/models/${stand.model}/rollbacks`, {
      reason: 'wrong',
      to: 1,
    })
    expect([back.status, back.body.entries?.[0].to]).toEqual([201, 1])
  })

  it('gives the operating indicators of a workload', async () => {
    await stand.evaluate(1)
    await stand.promote(1)
    await stand.evaluate(2)
    await stand.promote(2)
    await stand.call('POST', `/ops/models/${stand.model}/rollbacks`, { reason: 'wrong' })
    const { status, body } = await stand.call('GET', '/ops/indicators?workload=fraud-detector')
    expect(status).toBe(200)
    const found = Object.fromEntries(
      body.indicators.map((each: { indicator: string }) => [each.indicator, each]),
    )
    expect(found['model_reproducibility']).toMatchObject({ value: 1, samples: 3, verdict: 'met' })
    expect(found['promotion_lead_time_hours'].value).toBeCloseTo(2, 1)
    expect(found['change_failure_rate'].value).toBeGreaterThan(0)
    expect(found['time_to_restore_hours'].value).toBeLessThan(1)
    expect(found['experiment_cycle_hours'].samples).toBeGreaterThan(0)
  })
})
