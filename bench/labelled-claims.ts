import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A text, what is claimed of it, and what people say: does the text support the claim, does it contradict it. */
export interface LabelledClaim {
  readonly text: string
  readonly claim: string
  readonly supported: boolean
  /** `null` where the set does not tell contradicted from not mentioned. */
  readonly contradicted: boolean | null
}

/** The labelled sets of a directory that holds klue, kornlu and begin. */
export function readLabelledSets(
  directory: string,
): (readonly [name: string, rows: readonly LabelledClaim[]])[] {
  return [
    ['KLUE-NLI, Korean', readKlue(join(directory, 'klue/klue-nli-dev-first1500.json'))],
    ['KorNLU XNLI, Korean (translated)', readKorNlu(join(directory, 'kornlu/xnli.dev.ko.tsv'))],
    ['BEGIN WoW, English', readBegin(join(directory, 'begin/begin_dev_wow.tsv'))],
  ]
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
