import { type Mlflow, MlflowError } from '../../../lambdas/platform/mlflow.ts'

/** A run as MLflow keeps it. */
export interface KeptRun {
  readonly id: string
  readonly experiment: string
  readonly name: string
  status: string
  deleted: boolean
  readonly tags: Map<string, string>
  readonly params: Map<string, string>
  /** By name and digest, as MLflow tells them apart. */
  readonly inputs: Map<string, unknown>
}

interface Pair {
  readonly key: string
  readonly value: string
}

/** MLflow's experiments, runs and one dataset, in memory, with its rules as far as `prepare` depends on them. */
export class TrackingInMemory implements Mlflow {
  readonly experiments = new Map<string, string>()
  readonly runs = new Map<string, KeptRun>()
  /** Records of the dataset `questions`. */
  records: readonly Readonly<Record<string, unknown>>[] = []

  activeRuns(): KeptRun[] {
    return [...this.runs.values()].filter(({ deleted }) => !deleted)
  }

  async call<Answer>(
    method: string,
    path: string,
    values: Readonly<Record<string, unknown>> = {},
  ): Promise<Answer> {
    return Promise.resolve(this.#answer(`${method} ${path}`, values) as Answer)
  }

  send(): Promise<void> {
    return Promise.reject(new Error('Nothing is sent.'))
  }

  #answer(call: string, values: Readonly<Record<string, unknown>>): unknown {
    switch (call) {
      case 'GET /api/2.0/mlflow/experiments/get-by-name': {
        const id = this.experiments.get(String(values['experiment_name']))
        if (id === undefined) throw new MlflowError('none', 404, 'RESOURCE_DOES_NOT_EXIST')
        return { experiment: { experiment_id: id, lifecycle_stage: 'active' } }
      }
      case 'POST /api/2.0/mlflow/experiments/create': {
        const name = String(values['name'])
        if (this.experiments.has(name)) throw new MlflowError('', 400, 'RESOURCE_ALREADY_EXISTS')
        this.experiments.set(name, String(this.experiments.size + 1))
        return { experiment_id: this.experiments.get(name) }
      }
      case 'POST /api/2.0/mlflow/runs/search': {
        const wanted = /^tags\.`ops\.evaluation\.id` = '(.*)'$/.exec(String(values['filter']))?.[1]
        const [experiment] = values['experiment_ids'] as string[]
        const runs = this.activeRuns()
          .filter((run) => run.experiment === experiment)
          .filter(({ tags }) => tags.get('ops.evaluation.id') === wanted)
        return runs.length === 0 ? {} : { runs: runs.map(({ id }) => ({ info: { run_id: id } })) }
      }
      case 'POST /api/2.0/mlflow/runs/create': {
        const id = `run-${this.runs.size + 1}`
        this.runs.set(id, {
          id,
          experiment: String(values['experiment_id']),
          name: String(values['run_name']),
          status: 'RUNNING',
          deleted: false,
          tags: toMap(values['tags']),
          params: new Map(),
          inputs: new Map(),
        })
        return { run: { info: { run_id: id } } }
      }
      case 'POST /api/2.0/mlflow/runs/delete':
        this.#run(values).deleted = true
        return {}
      case 'POST /api/2.0/mlflow/runs/update':
        this.#run(values).status = String(values['status'])
        return {}
      case 'POST /api/2.0/mlflow/runs/log-batch': {
        const run = this.#run(values)
        for (const [key, value] of toMap(values['params'])) {
          if ((run.params.get(key) ?? value) !== value) {
            throw new MlflowError(`Changing ${key} is not allowed`, 400, 'INVALID_PARAMETER_VALUE')
          }
          run.params.set(key, value)
        }
        for (const [key, value] of toMap(values['tags'])) run.tags.set(key, value)
        return {}
      }
      case 'POST /api/2.0/mlflow/runs/log-inputs': {
        const run = this.#run(values)
        for (const input of values['datasets'] as { dataset: Record<string, string> }[]) {
          const { name, digest = '' } = input.dataset
          if (digest.length > 36) throw new MlflowError('digest too long', 400, '')
          run.inputs.set(`${name} ${digest}`, input)
        }
        return {}
      }
      case 'POST /api/3.0/mlflow/datasets/search':
        return { datasets: [{ dataset_id: 'd-1', name: 'questions' }] }
      case 'GET /api/3.0/mlflow/datasets/d-1/records':
        return { records: JSON.stringify(this.records) }
      default:
        throw new MlflowError(`No ${call}`, 404, 'ENDPOINT_NOT_FOUND')
    }
  }

  #run(values: Readonly<Record<string, unknown>>): KeptRun {
    const run = this.runs.get(String(values['run_id']))
    if (run === undefined || run.deleted) throw new MlflowError('No such run', 400, 'INVALID_STATE')
    return run
  }
}

function toMap(pairs: unknown): Map<string, string> {
  return new Map(((pairs ?? []) as Pair[]).map(({ key, value }) => [key, value]))
}
