import { type Artifacts } from '../../platform/artifacts.ts'
import { type Mlflow, MlflowError } from '../../platform/mlflow.ts'
import type { ListVersions, ObjectVersion } from '../../platform/object-versions.ts'
import { artifactRecord } from '../artifact-record.ts'
import type { ArtifactRecord, Requirement } from '../evidence.ts'
import type { RegisteredVersion } from '../ports.ts'

/** Where a model's parts are looked for. */
export interface ModelSources {
  readonly mlflow: Mlflow
  readonly artifacts: Artifacts
  readonly artifactBucket: string
  readonly listVersions: ListVersions
}

/** A run as MLflow 3.17 gives it. */
interface Run {
  readonly info: {
    readonly status: string
    readonly lifecycle_stage?: string
    readonly artifact_uri?: string
  }
  readonly data: {
    readonly params?: readonly { readonly key: string }[]
    readonly tags?: readonly { readonly key: string; readonly value: string }[]
  }
  readonly inputs?: {
    readonly dataset_inputs?: readonly {
      readonly dataset?: { readonly name?: string; readonly digest?: string }
    }[]
  }
}

interface LoggedModel {
  readonly info: { readonly artifact_uri?: string; readonly source_run_id?: string }
}

const commitTag = 'mlflow.source.git.commit'

/** Files that say in which environment a model runs. */
const environmentFiles = ['requirements.txt', 'conda.yaml', 'python_env.yaml']

/** Milliseconds between the clocks of MLflow and S3. */
const clockDifference = 5_000

/** Whether a model's version could be made again, part by part, and what its files are. */
export async function modelRequirements(
  version: RegisteredVersion,
  sources: ModelSources,
): Promise<{
  readonly reproducibility: Requirement[]
  readonly artifacts: ArtifactRecord | undefined
}> {
  const { mlflow } = sources
  const address = await readAddress(version, mlflow)
  const model = await readLoggedModel(address, mlflow)
  const runId = version.runId || (model?.info.source_run_id ?? '')
  const [run, files] = await Promise.all([readRun(runId, mlflow), readFiles(address, sources)])
  return {
    reproducibility: [
      ...runRequirements(runId, run, run !== undefined && hasMade(run, runId, address, model)),
      ...(await fileRequirements(files, version.createdAt, sources)),
    ],
    artifacts: files === undefined ? undefined : artifactRecord(files.prefix, files.objects),
  }
}

/** Whether files were logged by a run. Whoever registers a version may name any run. */
function hasMade(
  run: Run,
  runId: string,
  address: string,
  model: LoggedModel | undefined,
): boolean {
  if (model !== undefined) return model.info.source_run_id === runId
  const below = run.info.artifact_uri?.replace(/\/+$/, '')
  return below !== undefined && address.startsWith(`${below}/`)
}

/** What the run that made a model must have kept. */
function runRequirements(
  runId: string,
  run: Run | undefined,
  hasMadeFiles: boolean,
): Requirement[] {
  if (run === undefined) {
    const detail = `Log the model in a run, and register it from there; ${runId === '' ? 'the version names no run' : `its run ${runId} is gone`}.`
    return ['source run', 'parameters', 'dataset', 'git commit'].map((what) => ({
      what,
      found: false,
      detail,
    }))
  }
  const parameters = run.data.params ?? []
  const datasets = (run.inputs?.dataset_inputs ?? []).flatMap(({ dataset }) =>
    dataset?.digest ? [`${dataset.name ?? ''} ${dataset.digest}`.trim()] : [],
  )
  const commit = run.data.tags?.find(({ key }) => key === commitTag)?.value ?? ''
  const finished = run.info.status === 'FINISHED' && run.info.lifecycle_stage !== 'deleted'
  return [
    requirement(
      'source run',
      finished && hasMadeFiles,
      `run ${runId} has finished`,
      finished
        ? `Its files were not logged by its run ${runId}: register the model that the run has logged, such as models:/m-….`
        : `Its run ${runId} is ${run.info.lifecycle_stage === 'deleted' ? 'deleted' : run.info.status}: let it finish, or train again.`,
    ),
    requirement(
      'parameters',
      parameters.length > 0,
      `${parameters.length} parameters`,
      'Log the parameters of the training: mlflow.log_params().',
    ),
    requirement(
      'dataset',
      datasets.length > 0,
      datasets.slice(0, 5).join(', '),
      'Log what it was trained on: mlflow.log_input(mlflow.data.from_pandas(…), context="training").',
    ),
    requirement(
      'git commit',
      commit !== '',
      commit,
      `Train from a git checkout with everything committed, or set the run's tag ${commitTag}.`,
    ),
  ]
}

function requirement(what: string, found: boolean, detail: string, remedy: string): Requirement {
  return { what, found, detail: found ? detail : remedy }
}

interface ModelFiles {
  /** Start of the keys, with a slash at its end. */
  readonly prefix: string
  readonly objects: readonly ObjectVersion[]
}

async function fileRequirements(
  files: ModelFiles | undefined,
  registeredAt: number,
  { artifacts }: ModelSources,
): Promise<Requirement[]> {
  const stored = files?.objects.filter(({ size }) => size > 0) ?? []
  const named = (name: string) => stored.find(({ key }) => key === `${files?.prefix}${name}`)
  const environment = environmentFiles.filter((name) => named(name) !== undefined)
  const description = named('MLmodel')
  const bytes = description && (await artifacts.read(description.key))
  const signed = bytes !== undefined && hasSignature(new TextDecoder().decode(bytes))
  const total = stored.reduce((sum, { size }) => sum + size, 0)
  const later = stored.filter(({ modifiedAt }) => modifiedAt > registeredAt + clockDifference)
  return [
    requirement(
      'artifacts',
      description !== undefined && stored.length > 1,
      `${stored.length} files, ${total} bytes`,
      files === undefined
        ? "Its files are not in the platform's artifact bucket: log the model to this tracking server."
        : `There is no model below ${files.prefix}: log it again.`,
    ),
    requirement(
      'unchanged files',
      later.length === 0,
      'none was written after the version was registered',
      `${later.length} files, such as ${later[0]?.key}, were written after the version was registered, and maybe after it was evaluated: register what is there as a new version.`,
    ),
    requirement(
      'environment',
      environment.includes('requirements.txt') && environment.length > 1,
      environment.join(', '),
      'Log the model by its flavour, such as mlflow.sklearn.log_model(), which writes requirements.txt and conda.yaml.',
    ),
    requirement(
      'signature',
      signed,
      'inputs and outputs are declared',
      'Log the model with signature=infer_signature(inputs, outputs), or an input_example.',
    ),
  ]
}

/** Whether an MLmodel file declares inputs: a block `signature:` at its left edge with a line below that is no null. */
export function hasSignature(description: string): boolean {
  const [, block] = /^signature:[ \t]*\r?\n((?:[ \t]+.*\r?\n?)+)/m.exec(description) ?? []
  return block !== undefined && /^[ \t]+inputs:[ \t]*(?!null\b)\S/m.test(block)
}

/** The files below an address of our bucket; `undefined` for one elsewhere. */
async function readFiles(
  address: string,
  { artifactBucket, listVersions }: ModelSources,
): Promise<ModelFiles | undefined> {
  const start = `s3://${artifactBucket}/`
  if (!address.startsWith(start) || address.length === start.length) return undefined
  const prefix = `${address.slice(start.length).replace(/\/+$/, '')}/`
  return { prefix, objects: await listVersions(prefix) }
}

/** Where a version's files are, also of one that was copied from another registered model. */
async function readAddress({ name, version }: RegisteredVersion, mlflow: Mlflow): Promise<string> {
  const { artifact_uri = '' } = await mlflow.call<{ artifact_uri?: string }>(
    'GET',
    '/api/2.0/mlflow/model-versions/get-download-uri',
    { name, version },
  )
  return artifact_uri
}

/** The logged model whose files are at an address, if MLflow says the same. */
async function readLoggedModel(address: string, mlflow: Mlflow): Promise<LoggedModel | undefined> {
  const at = address.replace(/\/+$/, '')
  const [, id] = /\/(m-[A-Za-z0-9]+)\/artifacts$/.exec(at) ?? []
  if (id === undefined) return undefined
  const model = await unlessGone(async () => {
    const answer = await mlflow.call<{ model: LoggedModel }>(
      'GET',
      `/api/2.0/mlflow/logged-models/${encodeURIComponent(id)}`,
    )
    return answer.model
  })
  return model?.info.artifact_uri?.replace(/\/+$/, '') === at ? model : undefined
}

async function readRun(runId: string, mlflow: Mlflow): Promise<Run | undefined> {
  if (runId === '') return undefined
  return unlessGone(async () => {
    const { run } = await mlflow.call<{ run: Run }>('GET', '/api/2.0/mlflow/runs/get', {
      run_id: runId,
    })
    return run
  })
}

async function unlessGone<Found>(read: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await read()
  } catch (error) {
    const isGone =
      error instanceof MlflowError &&
      (error.code === 'RESOURCE_DOES_NOT_EXIST' || error.code === 'INVALID_PARAMETER_VALUE')
    if (isGone) return undefined
    throw error
  }
}
