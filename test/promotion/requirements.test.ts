import { describe, expect, it } from 'vitest'
import { MlflowError, type Mlflow } from '../../lambdas/platform/mlflow.ts'
import { artifactRecord, changeOf } from '../../lambdas/promotion/artifact-record.ts'
import { encodedPath } from '../../lambdas/promotion/api/encode-name.ts'
import {
  hasSignature,
  modelRequirements,
} from '../../lambdas/promotion/gather/model-requirements.ts'
import { promptRequirements } from '../../lambdas/promotion/gather/prompt-requirements.ts'
import type { RegisteredVersion } from '../../lambdas/promotion/ports.ts'
import { artifactsInMemory } from '../evaluation/api/ports.ts'

const version: RegisteredVersion = {
  name: 'fraud-detector',
  version: 3,
  runId: 'run-1',
  source: 'models:/m-abc',
  createdAt: 1_000_000,
  tags: {},
}

const run = {
  info: { status: 'FINISHED', lifecycle_stage: 'active' },
  data: {
    params: [{ key: 'depth' }],
    tags: [{ key: 'mlflow.source.git.commit', value: 'abc' }],
  },
  inputs: { dataset_inputs: [{ dataset: { name: 'claims', digest: 'd1' } }] },
}

const description = `flavors:\n  sklearn: {}\nsignature:\n  inputs: '[{"type": "double"}]'\n  outputs: '[]'\n`

const home = 's3://bucket/1/models/m-abc/artifacts'

async function missing(
  change: {
    run?: object | null
    uri?: string
    files?: readonly string[]
    description?: string
    version?: Partial<RegisteredVersion>
    /** The run that logged the model. */
    madeBy?: string
    /** When the files were written; milliseconds. */
    modifiedAt?: number
  } = {},
): Promise<string[]> {
  const artifacts = artifactsInMemory()
  await artifacts.write('1/models/m-abc/artifacts/MLmodel', change.description ?? description)
  const mlflow: Mlflow = {
    async call<Answer>(_method: string, path: string) {
      if (path.endsWith('/get-download-uri')) return { artifact_uri: change.uri ?? home } as Answer
      if (path.endsWith('/logged-models/m-abc')) {
        const info = { artifact_uri: home, source_run_id: change.madeBy ?? 'run-1' }
        return { model: { info } } as Answer
      }
      if (change.run === null) throw new MlflowError('gone', 404, 'RESOURCE_DOES_NOT_EXIST')
      return { run: { ...run, ...change.run } } as Answer
    },
    send: async () => undefined,
  }
  const files = change.files ?? ['MLmodel', 'conda.yaml', 'model.pkl', 'requirements.txt']
  const { reproducibility } = await modelRequirements(
    { ...version, ...change.version },
    {
      mlflow,
      artifacts,
      artifactBucket: 'bucket',
      listVersions: async (prefix) =>
        files.map((file) => ({
          key: `${prefix}${file}`,
          size: 9,
          versionId: 'v',
          etag: 'e',
          modifiedAt: change.modifiedAt ?? 1_000_000,
        })),
    },
  )
  for (const { found, detail } of reproducibility) if (!found) expect(detail).not.toBe('')
  return reproducibility.filter(({ found }) => !found).map(({ what }) => what)
}

describe('a model can be made again', () => {
  it('when its run and its files say all that is needed', async () => {
    expect(await missing()).toEqual([])
    expect(await missing({ version: { runId: '' } })).toEqual([])
    // Copied from another registered model: where its files are, MLflow knows.
    expect(await missing({ version: { source: 'models:/trials/7' } })).toEqual([])
    expect(await missing({ uri: `${home}/` })).toEqual([])
  })

  it.each([
    ['its run is gone', { run: null }, ['source run', 'parameters', 'dataset', 'git commit']],
    ['its run goes on', { run: { info: { status: 'RUNNING' } } }, ['source run']],
    [
      'its run was deleted',
      { run: { info: { status: 'FINISHED', lifecycle_stage: 'deleted' } } },
      ['source run'],
    ],
    ['no parameters', { run: { data: { tags: run.data.tags } } }, ['parameters']],
    ['no commit', { run: { data: { params: run.data.params } } }, ['git commit']],
    ['no dataset', { run: { inputs: {} } }, ['dataset']],
    [
      'a dataset without a digest',
      { run: { inputs: { dataset_inputs: [{ dataset: { name: 'x' } }] } } },
      ['dataset'],
    ],
    ['no environment', { files: ['MLmodel', 'model.pkl'] }, ['environment']],
    ['no signature', { description: 'flavors: {}\n' }, ['signature']],
    [
      'files elsewhere',
      { uri: 's3://other/x' },
      ['source run', 'artifacts', 'environment', 'signature'],
    ],
    ['files that another run has logged', { madeBy: 'run-2' }, ['source run']],
    [
      'files that were written after it was registered',
      { modifiedAt: 1_010_000 },
      ['unchanged files'],
    ],
    ['no files', { files: [] }, ['artifacts', 'environment', 'signature']],
  ] as const)('but not with: %s', async (_, change, expected) => {
    expect(await missing(change)).toEqual(expected)
  })

  it('of files that lie below its run, as MLflow logged them before version 3', async () => {
    const info = { status: 'FINISHED', artifact_uri: 's3://bucket/1/run-1/artifacts' }
    const registered = { uri: 's3://bucket/1/run-1/artifacts/model', run: { info } }
    expect(await missing(registered)).toEqual(['signature'])
    expect(await missing({ ...registered, uri: 's3://bucket/1/run-10/artifacts/model' })).toEqual([
      'source run',
      'signature',
    ])
  })

  it('a signature is one that declares inputs', () => {
    expect(hasSignature(description)).toBe(true)
    expect(hasSignature('signature:\n  inputs: null\n  outputs: null\n')).toBe(false)
    expect(hasSignature('signature: null\n')).toBe(false)
    expect(hasSignature('metadata:\n  signature:\n    inputs: x\n')).toBe(false)
  })
})

describe('a prompt can be judged again', () => {
  const prompt = (text: string | undefined, evaluation?: string) =>
    promptRequirements(
      { ...version, tags: text === undefined ? {} : { 'mlflow.prompt.text': text } },
      evaluation,
    )
      .filter(({ found }) => !found)
      .map(({ what }) => what)

  it('names the first variables of one that is made of nothing else', () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `v${index}${'x'.repeat(90)}`)
    const tags = { 'mlflow.prompt.text': names.map((name) => `{{${name}}}`).join() }
    const found = promptRequirements({ ...version, tags }, 'ev-1')
    const detail = found.find(({ what }) => what === 'variables')?.detail ?? ''
    expect(detail).toMatch(/^v0x+…, v1x+…, .* and 4980 more$/u)
    expect(detail.length).toBeLessThan(1_500)
  })

  it('with text, variables and an evaluation', () => {
    expect(prompt('Answer {{ question }}.', 'ev-1')).toEqual([])
    expect(prompt('Answer {{question}}.')).toEqual(['evaluation'])
    expect(prompt('Answer.', 'ev-1')).toEqual(['variables'])
    expect(prompt(undefined, 'ev-1')).toEqual(['template text', 'variables'])
  })
})

describe('what the ledger keeps of a model’s files', () => {
  const files = ['a', 'b'].map((key) => ({
    key,
    size: 1,
    versionId: 'v1',
    etag: key,
    modifiedAt: 0,
  }))
  const kept = artifactRecord('', files)

  it('is the same in whatever order they are listed', () => {
    expect(artifactRecord('', files.toReversed())).toEqual(kept)
    expect(changeOf(kept, files)).toBeUndefined()
  })

  it('tells a file that was changed, added or removed', () => {
    const [first, second] = files
    expect(changeOf(kept, [first!, { ...second!, etag: 'x' }])).toMatch(/^b differ/)
    expect(changeOf(kept, [first!, { ...second!, versionId: 'v2' }])).toMatch(/^b differ/)
    expect(changeOf(kept, [first!])).toMatch(/^b differ/)
    expect(changeOf(kept, [...files, { ...first!, key: 'c' }])).toMatch(/^c differ/)
  })

  it('covers also what is not listed', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ ...files[0]!, key: `${index}` }))
    const record = artifactRecord('', many)
    expect(record.objects.length).toBeLessThan(many.length)
    const last = many.at(-1)!
    expect(changeOf(record, [...many.slice(0, -1), { ...last, size: 2 }])).toBeDefined()
  })
})

it('names in paths are one part again, whatever is in them', () => {
  expect(encodedPath('/ops/models/team/fraud v2/promotions')).toBe(
    '/ops/models/team%2Ffraud%20v2/promotions',
  )
  expect(encodedPath('/ops/prompts/보험/promotions/promotions/12')).toBe(
    `/ops/prompts/${encodeURIComponent('보험/promotions')}/promotions/12`,
  )
  expect(encodedPath('/ops/models/100%/rollbacks')).toBe('/ops/models/100%25/rollbacks')
  expect(encodedPath('/ops/ledger')).toBe('/ops/ledger')
})
