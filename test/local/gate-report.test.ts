import { expect, test } from 'vitest'
import { renderGate } from '../../local/gate-report.ts'

test('what the example printed stands under the heading, without its command', () => {
  const log = '$ python examples/promote.py\nset_prompt_alias(…)\n  refused: for a reason\n'
  expect(renderGate(log)).toEqual([
    'The gate',
    '  set_prompt_alias(…)',
    '    refused: for a reason',
    '',
  ])
})

test('an example that printed nothing has no heading', () => {
  expect(renderGate('$ python examples/promote.py\n')).toEqual([])
})
