// `npm run check`: everything that can be said about the code without running the platform. All checks run,
// a few at a time, so that one run shows all that is wrong; only what failed is printed in full.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

const checks: readonly (readonly [name: string, command: readonly string[]])[] = [
  // The longest first.
  ['templates', ['node', 'bin/check-templates.ts']],
  ['types', ['tsc']],
  ['lint', ['oxlint', '--type-aware', '--deny-warnings']],
  ['unused code', ['knip']],
  ['format', ['oxfmt', '--check']],
]

const waiting = [...checks]
let failed = 0

async function worker(): Promise<void> {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
    const [name, command] = check
    const began = performance.now()
    const { code, output } = await run(command)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
    if (code === 0) continue
    failed += 1
    console.log(output.trimEnd())
  }
}

function run([program, ...args]: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program ?? '', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    }
    child.on('error', (error) => resolve({ code: 1, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

await Promise.all(Array.from({ length: Math.max(2, availableParallelism() - 1) }, worker))
process.exitCode = failed === 0 ? 0 : 1
