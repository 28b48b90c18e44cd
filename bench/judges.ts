// How far a judge agrees with people: node bench/judges.ts <directory of the labelled sets> [options]
import { parseArgs } from 'node:util'
import { environments, type JudgeConfig } from '../config/environments.ts'
import { renderTable } from '../local/table.ts'
import { type BenchedJudge, lexical, llm, type Verdict } from './benched-judges.ts'
import { type LabelledClaim, readLabelledSets } from './labelled-claims.ts'

const usage = `node bench/judges.ts <directory that holds klue, kornlu and begin> [options]
  (none)                          lexical-v1
  --environment <name>            the default judge of an environment in config/environments.ts
  --judge <name>                  another of its judges
  --judge-url <url> --model <id>  an LLM behind an OpenAI-compatible address, such as http://127.0.0.1:8000/v1
  --rows <number>                 at most so many rows of each set: an LLM is paid for each
  --calls-at-once <number>        4 unless said otherwise
The key of an LLM is read from JUDGE_KEY.`

/** A labelled claim with what the judge said of it. */
type JudgedRow = LabelledClaim & Verdict

const { values, positionals } = readArguments()
const [directory] = positionals
if (directory === undefined) end(usage)
const judge = await chooseJudge()
const callsAtOnce = Number(values['calls-at-once'] ?? 4)
const most = Number(values.rows ?? Number.POSITIVE_INFINITY)

const table = []
for (const [name, all] of readLabelledSets(directory)) {
  const judged = await judgeAll(all.slice(0, most))
  // The thresholds of lexical-v1 were chosen on the even rows, so only the odd ones measure them.
  table.push({
    name,
    part: 'odd (held out)',
    rows: judged.filter((_row, index) => index % 2 === 1),
  })
  table.push({ name, part: 'all', rows: judged })
}
console.log(`${judge.name}; balanced accuracy is the mean of both recalls, 0.5 is chance`)
for (const line of renderTable(
  [
    { title: 'set', text: ({ name }) => name },
    { title: 'rows', text: ({ part }) => part },
    { title: 'n', text: ({ rows }) => String(known(rows).length), right: true },
    {
      title: 'unscored',
      text: ({ rows }) => String(rows.length - known(rows).length),
      right: true,
    },
    { title: 'AUC', text: ({ rows }) => show(areaUnderCurve(known(rows))), right: true },
    {
      title: 'balanced accuracy, supported',
      text: ({ rows }) =>
        show(balancedAccuracy(known(rows).map((row) => [row.saysSupported, row.supported]))),
      right: true,
    },
    {
      title: 'contradicted',
      text: ({ rows }) =>
        show(balancedAccuracy(known(rows).map((row) => [row.saysContradicted, row.contradicted]))),
      right: true,
    },
  ],
  table,
)) {
  console.log(line)
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        environment: { type: 'string' },
        judge: { type: 'string' },
        'judge-url': { type: 'string' },
        model: { type: 'string' },
        rows: { type: 'string' },
        'calls-at-once': { type: 'string' },
      },
    })
  } catch (error) {
    return end(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  }
}

async function chooseJudge(): Promise<BenchedJudge> {
  const { environment, judge: wanted, 'judge-url': baseUrl, model } = values
  const key = process.env['JUDGE_KEY']
  const atOnce = Number(values['calls-at-once'] ?? 4)
  if (baseUrl !== undefined) {
    if (model === undefined) end('--judge-url needs --model.')
    const config: JudgeConfig = { provider: 'openai-compatible', baseUrl, model }
    return llm(wanted ?? 'judge', config, key, atOnce)
  }
  if (environment === undefined) return lexical
  const found = Object.entries(environments).find(([name]) => name === environment)?.[1]
  if (found === undefined) end(`There is no environment ${environment}.`)
  const name = wanted ?? found.evaluation.defaultJudge
  if (name === lexical.name) return lexical
  const config = found.evaluation.judges[name]
  if (config === undefined) end(`${environment} has no judge ${name}.`)
  return llm(name, config, key, atOnce)
}

/** In parts, so that an LLM's answers do not all wait in memory. */
async function judgeAll(rows: readonly LabelledClaim[]): Promise<(JudgedRow | null)[]> {
  const judged: (JudgedRow | null)[] = []
  const part = callsAtOnce * 10
  for (let start = 0; start < rows.length; start += part) {
    const verdicts = await Promise.all(
      rows.slice(start, start + part).map(async (row) => {
        const verdict = await judge.judge(row)
        return verdict === null ? null : { ...row, ...verdict }
      }),
    )
    judged.push(...verdicts)
  }
  return judged
}

function known(rows: readonly (JudgedRow | null)[]): JudgedRow[] {
  return rows.filter((row) => row !== null)
}

/** Chance that a supported claim is stronger than one that is not; ties are half. */
function areaUnderCurve(rows: readonly JudgedRow[]): number {
  const [supported, others] = [true, false].map((label) =>
    rows.filter((row) => row.supported === label).map(({ strength }) => strength),
  )
  if (!supported || !others) return Number.NaN
  let wins = 0
  for (const one of supported) {
    for (const other of others) wins += one > other ? 1 : one === other ? 0.5 : 0
  }
  return wins / (supported.length * others.length)
}

function balancedAccuracy(
  verdicts: readonly (readonly [said: boolean, label: boolean | null])[],
): number {
  const recallOf = (wanted: boolean): number => {
    const labelled = verdicts.filter(([, label]) => label === wanted)
    return labelled.filter(([said]) => said === wanted).length / labelled.length
  }
  return (recallOf(true) + recallOf(false)) / 2
}

function show(figure: number): string {
  return Number.isNaN(figure) ? '-' : figure.toFixed(3)
}

function end(message: string): never {
  console.error(message)
  process.exit(2)
}
