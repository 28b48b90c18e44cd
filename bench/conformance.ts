// npm run bench:conformance: the same logs and nets by pm4py and by us: same figures, and the ratio of the times.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkConformance } from '../lambdas/evaluation/conformance/check-conformance.ts'
import { readCsvLog } from '../lambdas/evaluation/conformance/read-event-log.ts'
import { readPetriNet } from '../lambdas/evaluation/conformance/read-petri-net.ts'
import { renderTable } from '../local/table.ts'
import { load } from './machine.ts'
import { median } from './measure.ts'

const data = join('test', 'evaluation', 'conformance', 'data')
const runs = 15

const logs = [
  {
    name: 'running example, 6 cases',
    log: 'running-example.csv',
    net: 'running-example.pnml',
  },
  {
    name: 'road traffic, 100 cases',
    log: 'roadtraffic100traces.csv',
    net: 'roadtraffic-inductive-top2.pnml',
  },
] as const

type Figures = Readonly<Record<string, number | null>>

interface Measured {
  readonly figures: Figures
  readonly milliseconds: readonly number[]
}

/** pm4py's figures, with the time of each run; reading the files is outside. */
function byPm4py(log: (typeof logs)[number]): Measured & { version: string } {
  const asked = { ...log, log: join(data, log.log), net: join(data, log.net), runs }
  const python = join('.local', 'python-bench', 'bin', 'python')
  const result = spawnSync(python, [join('bench', 'conformance-pm4py.py')], {
    input: JSON.stringify(asked),
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  })
  if (result.status !== 0) throw new Error(`pm4py failed:\n${result.stderr}`)
  return JSON.parse(result.stdout) as Measured & { version: string }
}

function byUs(log: (typeof logs)[number]): Measured {
  const net = readPetriNet(readFileSync(join(data, log.net)))
  const events = readCsvLog(readFileSync(join(data, log.log)))
  const milliseconds: number[] = []
  let figures: Figures = {}
  for (let run = 0; run < runs; run += 1) {
    const started = performance.now()
    const found = checkConformance(net, events, () => performance.now())
    milliseconds.push(performance.now() - started)
    figures = {
      'alignment fitness': found.fitnessWithInvisibleSteps,
      'token fitness': found.tokenFitness,
      'token precision': found.tokenPrecision,
      'alignment precision': found.alignmentPrecision,
    }
  }
  return { figures, milliseconds }
}

interface Line {
  readonly log: string
  readonly figure: string
  readonly pm4py: string
  readonly ours: string
  readonly note: string
}

let differing = 0
const lines: Line[] = []
const slow: string[] = []
for (const log of logs) {
  const peer = byPm4py(log)
  const ours = byUs(log)
  for (const [figure, value] of Object.entries(peer.figures)) {
    const own = ours.figures[figure] ?? Number.NaN
    const same = Math.abs(own - (value ?? Number.NaN)) < 1e-9
    if (!same) differing += 1
    lines.push({
      log: log.name,
      figure,
      pm4py: (value ?? Number.NaN).toFixed(9),
      ours: own.toFixed(9),
      note: same ? 'same' : 'DIFFERENT',
    })
  }
  // The first run of each also loads code; the median does not see it.
  const [theirTime, ourTime] = [median(peer.milliseconds), median(ours.milliseconds)]
  lines.push({
    log: log.name,
    figure: 'milliseconds, all four',
    pm4py: theirTime.toFixed(1),
    ours: ourTime.toFixed(1),
    note: `pm4py takes ${(theirTime / ourTime).toFixed(1)} times as long (first run ${((peer.milliseconds[0] ?? 0) / (ours.milliseconds[0] ?? 1)).toFixed(1)} times)`,
  })
  if (Math.max(...ours.milliseconds) > 500) slow.push(log.name)
}
console.log(`Medians of ${runs} runs in one process each; load ${load()}`)
for (const line of renderTable<Line>(
  [
    { title: 'log', text: ({ log }) => log },
    { title: 'figure', text: ({ figure }) => figure },
    { title: 'pm4py', text: ({ pm4py }) => pm4py, right: true },
    { title: 'ours', text: ({ ours }) => ours, right: true },
    { title: '', text: ({ note }) => note },
  ],
  lines,
)) {
  console.log(line)
}
console.log(
  slow.length === 0
    ? 'Goal, 500 ms for a log of 100 cases: met in every run'
    : `Goal, 500 ms for a log of 100 cases: missed for ${slow.join(', ')}`,
)
if (differing > 0) console.log(`${differing} figures differ from pm4py's.`)
process.exitCode = differing > 0 || slow.length > 0 ? 1 : 0
