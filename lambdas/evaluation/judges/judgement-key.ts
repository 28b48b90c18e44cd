import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { JudgeModel } from './model.ts'
import type { JudgeTask } from './task.ts'

/** What of a task decides its answer. */
type AskedTask = Pick<
  JudgeTask<unknown, unknown>,
  'name' | 'promptVersion' | 'language' | 'system' | 'message' | 'schema'
>

/** Rises when our code reads answers in another way: what was kept before is then asked again. */
const protocolVersion = '1'

/**
 * What an answer is kept under: SHA-256 over judge, place, model, task, version, language and text of the prompt, the
 * shape of the answer, and all that is shown. What differs in any of them is another question.
 */
export function chatKey(judge: string, model: JudgeModel, task: AskedTask): string {
  return digest([
    'chat',
    protocolVersion,
    judge,
    model.place,
    model.model,
    task.name,
    task.promptVersion,
    task.language,
    digest([task.system]),
    z.toJSONSchema(task.schema),
    task.message,
  ])
}

/** What the likeness of a question to others is kept under. */
export function similarityKey(
  judge: string,
  model: JudgeModel,
  question: string,
  others: readonly string[],
): string {
  return digest([
    'embeddings',
    protocolVersion,
    judge,
    model.place,
    model.embeddingModel,
    question,
    others,
  ])
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
