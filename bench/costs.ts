// npm run bench:costs -- [--quick] [--traces <number>]
import { parseArgs } from 'node:util'
import { importSqlAsText } from './sql-as-text.ts'

importSqlAsText()
const { runCostBenchmark } = await import('./run-costs.ts')

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, traces: { type: 'string' } },
})
const traces = Number(values.traces ?? (values.quick ? 20_000 : 1_000_000))
if (!Number.isInteger(traces) || traces < 1_000) {
  console.error('--traces must be a whole number of at least 1000.')
  process.exit(2)
}
process.exit(await runCostBenchmark({ quick: values.quick, traces }))
