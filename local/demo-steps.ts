import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { environments } from '../config/environments.ts'
import { workloads } from '../config/workloads.ts'
import { scheduledWorkloads } from '../lambdas/evaluation/start/run-schedule.ts'
import { invoke, scheduleTarget } from './account.ts'
import { benchmarksOf, runBenchmarks, type Evaluation } from './benchmarks.ts'
import { fetchCostFigures } from './cost-figures.ts'
import { runExamples } from './demo.ts'
import { renderGate } from './gate-report.ts'
import type { Processes } from './processes.ts'
import { renderEvaluationLinks, renderQuality } from './quality-report.ts'
import { renderReport, type CostFigures } from './report.ts'
import type { Settings } from './settings.ts'
import { settleCosts } from './settled-costs.ts'
import type { RunningStack } from './stack-file.ts'
import type { Step } from './steps.ts'

/** Programs that send the demo's traffic and its data, as their readers would run them. */
const examples = ['graphrag', 'flyer_scanner', 'fraud_detector', 'golden_routine']

/** Those that have the engine answer. */
const examplesWithEngine = ['fp_copilot']

/** Moves `production` of the versions that the other examples registered and evaluated. */
const exampleOfGate = 'promote'

/** Time that the benchmarks of all workloads may take together. */
const benchmarksWithinSeconds = 300

/** The demo of a start: a day's traffic, the gate, the morning's benchmarks, the cost job, and what came of them. */
export class Demo {
  readonly #settings: Settings
  readonly #processes: Processes
  readonly #stack: () => RunningStack
  #figures: CostFigures | undefined
  #evaluations: readonly Evaluation[] = []
  #gate: readonly string[] = []

  /** @param stack describes the stack; asked when the first step runs */
  constructor(settings: Settings, processes: Processes, stack: () => RunningStack) {
    this.#settings = settings
    this.#processes = processes
    this.#stack = stack
  }

  /** Its steps, after the stack's own steps `client` and `engine`. */
  steps(): Step[] {
    const scheduled = scheduledWorkloads({ config: environments.local, workloads })
    return [
      this.#examples('demo', 'client', examples),
      this.#examples('demo-engine', 'engine', examplesWithEngine),
      {
        name: 'gate',
        title: `The gate: examples/${exampleOfGate}.py`,
        after: ['demo', 'demo-engine'],
        run: async () => {
          await runExamples(this.#settings, this.#processes, this.#stack(), [exampleOfGate])
          const log = this.#processes.logOf(`demo-${exampleOfGate}`)
          this.#gate = renderGate(readFileSync(log, 'utf8'))
        },
      },
      {
        name: 'benchmarks',
        title: "The morning's benchmarks, by their schedules' targets",
        // The engine answers them with the version of the prompt that the gate has let through.
        after: ['gate'],
        run: async (tell) => {
          const stack = this.#stack()
          const runner = benchmarksOf(this.#settings, stack, scheduleGroup(stack))
          const options = { withinSeconds: benchmarksWithinSeconds, tell }
          this.#evaluations = await runBenchmarks(
            scheduled.map(({ name }) => name),
            runner,
            options,
          )
        },
      },
      {
        name: 'costs',
        title: "Cost job, by its schedule's target",
        // What the engine answered in the benchmarks is traced by then, too.
        after: ['benchmarks'],
        run: async (tell) => {
          const stack = this.#stack()
          const settle = () => this.#runCostJob()
          const fetch = () => fetchCostFigures(stack, workloads)
          this.#figures = await settleCosts({ settle, fetch, sleep }, tell)
        },
      },
    ]
  }

  /** What the demo has shown; empty when it has not run. */
  report(): string[] {
    const { ports } = this.#settings
    if (this.#figures === undefined) return []
    return [
      renderReport(this.#figures, workloads),
      '',
      ...renderQuality(this.#evaluations, workloads),
      '',
      ...renderEvaluationLinks(this.#evaluations, `http://127.0.0.1:${ports.connect}`),
      '',
      ...this.#gate,
    ]
  }

  #examples(name: string, after: string, programs: readonly string[]): Step {
    return {
      name,
      title: `Demo traffic (${programs.join(', ')})`,
      after: [after],
      run: () => runExamples(this.#settings, this.#processes, this.#stack(), programs),
    }
  }

  async #runCostJob(): Promise<void> {
    const stack = this.#stack()
    const name = stack.outputs.platform['CostJobSchedule']
    if (!name) throw new Error('The platform stack has no output CostJobSchedule.')
    const schedule = { name, group: scheduleGroup(stack) }
    await invoke(this.#settings, await scheduleTarget(this.#settings, schedule))
  }
}

const scheduleGroup = (stack: RunningStack): string =>
  stack.outputs.platform['ScheduleGroup'] ?? 'default'
