// node bench/judges.ts <directory of the labelled sets>: how far lexical-v1 agrees with people.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { splitSentences } from '../lambdas/evaluation/lexical-judge/sentences.ts'
import { preparePassages, supportOf } from '../lambdas/evaluation/lexical-judge/support.ts'
import { renderTable } from '../local/table.ts'

/** A text, what is claimed of it, and what people say: does the text support the claim, does it contradict it. */
interface LabelledClaim {
  readonly text: string
  readonly claim: string
  readonly supported: boolean
  /** `null` where the set does not tell contradicted from not mentioned. */
  readonly contradicted: boolean | null
}

/** What the judge said of one of them. */
interface JudgedRow extends LabelledClaim {
  readonly strength: number
  readonly saysSupported: boolean
  readonly saysContradicted: boolean
}

const directory = process.argv[2]
if (directory === undefined) {
  console.error('Name the directory that holds klue, kornlu and begin: node bench/judges.ts <dir>')
  process.exit(2)
}

const sets: readonly (readonly [name: string, rows: readonly LabelledClaim[]])[] = [
  ['KLUE-NLI, Korean', readKlue(join(directory, 'klue/klue-nli-dev-first1500.json'))],
  ['KorNLU XNLI, Korean (translated)', readKorNlu(join(directory, 'kornlu/xnli.dev.ko.tsv'))],
  ['BEGIN WoW, English', readBegin(join(directory, 'begin/begin_dev_wow.tsv'))],
]

const table = sets.flatMap(([name, rows]) => {
  const judged = rows.map(judge)
  // The thresholds were chosen on the even rows, so only the odd ones measure them.
  const heldOut = judged.filter((_row, index) => index % 2 === 1)
  return [
    { name, part: 'odd (held out)', rows: heldOut },
    { name, part: 'all', rows: judged },
  ]
})
console.log('lexical-v1; balanced accuracy is the mean of both recalls, 0.5 is chance')
for (const line of renderTable(
  [
    { title: 'set', text: ({ name }) => name },
    { title: 'rows', text: ({ part }) => part },
    { title: 'n', text: ({ rows }) => String(rows.length), right: true },
    { title: 'AUC', text: ({ rows }) => show(areaUnderCurve(rows)), right: true },
    {
      title: 'balanced accuracy, supported',
      text: ({ rows }) =>
        show(balancedAccuracy(rows.map((row) => [row.saysSupported, row.supported]))),
      right: true,
    },
    {
      title: 'contradicted',
      text: ({ rows }) =>
        show(balancedAccuracy(rows.map((row) => [row.saysContradicted, row.contradicted]))),
      right: true,
    },
  ],
  table,
)) {
  console.log(line)
}

function judge(row: LabelledClaim): JudgedRow {
  const passages = preparePassages('text', splitSentences(row.text))
  const sentences = splitSentences(row.claim)
  if (sentences.length === 0) throw new Error(`There is no claim in ${JSON.stringify(row.claim)}.`)
  const claims = sentences.map((claim) => supportOf(claim, passages))
  return {
    ...row,
    // As weak as its weakest sentence.
    strength: claims.reduce((weakest, { strength }) => Math.min(weakest, strength), 1),
    saysSupported: claims.every(({ support }) => support === 'supported'),
    saysContradicted: claims.some(({ support }) => support === 'contradicted'),
  }
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

function readKlue(path: string): LabelledClaim[] {
  const rows = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly premise: string
    readonly hypothesis: string
    readonly gold_label: string
  }[]
  return rows.map((row) => fromNli(row.premise, row.hypothesis, row.gold_label))
}

function readKorNlu(path: string): LabelledClaim[] {
  return readTsv(path).map(([text = '', claim = '', label = '']) => fromNli(text, claim, label))
}

function readBegin(path: string): LabelledClaim[] {
  return readTsv(path).map(([, , text = '', , claim = '', label = '']) => ({
    text,
    claim,
    supported: label.toLowerCase() === 'fully attributable',
    contradicted: null,
  }))
}

function fromNli(text: string, claim: string, label: string): LabelledClaim {
  return {
    text,
    claim,
    supported: label === 'entailment',
    contradicted: label === 'contradiction',
  }
}

function readTsv(path: string): string[][] {
  const [, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/u)
  return lines.map((line) => line.split('\t').map((cell) => cell.trim()))
}
