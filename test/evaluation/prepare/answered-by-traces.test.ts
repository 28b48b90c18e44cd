import { describe, expect, it } from 'vitest'
import { answeredByTraces } from '../../../lambdas/evaluation/prepare/answered-by-traces.ts'
import { MlflowError } from '../../../lambdas/platform/mlflow.ts'
import { answerAsRecorded, mlflowThat } from './recorded-answers.ts'

const sample = { experimentId: '1', from: 0, until: 1, seed: 7, size: 100 }

/** A database that draws these ids. */
const drawing = (ids: readonly string[]) => ({
  query: <Row>() => Promise.resolve(ids.map((traceId) => ({ traceId })) as Row[]),
})

const traceOf = (id: string) => ({
  trace_info: { trace_id: id },
  spans: [
    {
      span_id: 'a',
      attributes: [{ key: 'mlflow.spanOutputs', value: { string_value: `answer of ${id}` } }],
    },
  ],
})

describe('traces of production', () => {
  it('are read many at once, in the order in which they were drawn', async () => {
    const ids = Array.from({ length: 45 }, (_, index) => `tr-${index}`)
    const mlflow = mlflowThat((_, { trace_ids: asked }) => ({
      traces: (asked as string[]).toReversed().map(traceOf),
    }))
    const rows = await answeredByTraces(drawing(ids), mlflow, sample)
    expect(rows.map(({ id, outputs }) => [id, outputs])).toEqual(
      ids.map((id) => [id, `answer of ${id}`]),
    )
    expect(mlflow.calls).toEqual(Array(3).fill('GET /api/3.0/mlflow/traces/batchGet'))
  })

  it('that cannot be read are rows that say why, and take no others with them', async () => {
    const mlflow = mlflowThat((path, { trace_id: id }) => {
      if (path.endsWith('/batchGet')) throw new MlflowError('broken span', 500, 'INTERNAL_ERROR')
      return id === 'tr-gone' ? answerAsRecorded('trace-unknown') : { trace: traceOf(String(id)) }
    })
    const rows = await answeredByTraces(drawing(['tr-1', 'tr-gone', 'tr-2']), mlflow, sample)
    expect(rows.map(({ failure }) => failure)).toEqual([
      null,
      'The trace cannot be read: Trace with ID tr-unknown is not found.',
      null,
    ])
  })

  it('of which not all arrived are asked for as far as they did', async () => {
    const mlflow = mlflowThat((path, values) => {
      if (path.endsWith('/batchGet')) return {}
      expect(values).toEqual({ trace_id: 'tr-1', allow_partial: true })
      return { trace: { trace_info: { trace_id: 'tr-1' } } }
    })
    const [row] = await answeredByTraces(drawing(['tr-1']), mlflow, sample)
    expect(row?.failure).toBe('The trace has no root span.')
  })

  it.each([0, 403, 429, 503])(
    'are not given up while MLflow cannot be asked (%i)',
    async (status) => {
      const mlflow = mlflowThat(() => {
        throw new MlflowError('away', status, '')
      })
      await expect(answeredByTraces(drawing(['tr-1']), mlflow, sample)).rejects.toThrow('away')
    },
  )

  it('of which there is none are an error that says what to do', async () => {
    await expect(
      answeredByTraces(
        drawing([]),
        mlflowThat(() => ({})),
        sample,
      ),
    ).rejects.toThrow(
      'no trace with state OK between 1970-01-01T00:00:00.000Z and 1970-01-01T00:00:00.001Z. Trace',
    )
  })
})
