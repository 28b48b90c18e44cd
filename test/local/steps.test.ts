import { describe, expect, test } from 'vitest'
import { runSteps, type Step } from '../../local/steps.ts'

const display = () => {
  const lines: string[] = []
  return { lines, terminal: false, write: (line: string) => lines.push(line), elapsed: () => 1500 }
}

const step = (name: string, after: string[], run: Step['run']): Step => ({
  name,
  title: name.toUpperCase(),
  after,
  run,
})

describe('steps', () => {
  test('run side by side unless one waits for another', async () => {
    const seen: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const steps = [
      step('late', ['first'], async () => void seen.push('late')),
      step('first', [], async () => {
        await promise
        seen.push('first')
      }),
      step('beside', [], async () => {
        seen.push('beside')
        resolve()
      }),
    ]
    await runSteps(steps, display())
    expect(seen).toEqual(['beside', 'first', 'late'])
  })

  test('are shown as plain lines with the time, what took how long, and what came of it', async () => {
    const shown = display()
    await runSteps([step('a', [], async () => '7 things')], shown)
    expect(shown.lines).toEqual(['   1.5 s  A …', '   1.5 s  A (0.0 s): 7 things ✓'])
  })

  test('show how far they are', async () => {
    const shown = display()
    const run: Step['run'] = async (tell) => tell('1 of 2')
    await runSteps([step('a', [], run)], shown)
    expect(shown.lines).toEqual(['   1.5 s  A …', '   1.5 s  A: 1 of 2', '   1.5 s  A (0.0 s) ✓'])
  })

  test('end with the first failure, and those that wait for it are not run', async () => {
    const shown = display()
    let ran = false
    const steps = [
      step('broken', [], async () => {
        throw new Error('It is broken.')
      }),
      step('next', ['broken'], async () => {
        ran = true
      }),
      step('endless', [], () => new Promise(() => undefined)),
    ]
    await expect(runSteps(steps, shown)).rejects.toThrow('It is broken.')
    expect(ran).toBe(false)
    expect(shown.lines.join('\n')).toContain('BROKEN failed')
  })

  test('that wait for one that does not exist are refused', async () => {
    await expect(runSteps([step('a', ['b'], async () => undefined)], display())).rejects.toThrow(
      'Step a waits for b, which is no step.',
    )
  })
})
