import { copyText } from './copy.ts'
import type { Row, SampleTrace } from './sample-trace.ts'

/** What differs from trace to trace, by name. All values fit into JSON inside JSON as they are. */
export interface TraceValues {
  readonly [name: string]: string | number
}

/** The rows of one table that a trace has. */
export interface TableTemplate {
  readonly table: string
  readonly columns: readonly string[]
  /** The rows in COPY's text format. */
  readonly render: (values: TraceValues) => string
}

/** A text of the sample and the name of the value that takes its place. */
type Hole = readonly [literal: string, name: string]

const opening = '⟦'
const closing = '⟧'

/**
 * Makes templates of MLflow's rows of one trace: what belongs to this very trace gives way to values, all else stays as
 * MLflow wrote it. Throws when something is not found where the client is known to write it.
 */
export function templatesOf(sample: SampleTrace, clauses: readonly string[]): TableTemplate[] {
  const { info, spans } = sample
  const [root, embedding, chat] = spans
  const traceId = String(info['request_id'])
  const answer = String(JSON.parse(String(info['response_preview'])))
  const { question } = JSON.parse(String(info['request_preview'])) as { question: string }
  const common: Hole[] = [
    [traceId, 'traceId'],
    [base64(traceId.slice('tr-'.length)), 'traceIdBase64'],
    ...([root, embedding, chat] as const).flatMap((span, index): Hole[] => [
      [String(span['span_id']), `span${index}`],
      [base64(String(span['span_id'])), `span${index}Base64`],
      [String(span['start_time_unix_nano']), `start${index}`],
      [String(span['end_time_unix_nano']), `end${index}`],
    ]),
    [question, 'question'],
    [answer, 'answer'],
  ]
  const experiment = { experiment_id: value('experimentId') }
  const costs = (name: string) => ({
    input_cost: value(`${name}InputCost`),
    output_cost: value(`${name}OutputCost`),
    total_cost: value(`${name}TotalCost`),
  })
  const tags = [...sample.tags, { key: 'ops.pricing.mode', value: '', request_id: traceId }]
  return [
    tableTemplate('trace_info', [info], common, [], () => ({
      ...experiment,
      timestamp_ms: value('timestamp'),
      input_tokens: value('inputTokens'),
      output_tokens: value('outputTokens'),
      total_tokens: value('totalTokens'),
      cache_read_input_tokens: value('cachedTokens'),
      ...costs('trace'),
    })),
    tableTemplate('trace_tags', tags, common, [], (row): Row => {
      const name = tagValues[String(row['key'])]
      return name === undefined ? {} : { value: value(name) }
    }),
    tableTemplate('trace_request_metadata', sample.metadata, common, [], () => ({})),
    tableTemplate('spans', [root], common, [], () => experiment),
    tableTemplate(
      'spans',
      [embedding],
      common,
      [
        [usageIn(embedding, ['input_tokens', 'output_tokens', 'total_tokens']), 'embeddingUsage'],
        [costIn(embedding), 'embeddingCost'],
      ],
      () => ({ ...experiment, ...costs('embedding') }),
    ),
    tableTemplate(
      'spans',
      [chat],
      common,
      [
        ...clauses.slice(0, 4).map((clause, index): Hole => [clause, `clause${index}`]),
        [
          usageIn(chat, [
            'input_tokens',
            'output_tokens',
            'total_tokens',
            'cache_read_input_tokens',
          ]),
          'chatUsage',
        ],
        [costIn(chat), 'chatCost'],
        [String(chat['model_name']), 'model'],
        ['\\"ls_provider\\": \\"openai\\"', 'langchainProvider'],
        ['"mlflow.llm.provider": "\\"openai\\""', 'spanProvider'],
      ],
      () => ({ ...experiment, model_provider: value('provider'), ...costs('chat') }),
    ),
  ]
}

/** Which value each tag of ours holds. */
const tagValues: Readonly<Record<string, string>> = {
  'ops.unit.type': 'unitType',
  'ops.unit.id': 'unitId',
  'ops.prompt.version': 'promptVersion',
  'ops.country': 'country',
  'ops.pricing.mode': 'mode',
}

/** The part of a chat span's content that holds its tokens, for a call with these. */
export function usageText(usage: Readonly<Record<string, number>>): string {
  const pairs = Object.entries(usage).map(([name, tokens]) => `\\"${name}\\": ${tokens}`)
  return `"mlflow.chat.tokenUsage": "{${pairs.join(', ')}}"`
}

/** The part of a span's content that holds MLflow's own cost, in USD. */
export function costText(input: number, output: number): string {
  return `"mlflow.llm.cost": "{\\"input_cost\\": ${input}, \\"output_cost\\": ${output}, \\"total_cost\\": ${input + output}}"`
}

function usageIn(span: Row, keys: readonly string[]): string {
  const found = /"mlflow\.chat\.tokenUsage": "\{[^}]*\}"/.exec(String(span['content']))?.[0] ?? ''
  for (const key of keys) {
    if (!found.includes(key))
      throw new Error(`The client wrote no ${key} in ${found || 'its span'}.`)
  }
  return found
}

function costIn(span: Row): string {
  return /"mlflow\.llm\.cost": "\{[^}]*\}"/.exec(String(span['content']))?.[0] ?? ''
}

/** A value that stands alone in its column. */
function value(name: string): string {
  return `${opening}${name}${closing}`
}

function tableTemplate(
  table: string,
  rows: readonly Row[],
  common: readonly Hole[],
  own: readonly Hole[],
  columnsOf: (row: Row) => Row,
): TableTemplate {
  // Postgres computes it.
  const columns = Object.keys(rows[0] ?? {}).filter((column) => column !== 'duration_ns')
  const text = rows
    .map((row) => {
      const filled: Row = { ...row, ...columnsOf(row) }
      return `${columns.map((column) => copyText(filled[column])).join('\t')}\n`
    })
    .join('')
  // A table's own first: the answer is a sentence of a clause.
  const marked = [...own, ...common].reduce((current, [literal, name]) => {
    if (literal === '') throw new Error(`The sample has nothing for ${name}.`)
    return current.replaceAll(copyText(literal), value(name))
  }, text)
  for (const [, name] of own) {
    if (!marked.includes(value(name))) throw new Error(`The sample's ${table} has no ${name}.`)
  }
  const pieces = marked.split(/⟦(\w+)⟧/)
  return {
    table,
    columns,
    render: (values) => {
      let result = pieces[0] ?? ''
      for (let index = 1; index < pieces.length; index += 2) {
        result += `${values[pieces[index] ?? '']}${pieces[index + 1]}`
      }
      return result
    },
  }
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}
