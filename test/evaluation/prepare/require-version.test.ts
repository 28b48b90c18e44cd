import { describe, expect, it } from 'vitest'
import { requireVersion } from '../../../lambdas/evaluation/prepare/require-version.ts'
import { MlflowError } from '../../../lambdas/platform/mlflow.ts'
import { answerAsRecorded, mlflowThat } from './recorded-answers.ts'

const prompt = { kind: 'prompt-version', name: 'insurance_qa', version: '1' } as const
const model = { kind: 'model-version', name: 'fraud-detector', version: '1' } as const
const answering = (name: string) => mlflowThat(() => answerAsRecorded(name))

describe('the version that is judged', () => {
  it('is looked up in MLflow’s registry', async () => {
    await expect(requireVersion(answering('prompt-version'), prompt)).resolves.toBeUndefined()
    await expect(requireVersion(answering('model-version'), model)).resolves.toBeUndefined()
  })

  it('is not needed for the application as it stands', async () => {
    const mlflow = answering('model-unknown')
    await requireVersion(mlflow, { kind: 'application' })
    expect(mlflow.calls).toEqual([])
  })

  it.each(['version-unknown', 'model-unknown'])('must be there (%s)', async (name) => {
    await expect(requireVersion(answering(name), prompt)).rejects.toThrow(
      "MLflow's registry has no prompt insurance_qa version 1. Register it",
    )
  })

  it('must be of the kind that was asked for', async () => {
    await expect(
      requireVersion(answering('prompt-version'), { ...model, name: 'insurance_qa' }),
    ).rejects.toThrow('insurance_qa is a prompt, not a model: ask for the subject prompt-version')
    await expect(
      requireVersion(answering('model-version'), { ...prompt, name: 'fraud-detector' }),
    ).rejects.toThrow('fraud-detector is a model, not a prompt')
  })

  it('is not said to be missing when MLflow is away', async () => {
    const away = mlflowThat(() => {
      throw new MlflowError('MLflow did not answer', 0, '')
    })
    await expect(requireVersion(away, prompt)).rejects.toThrow('MLflow did not answer')
  })
})
