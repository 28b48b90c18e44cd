import * as z from 'zod'
import { workloads } from '../../../config/workloads.ts'
import { registeredName } from '../../platform/registered-name.ts'
import { label } from '../../platform/request-fields.ts'

/** Name of a workload. */
export const workloadName = z
  .enum(workloads.map(({ name }) => name))
  .describe('Name of a workload in config/workloads.ts')

const version = z.string().regex(/^[1-9][0-9]{0,9}$/, 'must be the number of a version')

/** What an evaluation is to judge. */
const subject = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('application') }),
  z.strictObject({ kind: z.literal('model-version'), name: registeredName, version }),
  z.strictObject({ kind: z.literal('prompt-version'), name: registeredName, version }),
])

/**
 * Keys that a caller may name: files of certain folders, so that nobody reads another's artifacts through an
 * evaluation. Keys in `config/workloads.ts` are not bound to them.
 */
const keyIn = (folder: string, endings: string) =>
  z
    .string()
    .max(500)
    .regex(
      new RegExp(
        `^${folder}/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*\\.(?:${endings})$`,
      ),
      `must be a key of the artifact bucket such as ${folder}/<workload>/<name>.${endings.split('|')[0]}, of letters, digits, dots, dashes and underscores`,
    )

const dataset = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mlflow'), name: label(250) }),
  z.strictObject({ kind: z.literal('jsonl'), key: keyIn('datasets', 'jsonl') }),
  z.strictObject({
    kind: z.literal('event-log'),
    log: keyIn('datasets', 'csv|xes'),
    model: keyIn('datasets', 'pnml'),
  }),
])

const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('endpoint') }),
  z.strictObject({ kind: z.literal('recorded'), key: keyIn('recorded', 'jsonl') }),
  z.strictObject({
    kind: z.literal('traces'),
    days: z.int().min(1).max(90),
    sample: z.int().min(1).max(10_000),
  }),
  z.strictObject({ kind: z.literal('outcomes'), days: z.int().min(1).max(400) }),
  z.strictObject({ kind: z.literal('dataset') }),
])

const mostParameters = 50

/** Names and values together: lists of evaluations show them all. */
const mostParameterCharacters = 2_000

/** What somebody wants to have evaluated; whatever is left out is as in the workload's benchmark. */
export const evaluationWish = z.strictObject({
  workload: workloadName,
  subject: subject.optional().describe('What is judged. Default: the application as it stands'),
  dataset: dataset.optional(),
  source: source.optional().describe('Where the outputs come from'),
  metrics: z
    .array(label(60))
    .min(1)
    .max(50)
    .refine((names) => new Set(names).size === names.length, 'names a metric twice')
    .optional()
    .describe('Names of metrics and criteria. Default: those of the goals and of the benchmark'),
  judge: label(60)
    .optional()
    .describe('lexical-v1, or a judge of the environment. Default: that of the environment'),
  k: z.int().min(1).max(100).optional().describe('Depth at which retrieval is looked at'),
  parameters: z
    .record(
      z
        .string()
        .max(100)
        .regex(
          /^[A-Za-z][A-Za-z0-9_.\- ]*$/,
          'must begin with a letter, and have letters, digits, dots, dashes, blanks and underscores',
        )
        .refine(
          (name) => !reserved.test(name),
          'is a parameter that every evaluation records by itself; choose another name',
        ),
      z.string().max(500),
    )
    .refine(
      (parameters) => Object.keys(parameters).length <= mostParameters,
      `has more than ${mostParameters} parameters`,
    )
    .refine(
      (parameters) => Object.entries(parameters).flat().join('').length <= mostParameterCharacters,
      `has more than ${mostParameterCharacters} characters altogether`,
    )
    .optional()
    .describe('Recorded with the evaluation, such as the chunking strategy of what is judged'),
})

/** Parameters of MLflow's run that say how its figures were made. */
const reserved = /^(?:judge|prompt|dataset|source|seed|subject|k)(?:\.|$)/

/** What somebody wants to have evaluated. */
export type EvaluationWish = z.output<typeof evaluationWish>
