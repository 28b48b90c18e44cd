import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { root } from '../local/install.mjs'
import { Ledger } from '../local/llm/ledger.ts'
import { createLlmServer } from '../local/llm/server.ts'
import type { Stand } from './stand.ts'

/** A row as Postgres gave it. */
export type Row = Readonly<Record<string, string | number | null>>

/** All that MLflow stored of one trace. */
export interface SampleTrace {
  readonly info: Row
  readonly tags: readonly Row[]
  readonly metadata: readonly Row[]
  /** Root, embedding, chat model. */
  readonly spans: readonly [Row, Row, Row]
}

export const clauseFile = join(root, 'examples', 'data', 'clauses.jsonl')

/** Lets the real client write a trace to the real server, reads what was stored of it, and removes it. */
export async function sampleTrace(stand: Stand): Promise<SampleTrace> {
  const llm = createLlmServer({ ledger: new Ledger(undefined), adminKey: 'bench' })
  llm.listen(0, '127.0.0.1')
  await once(llm, 'listening')
  try {
    await stand.runPython([join(root, 'bench', 'write-trace.py'), clauseFile], {
      OPENAI_BASE_URL: `http://127.0.0.1:${(llm.address() as AddressInfo).port}/v1`,
      OPENAI_API_KEY: 'bench',
      PYTHONPATH: join(root, 'clients', 'python', 'src'),
    })
  } finally {
    llm.close()
    llm.closeAllConnections()
  }
  const client = await stand.connect('mlflow')
  try {
    const rows = async (table: string) => (await client.query<Row>(`select * from ${table}`)).rows
    const [info, ...others] = await rows('trace_info')
    const spans = await rows('spans')
    const byType = (type: string): Row => {
      const found = spans.find((span) => span['type'] === type)
      if (!found) throw new Error(`The client wrote no ${type} span.`)
      return found
    }
    if (!info || others.length > 0 || spans.length !== 3) {
      throw new Error(`The client wrote ${spans.length} spans instead of one trace with three.`)
    }
    const sample: SampleTrace = {
      info,
      tags: await rows('trace_tags'),
      metadata: await rows('trace_request_metadata'),
      spans: [byType('CHAIN'), byType('EMBEDDING'), byType('CHAT_MODEL')],
    }
    await client.query('delete from trace_info')
    return sample
  } finally {
    await client.end()
  }
}
