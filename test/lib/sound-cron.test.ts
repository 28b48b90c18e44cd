import { describe, expect, test } from 'vitest'
import { requireCron } from '../../lib/sound-cron.ts'

describe('cron fields are taken as the Scheduler takes them', () => {
  test.each([
    '0 2 * * ? *',
    '0 9 ? * MON-FRI *',
    '*/15 8-18/2 1,15 JAN,JUL ? 2026-2030',
    '0 0 L * ? *',
    '0 0 15W * ? *',
    '0 0 ? * 6L *',
    '0 0 ? * MON#1 *',
    ' 0  2 * * ? * ',
  ])('%s', (cron) => {
    expect(() => requireCron('schedule', cron)).not.toThrow()
  })
})

describe('what the Scheduler would refuse is refused with a sentence', () => {
  test.each([
    ['09:00', 'schedule has "09:00"; give the six cron fields minutes, hours,'],
    ['0 2 * * *', 'schedule has "0 2 * * *"; give the six cron fields'],
    ['60 2 * * ? *', 'whose minutes "60" is none from 0 to 59;'],
    ['0 24 * * ? *', 'whose hours "24" is none from 0 to 23;'],
    ['0 2 0 * ? *', 'whose day of month "0" is none from 1 to 31;'],
    ['0 2 * FEBRUARY ? *', 'whose month "FEBRUARY" is none from 1 to 12;'],
    ['0 2 ? * 0 *', 'whose day of week "0" is none from 1 to 7;'],
    ['0 2 ? * FRI-MON *', 'whose day of week "FRI-MON" is none'],
    ['0 2 * * ? 26', 'whose year "26" is none from 1970 to 2199;'],
    ['*/0 2 * * ? *', 'whose minutes "*/0" is none'],
    ['a 2 * * ? *', 'whose minutes "a" is none'],
    [
      '0 2 * * * *',
      'schedule has "0 2 * * * *"; either the day of month or the day of week must be "?"',
    ],
    ['0 2 ? * ? *', 'either the day of month or the day of week must be "?"'],
  ])('%s', (cron, sentence) => {
    expect(() => requireCron('schedule', cron)).toThrow(sentence)
  })
})
