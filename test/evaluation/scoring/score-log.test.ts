import { describe, expect, it } from 'vitest'
import { readCsvLog } from '../../../lambdas/evaluation/conformance/read-event-log.ts'
import type { AnsweredRow, ScoredRow } from '../../../lambdas/evaluation/row.ts'
import { measure } from '../../../lambdas/evaluation/scoring/measure.ts'
import { type LogCheck, scoreLog } from '../../../lambdas/evaluation/scoring/score-log.ts'
import { bytesOf, logReferences } from '../conformance/reference.ts'
import { scored, setting } from './rows.ts'

const logs = [
  ['running-example', 'running-example.csv', 'running-example.pnml'],
  ['roadtraffic100', 'roadtraffic100traces.csv', 'roadtraffic-inductive-top2.pnml'],
] as const

function check(log: string, model: string, others: Partial<LogCheck> = {}): LogCheck {
  let now = 0
  return {
    log: { key: log, bytes: bytesOf(log) },
    model: { key: model, bytes: bytesOf(model) },
    clock: () => (now += 1),
    maxMilliseconds: Number.POSITIVE_INFINITY,
    ...others,
  }
}

/** A row for each case of a log, as `prepare` writes them. */
function casesOf(log: string): AnsweredRow[] {
  return readCsvLog(bytesOf(log)).cases.map(({ id }, index) =>
    scored({ id: `row ${index}`, inputs: { caseId: id } }),
  )
}

/** Rows as the batch writes them, read again. */
function written(rows: readonly AnsweredRow[], found: ReturnType<typeof scoreLog>): ScoredRow[] {
  const scores = rows.map((row, index) => ({ ...row, scores: [found.scores[index]] }))
  return JSON.parse(JSON.stringify(scores)) as ScoredRow[]
}

describe.each(logs)('the log %s', (name, log, model) => {
  const reference = logReferences[name]
  const rows = casesOf(log)
  const found = scoreLog(rows, check(log, model))
  const scoredRows = written(rows, found)
  const conformance = found.summary ?? { missing: 'no summary' }

  it.each([
    ['conformance', reference.alignments.average_trace_fitness],
    ['conformance_fitness', reference.alignments.log_fitness],
    ['conformance_token_fitness', reference.token_replay.log_fitness],
    ['conformance_precision', reference.precision_token_replay_etc],
    ['conformance_alignment_precision', reference.precision_alignments_align_etc],
  ])('has the %s of pm4py', (metric, expected) => {
    const figure = measure(metric, scoredRows, { ...setting, conformance })
    expect(figure.value).toBeCloseTo(expected, 12)
    expect(figure).toMatchObject({ scored: rows.length, unscored: 0, samples: rows.length })
  })

  it('has intervals where cases can be drawn anew', () => {
    for (const metric of ['conformance_fitness', 'conformance_token_fitness']) {
      const { value, interval, method } = measure(metric, scoredRows, setting)
      expect(method).toBe('bootstrap')
      expect(interval?.lower).toBeLessThanOrEqual(value ?? 0)
      expect(interval?.upper).toBeGreaterThanOrEqual(value ?? 1)
    }
    for (const metric of ['conformance_precision', 'conformance_duration']) {
      expect(measure(metric, scoredRows, { ...setting, conformance })).toMatchObject({
        interval: null,
        method: '',
      })
    }
  })

  it('names the share of cases that fit', () => {
    expect((found.summary?.fittingCases ?? 0) * 100).toBeCloseTo(
      reference.alignments.percentage_of_fitting_traces,
      12,
    )
  })
})

describe('a case', () => {
  const [, log, model] = logs[1]
  const rows = casesOf(log)
  const found = scoreLog(rows, check(log, model))

  it('says which of its steps deviate', () => {
    const deviating = found.scores.find(({ score }) => score !== 1)
    expect(deviating?.rationale).toMatch(/^\d+ steps deviate: .+ (happened|did not)/)
    expect(deviating?.parts['deviations']).toContainEqual({
      kind: expect.stringMatching(/^(log|model)$/) as string,
      activity: expect.any(String) as string,
    })
    expect(found.scores.find(({ score }) => score === 1)).toMatchObject({
      rationale: 'The case does what the model says.',
      parts: { deviations: [] },
    })
  })

  it('is found by its id, in whatever order the rows are', () => {
    const reversed = scoreLog(rows.toReversed(), check(log, model))
    const withoutTime = (scores: typeof found.scores) =>
      scores.map(({ score, rationale }) => ({ score, rationale }))
    expect(withoutTime(reversed.scores.toReversed())).toEqual(withoutTime(found.scores))
  })

  it('that is not in the log is unscored, and one that no row names counts nowhere', () => {
    const some = [
      ...rows.slice(0, 10),
      scored({ inputs: { caseId: 'nobody' } }),
      scored({ inputs: {} }),
      scored({ ...rows[10], failure: 'rejected' }),
    ]
    const { scores, summary } = scoreLog(some, check(log, model))
    expect(summary?.cases).toBe(10)
    expect(scores.slice(10)).toMatchObject([
      { score: null, rationale: 'There is no case "nobody" in the event log.' },
      { score: null, rationale: 'There is no case null in the event log.' },
      { score: null, rationale: 'rejected' },
    ])
  })

  it('of a name that several cases have is one of them each', () => {
    const xes = (activities: readonly string[][]): Uint8Array =>
      Buffer.from(
        `<log>${activities
          .map(
            (trace) =>
              `<trace><string key="concept:name" value="same"/>${trace
                .map((name) => `<event><string key="concept:name" value="${name}"/></event>`)
                .join('')}</trace>`,
          )
          .join('')}</log>`,
      )
    const same = scored({ inputs: { caseId: 'same' } })
    const bytes = xes([['Create Fine', 'Payment'], ['Payment']])
    const { scores } = scoreLog(
      [same, same, same],
      check(log, model, { log: { key: 'a.XES', bytes } }),
    )
    expect(scores.map(({ parts }) => parts['events'])).toEqual([2, 1, undefined])
  })
})

describe('a check', () => {
  const [, log, model] = logs[1]
  const rows = casesOf(log)

  it('is timed from the bytes to the figures', () => {
    const { summary } = scoreLog(rows, check(log, model))
    const conformance = summary ?? { missing: '' }
    expect(summary?.milliseconds).toBeGreaterThan(0)
    expect(
      measure('conformance_duration', rows as ScoredRow[], { ...setting, conformance }),
    ).toMatchObject({
      value: summary?.milliseconds,
      scored: 100,
      method: '',
    })
  })

  it('that runs out of states leaves the case unscored, counted, and in no figure by alignment', () => {
    const found = scoreLog(rows, check(log, model, { maxStates: 8 }))
    const unaligned = found.scores.filter(({ score }) => score === null)
    expect(unaligned.length).toBeGreaterThan(0)
    expect(unaligned.length).toBeLessThan(rows.length)
    expect(unaligned[0]?.rationale).toContain('No alignment was found within 8 states')
    expect(found.summary?.unaligned).toBe(unaligned.length)
    const scoredRows = written(rows, found)
    expect(measure('conformance_fitness', scoredRows, setting)).toMatchObject({
      scored: rows.length - unaligned.length,
      unscored: unaligned.length,
      parts: { unaligned: unaligned.length },
    })
    expect(measure('conformance_token_fitness', scoredRows, setting).scored).toBe(rows.length)
  })

  it('that runs out of time says so for the cases that are left', () => {
    const { scores } = scoreLog(rows, check(log, model, { maxMilliseconds: 5 }))
    expect(scores[0]?.score).not.toBeNull()
    expect(scores.find(({ score }) => score === null)?.rationale).toContain(
      'The log was not aligned within 5 ms',
    )
  })

  it.each([
    ['a missing log', { log: { key: 'gone.csv', bytes: undefined } }, 'There is no gone.csv'],
    ['a missing model', { model: { key: 'gone.pnml', bytes: undefined } }, 'There is no gone.pnml'],
    [
      'a model that is none',
      { model: { key: 'x.pnml', bytes: Buffer.from('<pnml/>') } },
      'The Petri net (PNML) cannot be read',
    ],
    [
      'a log that is none',
      { log: { key: 'x.csv', bytes: Buffer.from('a,b\n1,2\n') } },
      'The event log cannot be read',
    ],
  ])('with %s leaves every row unscored, with what is wrong', (_name, others, reason) => {
    const { scores, summary } = scoreLog(rows, check(log, model, others))
    expect(summary).toBeNull()
    expect(scores).toHaveLength(rows.length)
    for (const { score, rationale } of scores) {
      expect(score).toBeNull()
      expect(rationale).toContain(reason)
    }
  })
})
