import { describe, expect, it } from 'vitest'
import {
  assessTraces,
  mostAssessments,
  noAssessments,
} from '../../../lambdas/evaluation/conclude/assess-traces.ts'
import {
  type AssessedEvaluation,
  assessmentOf,
} from '../../../lambdas/evaluation/conclude/assessment.ts'
import { qualityCriteria } from '../../../lambdas/evaluation/conclude/quality-criteria.ts'
import { mostTableRows, rowsTable } from '../../../lambdas/evaluation/conclude/rows-table.ts'
import { readRun, writeRun } from '../../../lambdas/evaluation/conclude/tracking-run.ts'
import { writeTable } from '../../../lambdas/evaluation/conclude/table-artifact.ts'
import { MlflowError } from '../../../lambdas/platform/mlflow.ts'
import { bucket, FakeArtifacts, FakeMlflow, workload } from './fakes.ts'
import { away, failedRow, row, scored } from './rows.ts'

const evaluation: AssessedEvaluation = {
  id: 'ev-1',
  runId: 'run-1',
  at: new Date('2026-11-24T17:00:00Z'),
  judge: { name: 'bedrock', model: 'claude', embeddingModel: '', promptVersions: {} },
  canScore: (metric) => metric !== 'latency',
}

describe('an assessment on a trace', () => {
  it('is feedback of the judge with its reason, and says which evaluation made it', () => {
    expect(assessmentOf(row('q1'), scored('faithfulness', 0.5), evaluation)).toEqual({
      assessment_name: 'faithfulness',
      source: { source_type: 'LLM_JUDGE', source_id: 'bedrock: claude' },
      feedback: { value: 0.5 },
      rationale: 'It is 0.5.',
      metadata: {
        'mlflow.assessment.sourceRunId': 'run-1',
        'ops.evaluation.id': 'ev-1',
        'ops.evaluation.row': 'q1',
        'ops.metric.version': '1',
      },
      create_time: '2026-11-24T17:00:00.000Z',
      last_update_time: '2026-11-24T17:00:00.000Z',
      valid: true,
    })
  })

  it('comes from code where no model judged', () => {
    const sourceOf = (name: string, model: string) =>
      assessmentOf(row('q1'), scored(name, 1), {
        ...evaluation,
        judge: { ...evaluation.judge, name: model === '' ? 'lexical-v1' : 'bedrock', model },
      })?.['source']
    expect(sourceOf('latency', 'claude')).toEqual({
      source_type: 'CODE',
      source_id: 'townin-mlops',
    })
    expect(sourceOf('faithfulness', '')).toEqual({ source_type: 'CODE', source_id: 'lexical-v1' })
  })

  it('is a yes or a no for a criterion', () => {
    const valueOf = (name: string, score: number) =>
      assessmentOf(row('q1'), scored(name, score), evaluation)?.['feedback']
    expect(valueOf('is_polite', 1)).toEqual({ value: 'yes' })
    expect(valueOf('is_polite', 0)).toEqual({ value: 'no' })
    expect(valueOf('hallucination_rate', 1)).toEqual({ value: 1 })
  })

  it('says that the judge failed, and nothing where there was nothing to score', () => {
    expect(assessmentOf(row('q1'), away('faithfulness'), evaluation)).toMatchObject({
      feedback: { error: { error_code: 'UNSCORED', error_message: 'The judge answered 503.' } },
    })
    const unlabelled = { ...away('faithfulness'), parts: {} }
    expect(assessmentOf(row('q1'), unlabelled, evaluation)).toBeUndefined()
    const failed = failedRow('q1', 'No answer.')
    expect(assessmentOf(failed, scored('faithfulness', 1), evaluation)).toBeUndefined()
  })

  it('has no text that a database refuses', () => {
    const score = { ...scored('faithfulness', 1), rationale: 'a\0b\ud800' }
    expect(assessmentOf(row('q1'), score, evaluation)?.['rationale']).toBe('ab�')
  })
})

describe('assessing the traces of rows', () => {
  const options = (mlflow: FakeMlflow) => ({
    mlflow,
    evaluation,
    mayContinue: () => true,
    log: () => undefined,
  })
  const traced = (id: string) => row(id, { traceId: `tr-${id}` })

  it('counts traces that are not there, and what was written before', async () => {
    const mlflow = new FakeMlflow()
    mlflow.traces.set('tr-1', [])
    const first = noAssessments()
    await assessTraces([traced('1'), traced('2'), row('3')], first, options(mlflow))
    expect(first).toEqual({ written: 3, present: 0, withoutTrace: 1, refused: 0, leftOut: 0 })
    const second = noAssessments()
    await assessTraces([traced('1'), traced('2'), row('3')], second, options(mlflow))
    expect(second).toEqual({ written: 0, present: 3, withoutTrace: 1, refused: 0, leftOut: 0 })
    expect(mlflow.traces.get('tr-1')).toHaveLength(3)
  })

  it('adds to what another evaluation wrote', async () => {
    const mlflow = new FakeMlflow()
    mlflow.traces.set('tr-1', [])
    await assessTraces([traced('1')], noAssessments(), options(mlflow))
    await assessTraces([traced('1')], noAssessments(), {
      ...options(mlflow),
      evaluation: { ...evaluation, runId: 'run-2' },
    })
    expect(mlflow.traces.get('tr-1')).toHaveLength(6)
  })

  it('goes on when MLflow refuses one, and stops when MLflow stays away', async () => {
    const mlflow = new FakeMlflow()
    mlflow.traces.set('tr-1', [])
    mlflow.refused.add('latency')
    const counts = noAssessments()
    await assessTraces([traced('1')], counts, options(mlflow))
    expect(counts).toMatchObject({ written: 2, refused: 1 })
    const gone = new FakeMlflow()
    gone.call = () => Promise.reject(new MlflowError('away', 503, ''))
    await expect(assessTraces([traced('1')], counts, options(gone))).rejects.toThrow('away')
  })

  it('leaves out what there is no time for, and what is too much', async () => {
    const mlflow = new FakeMlflow()
    mlflow.traces.set('tr-1', [])
    const late = noAssessments()
    await assessTraces([traced('1')], late, { ...options(mlflow), mayContinue: () => false })
    expect(late).toMatchObject({ written: 0, leftOut: 3 })
    const full = { ...noAssessments(), written: mostAssessments - 1 }
    await assessTraces([traced('1')], full, options(mlflow))
    expect(full).toMatchObject({ written: mostAssessments, leftOut: 2 })
  })

  it('links no more traces at a time than MLflow takes, once each', async () => {
    const mlflow = new FakeMlflow()
    const rows = Array.from({ length: 250 }, (_, index) => traced(String(index)))
    for (const { traceId } of rows) mlflow.traces.set(traceId ?? '', [])
    await assessTraces([...rows, traced('0')], noAssessments(), options(mlflow))
    expect(mlflow.linked.size).toBe(250)
  })
})

describe('the criteria of a run', () => {
  it('name MLflow’s metric keys, and are the same in every attempt', () => {
    const goals = workload.qualityGoals ?? []
    const tag = qualityCriteria(goals, 'ev-1')
    expect(tag).toBe(qualityCriteria(goals, 'ev-1'))
    expect(JSON.parse(tag ?? '')).toEqual({
      schemaVersion: 1,
      revision: expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/u,
      ),
      rules: [
        { metricKey: 'faithfulness/mean', comparator: 'GTE', threshold: 0.9 },
        { metricKey: 'latency/mean', comparator: 'LTE', threshold: 500 },
      ],
    })
    expect(qualityCriteria([], 'ev-1')).toBeUndefined()
  })
})

describe('what is written to a run', () => {
  it('is cut into calls that MLflow takes, and leaves parameters that are there', async () => {
    const mlflow = new FakeMlflow()
    mlflow.openRun('run-1')
    mlflow.run('run-1').params['p1'] = 'as prepared'
    const many = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'v']))
    const run = await readRun(mlflow, 'run-1')
    if (run === undefined) throw new Error('no run')
    await writeRun(mlflow, run, {
      metrics: Object.fromEntries(
        Array.from({ length: 2_100 }, (_, index) => [`m${index}`, index]),
      ),
      parameters: many('p', 230),
      tags: { ...many('t', 230), long: 'x'.repeat(10_000) },
      at: new Date(0),
    })
    const { metrics, params, tags } = mlflow.run('run-1')
    expect(metrics).toHaveLength(2_100)
    expect(Object.keys(params)).toHaveLength(230)
    expect(params['p1']).toBe('as prepared')
    expect(tags['long']).toHaveLength(8_000)
  })

  it('is nothing where the run was deleted', async () => {
    const mlflow = new FakeMlflow()
    expect(await readRun(mlflow, 'run-1')).toBeUndefined()
    mlflow.openRun('run-1')
    mlflow.run('run-1').info.lifecycle_stage = 'deleted'
    expect(await readRun(mlflow, 'run-1')).toBeUndefined()
  })
})

describe('the table of rows', () => {
  it('has a column for each score and its reason', () => {
    const table = JSON.parse(
      rowsTable(
        [row('1', { traceId: 'tr-1', costNanoUsd: 2_000_000, inputTokens: 3, outputTokens: 4 })],
        ['faithfulness', 'field_accuracy'],
      ),
    ) as { columns: string[]; data: unknown[][] }
    expect(
      Object.fromEntries(table.columns.map((name, at) => [name, table.data[0]?.[at]])),
    ).toEqual({
      id: '1',
      inputs: 'What does clause 1 say?',
      outputs: '{"answer":"It covers theft.","confidence":0.9}',
      expectations: '{"answer":"It covers theft."}',
      contexts: 'c-1',
      faithfulness: 1,
      'faithfulness/rationale': 'It is 1.',
      field_accuracy: null,
      'field_accuracy/rationale': null,
      milliseconds: 100,
      input_tokens: 3,
      output_tokens: 4,
      cost_usd: 0.002,
      trace_id: 'tr-1',
      failure: null,
    })
  })

  it('cuts long texts, and halves of characters out of them', () => {
    const text = rowsTable([row('1', { outputs: `${'x'.repeat(1_998)}😀 and more` })], [])
    expect(text).not.toMatch(/\\ud[89a-f]/iu)
    expect(text.length).toBeLessThan(2_500)
  })

  it('goes where the run keeps its artifacts, unless that is another bucket', async () => {
    const artifacts = new FakeArtifacts()
    const place = { artifacts, artifactBucket: bucket }
    const run = { runId: 'r', tags: {}, parameters: {} }
    const here = { ...run, artifactUri: `s3://${bucket}/7/r/artifacts` }
    const listed = '[{"path":"evaluation_results.json","type":"table"}]'
    expect(await writeTable(place, here, '{}')).toEqual({ 'mlflow.loggedArtifacts': listed })
    expect([...artifacts.objects.keys()]).toEqual(['7/r/artifacts/evaluation_results.json'])
    const again = { ...here, tags: { 'mlflow.loggedArtifacts': listed } }
    expect(await writeTable(place, again, '{}')).toEqual({ 'mlflow.loggedArtifacts': listed })
    const elsewhere = { ...run, artifactUri: `s3://${bucket}-of-others/7/r/artifacts` }
    expect(await writeTable(place, elsewhere, '{}')).toEqual({})
    expect(artifacts.objects.size).toBe(1)
    expect(mostTableRows).toBe(2_000)
  })
})
