import { describeSubject, type Subject } from '../../domain/subject.ts'
import { MlflowError, type Mlflow } from '../../platform/mlflow.ts'
import { UnusableInput } from '../../platform/datasets/unusable-input.ts'

/** MLflow keeps prompts as models with this tag. */
const promptTag = 'mlflow.prompt.is_prompt'

/** @throws UnusableInput when MLflow's registry does not have the version that is to be judged */
export async function requireVersion(mlflow: Mlflow, subject: Subject): Promise<void> {
  if (subject.kind === 'application') return
  const { name, version, kind } = subject
  let tags: readonly { key: string; value: string }[] | undefined
  try {
    const answer = await mlflow.call<{ model_version: { tags?: typeof tags } }>(
      'GET',
      '/api/2.0/mlflow/model-versions/get',
      { name, version },
    )
    tags = answer.model_version.tags
  } catch (error) {
    if (!(error instanceof MlflowError) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error
    throw new UnusableInput(
      `MLflow's registry has no ${describeSubject(subject)}. Register it, or name one that is there.`,
      { cause: error },
    )
  }
  const isPrompt = tags?.some(({ key, value }) => key === promptTag && value === 'true') ?? false
  if (isPrompt !== (kind === 'prompt-version')) {
    const [is, asked] = isPrompt ? ['prompt', 'model'] : ['model', 'prompt']
    throw new UnusableInput(
      `In MLflow's registry ${name} is a ${is}, not a ${asked}: ask for the subject ${is}-version.`,
    )
  }
}
