import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseArrayLiteral } from '../../local/data-api/array-literal.ts'
import { Availability } from '../../local/data-api/availability.ts'
import { bind } from '../../local/data-api/binding.ts'
import { isUnavailable, toDataApiError } from '../../local/data-api/errors.ts'
import { parseRequest } from '../../local/data-api/wire.ts'

describe('array literals', () => {
  const quote = (value: string) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

  test('give back what was put in', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string(), { nil: null })), (elements) => {
        const text = `{${elements.map((each) => (each === null ? 'NULL' : quote(each))).join(',')}}`
        expect(parseArrayLiteral(text)).toEqual({ elements })
      }),
    )
  })

  test('of several dimensions are told apart', () => {
    expect(parseArrayLiteral('{{1,2},{3,4}}')).toBe('multidimensional')
  })
})

describe('binding', () => {
  test('declares a type for each value and keeps 64-bit integers', () => {
    const parameters = parseRequest(
      '[{"name":"n","value":{"longValue":-9223372036854775808}},' +
        '{"name":"z","value":{"doubleValue":1}},{"name":"no","value":{"booleanValue":false}}]',
    ) as never
    expect(bind('select :n, :z, :no', parameters)).toEqual({
      text: 'select $1, $2, $3',
      values: ['-9223372036854775808', '1', 'f'],
      oids: [20, 701, 16],
    })
  })

  test('refuses a value with two fields', () => {
    expect(() =>
      bind('select :a', [{ name: 'a', value: { stringValue: 'x', longValue: 1 } }]),
    ).toThrow('Parameter "a" has value with more than one field set')
  })
})

describe('errors', () => {
  test.each([
    [{ code: 'ECONNREFUSED', message: '' }, true],
    [{ code: '57P01', message: 'terminating connection' }, true],
    [{ code: '57P03', message: 'the database system is starting up' }, true],
    [{ code: '08006', message: '' }, true],
    [new Error('Connection terminated unexpectedly'), true],
    [{ code: '57014', message: 'canceling statement' }, false],
    [{ code: '23505', message: 'duplicate key' }, false],
  ])('%j is about an absent database: %s', (error, expected) => {
    expect(isUnavailable(error)).toBe(expected)
  })

  test('that nobody foresaw are internal', () => {
    expect(toDataApiError(new Error('bug'))).toMatchObject({
      name: 'InternalServerErrorException',
      status: 500,
    })
  })
})

describe('availability', () => {
  test('counts the seconds from the first call', () => {
    let now = 0
    const availability = new Availability(() => now)
    const answers = () => {
      try {
        availability.check('arn:aws:rds:x:1:cluster:c')
        return 'ok'
      } catch (error) {
        return (error as Error).name
      }
    }
    availability.set({ state: 'paused', resumeSeconds: 10 })
    now = 60_000
    expect(answers()).toBe('DatabaseResumingException')
    now = 69_999
    expect(availability.get()).toMatchObject({ state: 'paused', resumesInSeconds: 0.001 })
    expect(answers()).toBe('DatabaseResumingException')
    now = 70_000
    expect(answers()).toBe('ok')
    expect(availability.get()).toEqual({ state: 'available' })
  })
})
