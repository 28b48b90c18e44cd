import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { runBatch } from '../../../lambdas/evaluation/batch/run-batch.ts'
import type { AnsweredRow } from '../../../lambdas/evaluation/row.ts'
import { answer, type Application, startApplication } from './application.ts'
import {
  type Bucket,
  bucketWith,
  evaluationId,
  FakeJudge,
  files,
  questions,
  statements,
  surroundingsOf,
} from './batch.ts'

const batch0 = { evaluationId, batch: 0 }

/** A process that dies at one of its steps; nothing that it does afterwards has an effect. */
class Life {
  steps = 0
  readonly #lastStep: number
  readonly #when: 'before' | 'after'

  constructor(lastStep: number, when: 'before' | 'after') {
    this.#lastStep = lastStep
    this.#when = when
  }

  get isOver(): boolean {
    return this.steps >= this.#lastStep
  }

  /** Does something, unless the process is dead or dies at it. */
  async step<Result>(act: () => Promise<Result>): Promise<Result> {
    if (this.isOver) throw new Error('dead')
    this.steps += 1
    if (this.isOver && this.#when === 'before') throw new Error('died before')
    const result = await act()
    if (this.isOver) throw new Error('died after')
    return result
  }
}

async function run(life: Life, bucket: Bucket, application: Application): Promise<unknown> {
  class Judge extends FakeJudge {
    override scoreRow(
      row: AnsweredRow,
      metrics: readonly string[],
    ): ReturnType<FakeJudge['scoreRow']> {
      return life.step(() => super.scoreRow(row, metrics))
    }

    override flush(): Promise<void> {
      return life.step(() => super.flush())
    }
  }
  const database = statements()
  const surroundings = surroundingsOf(bucket, application.url, {
    artifacts: {
      read: (key) => life.step(() => bucket.read(key)),
      write: (key, content) => life.step(() => bucket.write(key, content)),
      list: (prefix) => life.step(() => bucket.list(prefix)),
    },
    database: { query: (sql, values) => life.step(() => database.query(sql, values)) },
    openJudge: () => life.step(() => Promise.resolve(new Judge())),
    fetch: (url, init) => life.step(() => fetch(url, init)),
    sleep: (milliseconds, signal) =>
      life.isOver
        ? Promise.reject(new Error('dead'))
        : wait(Math.min(milliseconds, 2), undefined, { signal }).catch(() => undefined),
    saveEvery: 1,
  })
  return runBatch(batch0, surroundings)
}

function startSlowApplication(): Promise<Application> {
  return startApplication(async (response, { body }) => {
    await wait(2)
    return answer(response, { outputs: `Answer to ${body.evaluation.row}`, traceId: 'tr-1' })
  })
}

describe.each(['before', 'after'] as const)(
  'a batch that is killed %s one of its steps',
  (when) => {
    it('and run again has the same rows, and asks for nothing that was saved', async () => {
      const rows = questions(12)
      const application = await startSlowApplication()
      const whole = bucketWith({}, rows)
      await run(new Life(Number.POSITIVE_INFINITY, when), whole, application)

      let killed = 0
      let kept = 0
      for (let lastStep = 1; ; lastStep++) {
        const bucket = bucketWith({}, rows)
        const life = new Life(lastStep, when)
        const first = await run(life, bucket, application).catch(() => 'killed')
        if (first !== 'killed') break
        killed += 1
        const saved = bucket.lines<AnsweredRow>(files.answers(0)).map(({ id }) => id)
        kept += saved.length
        const askedBefore = application.asked.length
        const result = await run(new Life(Number.POSITIVE_INFINITY, when), bucket, application)
        const askedAgain = application.asked
          .slice(askedBefore)
          .map(({ body }) => body.evaluation.row)
        expect(result).toEqual({ batch: 0, rows: rows.length, failed: 0 })
        expect(bucket.rows()).toEqual(whole.rows())
        expect(askedAgain.filter((id) => saved.includes(id))).toEqual([])
      }
      // Reading, asking, judging, saving, flushing, writing.
      expect(killed).toBeGreaterThan(30)
      expect(kept).toBeGreaterThan(0)
    })
  },
)
