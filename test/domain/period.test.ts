import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, dayOf, isDay, lengthInDays, startOfDay } from '../../lambdas/domain/period.ts'

describe('days', () => {
  it.each([
    '2026-02-29',
    '2026-13-01',
    '2026-1-1',
    '1999-12-31',
    '2200-01-01',
    'today',
    '',
    '2026-11-01T00:00',
  ])('do not include %j', (text) => {
    expect(isDay(text)).toBe(false)
  })

  it('include the leap day of a leap year', () => {
    expect(isDay('2028-02-29')).toBe(true)
  })

  it.each([
    ['2026-12-31', 1, '2027-01-01'],
    ['2028-03-01', -1, '2028-02-29'],
    ['2026-11-24', 0, '2026-11-24'],
  ])('%s moved by %d is %s', (day, days, moved) => {
    expect(addDays(day, days)).toBe(moved)
    expect(lengthInDays({ from: day, to: moved })).toBe(days)
  })
})

describe('a day begins', () => {
  // From the time zone database as GNU date reads it: TZ=… date -u -d '<day> 00:00'.
  it.each([
    ['2026-11-24', 'Asia/Seoul', '2026-11-23T15:00:00.000Z'],
    ['2026-11-24', 'UTC', '2026-11-24T00:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2026-11-24', 'Asia/Kolkata', '2026-11-23T18:30:00.000Z'],
    ['2026-11-24', 'Pacific/Kiritimati', '2026-11-23T10:00:00.000Z'],
    ['2026-11-24', 'Pacific/Pago_Pago', '2026-11-24T11:00:00.000Z'],
  ])('%s in %s at %s', (day, zone, moment) => {
    expect(startOfDay(day, zone).toISOString()).toBe(moment)
  })

  it('after the gap where a clock change skips midnight', () => {
    // In 2018 clocks in São Paulo went from 00:00 to 01:00 on 4 November.
    expect(startOfDay('2018-11-04', 'America/Sao_Paulo').toISOString()).toBe(
      '2018-11-04T03:00:00.000Z',
    )
  })

  it('and every moment belongs to the day that began last', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2001-01-01'), max: new Date('2190-01-01'), noInvalidDate: true }),
        fc.constantFrom('Asia/Seoul', 'America/New_York', 'Australia/Lord_Howe', 'UTC'),
        (moment, zone) => {
          const day = dayOf(moment, zone)
          expect(startOfDay(day, zone).getTime()).toBeLessThanOrEqual(moment.getTime())
          expect(startOfDay(addDays(day, 1), zone).getTime()).toBeGreaterThan(moment.getTime())
        },
      ),
      { numRuns: 50 },
    )
  })
})
