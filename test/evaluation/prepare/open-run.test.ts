import { describe, expect, it } from 'vitest'
import { findExperiment, openRuns } from '../../../lambdas/evaluation/prepare/open-run.ts'
import { answerAsRecorded, mlflowThat } from './recorded-answers.ts'

const run = {
  experimentId: '2',
  evaluationId: 'ev-1',
  name: 'benchmark graphrag application',
  startTime: 1,
  tags: { 'ops.evaluation.id': 'ev-1' },
}
const recordedRun = 'ddd02d6ee25747a8a810b78d8a48f9bb'

describe('the experiment', () => {
  it('is found by its name', async () => {
    const mlflow = mlflowThat(() => answerAsRecorded('experiment'))
    expect(await findExperiment(mlflow, 'not there')).toBe('2')
  })

  it('is created when it is missing', async () => {
    const mlflow = mlflowThat((path) =>
      answerAsRecorded(path.endsWith('/create') ? 'experiment-created' : 'experiment-unknown'),
    )
    expect(await findExperiment(mlflow, 'not there')).toBe('2')
  })

  it('is the one that somebody else created at the same moment', async () => {
    let looked = 0
    const mlflow = mlflowThat((path) => {
      if (path.endsWith('/create')) return answerAsRecorded('experiment-exists')
      looked += 1
      return answerAsRecorded(looked === 1 ? 'experiment-unknown' : 'experiment')
    })
    expect(await findExperiment(mlflow, 'not there')).toBe('2')
  })

  it('that was deleted is an error that says what to do', async () => {
    const mlflow = mlflowThat(() => answerAsRecorded('experiment-deleted'))
    await expect(findExperiment(mlflow, 'not there')).rejects.toThrow(
      'The MLflow experiment not there was deleted. Restore it (mlflow experiments restore -x 2)',
    )
  })
})

describe('the run', () => {
  it('is created when MLflow knows none of the evaluation', async () => {
    let created = false
    const mlflow = mlflowThat((path, values) => {
      if (path.endsWith('/search')) return answerAsRecorded(created ? 'runs-found' : 'runs-none')
      created = true
      expect(values).toEqual({
        experiment_id: '2',
        run_name: 'benchmark graphrag application',
        start_time: 1,
        tags: [{ key: 'ops.evaluation.id', value: 'ev-1' }],
      })
      return answerAsRecorded('run-created')
    })
    expect(await openRuns(mlflow, run)).toEqual([recordedRun])
  })

  it('is the one that an earlier attempt created', async () => {
    const mlflow = mlflowThat(() => answerAsRecorded('runs-found'))
    expect(await openRuns(mlflow, run)).toEqual([recordedRun])
    expect(mlflow.calls).toEqual(['POST /api/2.0/mlflow/runs/search'])
  })

  it('that is there more than once is always the same first one', async () => {
    const mlflow = mlflowThat(() => ({
      runs: ['c', 'a', 'b'].map((id) => ({ info: { run_id: id } })),
    }))
    expect(await openRuns(mlflow, run)).toEqual(['a', 'b', 'c'])
  })
})
