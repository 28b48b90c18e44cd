import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventLog } from '../../../lambdas/evaluation/conformance/event-log.ts'
import { traceOf } from '../../../lambdas/evaluation/conformance/event-log.ts'
import {
  type CsvOptions,
  readCsvLog,
  readXesLog,
} from '../../../lambdas/evaluation/conformance/read-event-log.ts'
import { parseTimestamp } from '../../../lambdas/evaluation/conformance/timestamp.ts'
import { UnreadableFile } from '../../../lambdas/evaluation/conformance/unreadable-file.ts'
import { bytesOf } from './reference.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

function findingsOf(read: () => EventLog): readonly string[] {
  try {
    read()
  } catch (error) {
    if (error instanceof UnreadableFile) {
      return error.findings.map(({ line, message }) => `${line}: ${message}`)
    }
    throw error
  }
  return []
}

const tracesOf = (log: EventLog) =>
  Object.fromEntries(log.cases.map((aCase) => [aCase.id, traceOf(aCase)]))

const columns = { case: 'case', activity: 'step', timestamp: 'at' }
const csv = (text: string, options: CsvOptions = {}) =>
  readCsvLog(bytes(text), { columns, ...options })

describe('an event log in CSV', () => {
  it('keeps every event of a published log', () => {
    const log = readCsvLog(bytesOf('roadtraffic100traces.csv'))
    expect(log.cases).toHaveLength(100)
    const rows = new TextDecoder().decode(bytesOf('roadtraffic100traces.csv')).trim().split('\n')
    expect(log.cases.flatMap(({ events }) => events)).toHaveLength(rows.length - 1)
  })

  it('puts the events of a case in the order of their timestamps, whatever their zone', () => {
    const log = csv(`case,step,at
1,third,2026-01-01T10:00:00.000002Z
2,only,2026-01-01
1,second,2026-01-01 10:00:00.000001Z
1,first,2026-01-01T18:59:59+09:00
`)
    expect(tracesOf(log)).toEqual({ 1: ['first', 'second', 'third'], 2: ['only'] })
    expect(log.warnings).toEqual([])
  })

  it('keeps the order of the file for equal timestamps and says so', () => {
    const log = csv('case,step,at\n1,b,2026-01-01\n1,a,2026-01-01\n1,c,2026-01-01\n')
    expect(tracesOf(log)).toEqual({ 1: ['b', 'a', 'c'] })
    expect(log.warnings).toEqual([
      {
        line: 3,
        message:
          'Case "1": "a" has the timestamp of "b" before it (and 1 more); the order of the file counts',
      },
    ])
  })

  it('reads quotes, other delimiters, a byte order mark, and a file without timestamps', () => {
    const text = '\uFEFFcase;step\r\n1;"pay; ""later"""\r\n\r\n1;"two\nlines"\r\n'
    const log = csv(text, { delimiter: ';', columns: { ...columns, timestamp: null } })
    expect(tracesOf(log)).toEqual({ 1: ['pay; "later"', 'two\nlines'] })
  })

  it('reads Korean in EUC-KR when told, and refuses it otherwise', () => {
    const file = new Uint8Array([...bytes('case,step\n1,'), 0xb0, 0xa1, 10])
    const options = { columns: { ...columns, timestamp: null } }
    expect(tracesOf(readCsvLog(file, { ...options, encoding: 'euc-kr' }))).toEqual({ 1: ['가'] })
    expect(findingsOf(() => readCsvLog(file, options))).toEqual([
      '2: It is not valid utf-8: save the file as UTF-8, or name its encoding (such as euc-kr)',
    ])
  })

  it('reads UTF-16 with a byte order mark, as spreadsheets write it', () => {
    const file = new Uint8Array(Buffer.from('\uFEFFcase,step,at\n1,가,2026-01-01\n', 'utf16le'))
    expect(tracesOf(readCsvLog(file, { columns }))).toEqual({ 1: ['가'] })
  })

  it('comes back whole from any text in its cells', () => {
    const cell = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.trim() !== '')
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
        const text = rows.map((row) => row.map(quoted).join(',')).join('\n')
        const log = csv(`case,step\n${text}`, { columns: { ...columns, timestamp: null } })
        const events = log.cases.flatMap((aCase) => traceOf(aCase).map((step) => [aCase.id, step]))
        expect(events).toHaveLength(rows.length)
        for (const row of rows) expect(events).toContainEqual(row)
      }),
    )
  })

  it.each([
    ['is empty', '', ['null: It is empty']],
    ['has no event', 'case,step,at\n', ['1: It has a header and no event']],
    [
      'has other columns',
      'case;step;at\n1;a;2026-01-01\n',
      [
        '1: There is no column "case" among "case;step;at": name the column, or the delimiter',
        '1: There is no column "step" among "case;step;at": name the column, or the delimiter',
        '1: There is no column "at" among "case;step;at": name the column, or the delimiter',
      ],
    ],
    [
      'has a column twice',
      'case,step,at,step\n1,a,2026-01-01,b\n',
      ['1: There are two columns "step"'],
    ],
    [
      'has broken rows: every one is named',
      'case,step,at\n,a,2026-01-01\n1,,2026-01-01\n1,a,yesterday\n1,a\n1,a,2026-02-30\n',
      [
        '2: The case is empty',
        '3: The activity is empty',
        '4: "yesterday" is not a timestamp of ISO 8601',
        '5: It has 2 columns, the header has 3',
        '6: "2026-02-30" is not a timestamp of ISO 8601',
      ],
    ],
  ])('is refused with the line when it %s', (_what, text, findings) => {
    expect(findingsOf(() => csv(text))).toEqual(findings)
  })

  it('is refused with the line when a quote is not closed', () => {
    expect(findingsOf(() => csv('case,step,at\n1,"a,2026-01-01\n'))).toEqual([
      expect.stringMatching(/^[123]: Quote Not Closed/),
    ])
  })

  it('is refused when it has more events than the limit, and read when it has as many', () => {
    const text = `case,step,at\n${'1,a,2026-01-01\n'.repeat(3)}`
    expect(csv(text, { maxEvents: 3 }).cases[0]?.events).toHaveLength(3)
    expect(findingsOf(() => csv(text, { maxEvents: 2 }))).toEqual([
      '4: It has more than 2 events: raise the limit or take a shorter period',
    ])
  })

  it('shows the first findings in the message and keeps all of them', () => {
    const broken = () => csv(`case,step,at\n${'1,a,never\n'.repeat(9)}`)
    expect(broken).toThrow(/^The event log cannot be read: line 2: .*; line 6: .*; and 4 more$/)
    expect(findingsOf(broken)).toHaveLength(9)
  })
})

const xes = (content: string) =>
  bytes(`<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
<global scope="event"><string key="concept:name" value="none"/></global>
${content}
</log>`)

describe('an event log in XES', () => {
  it('has the events of each trace in their order', () => {
    const log = readXesLog(
      xes(`<trace><string key="concept:name" value="claim 1"/>
<event><string key="concept:name" value="file"><string key="concept:name" value="nested"/></string>
<date key="time:timestamp" value="2026-01-01T10:00:00.000+09:00"/></event>
<event><string key="concept:name" value="pay &amp; close"/></event></trace>
<trace><string key="concept:name" value="claim 2"/></trace>`),
    )
    expect(tracesOf(log)).toEqual({ 'claim 1': ['file', 'pay & close'], 'claim 2': [] })
  })

  it('warns of timestamps that contradict the order, and of two traces of one name', () => {
    const event = (name: string, at: string) =>
      `<event><string key="concept:name" value="${name}"/><date key="time:timestamp" value="${at}"/></event>`
    const log = readXesLog(
      xes(`<trace><string key="concept:name" value="1"/>${event('a', '2026-01-02')}
${event('b', '2026-01-01')}</trace>
<trace><string key="concept:name" value="1"/></trace>`),
    )
    expect(log.cases).toHaveLength(2)
    expect(log.warnings).toEqual([
      {
        line: 6,
        message: 'The trace "1" has the name of the one in line 4; they are checked as two cases',
      },
      {
        line: 5,
        message:
          'Case "1": "b" has an earlier timestamp than "a" before it; the order of the file counts',
      },
    ])
  })

  it.each([
    ['is empty', bytes(' '), ['1: It is empty']],
    ['has no trace', xes(''), ['null: It has no case']],
    [
      'is broken',
      bytes('<log>\n<trace>\n<event></trace></log>'),
      ['3: unexpected close tag. (column 15)'],
    ],
    ['is a net', bytes('<pnml></pnml>'), ['1: <pnml> is not <log>']],
    [
      'has broken events: every one is named',
      xes(`<trace><event/>
<event><string key="concept:name" value="a"/><date key="time:timestamp" value="soon"/></event></trace>`),
      [
        '4: The trace has no concept:name',
        '4: The activity is empty',
        '5: "soon" is not a timestamp of ISO 8601',
      ],
    ],
    [
      'declares entities',
      bytes('<!DOCTYPE log [<!ENTITY x "y">]>\n<log>&x;</log>'),
      ['1: A document type declaration (<!DOCTYPE …>) is not accepted: remove it'],
    ],
  ])('is refused with the line when it %s', (_what, file, findings) => {
    expect(findingsOf(() => readXesLog(file))).toEqual(findings)
  })

  it('is refused at the first event beyond the limit', () => {
    const event = '<event><string key="concept:name" value="a"/></event>\n'
    const file = xes(`<trace><string key="concept:name" value="1"/>\n${event.repeat(3)}</trace>`)
    expect(readXesLog(file, { maxEvents: 3 }).cases[0]?.events).toHaveLength(3)
    expect(findingsOf(() => readXesLog(file, { maxEvents: 2 }))).toEqual([
      '7: It has more than 2 events: raise the limit or take a shorter period',
    ])
  })
})

describe('a timestamp', () => {
  it.each([
    ['2026-01-01', '2026-01-01T00:00:00Z'],
    ['2010-12-30 14:32:00+01:00', '2010-12-30T13:32:00Z'],
    ['2010-12-30T14:32:00,5-0130', '2010-12-30T16:02:00.5Z'],
    ['2024-02-29T00:00Z', '2024-02-29T00:00:00Z'],
  ])('%s is %s', (text, same) => {
    expect(parseTimestamp(text)).toBe(Date.parse(same))
  })

  it.each(['', '1', '01/02/2026', '2026-13-01', '2023-02-29', '2026-01-01T24:00Z', '2026-01-01Tx'])(
    '"%s" is none',
    (text) => {
      expect(parseTimestamp(text)).toBeNull()
    },
  )

  it('is read as it was written, to the millisecond', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1000-01-01'), max: new Date('2900-01-01'), noInvalidDate: true }),
        (date) => {
          expect(Math.round(parseTimestamp(date.toISOString()) ?? 0)).toBe(date.getTime())
        },
      ),
    )
  })
})
