/**
 * What an evaluation judges: a version in MLflow's registry, or the application as it stands. Evidence counts only for
 * the subject it names.
 */
export type Subject =
  | { readonly kind: 'application' }
  | {
      readonly kind: 'model-version' | 'prompt-version'
      readonly name: string
      readonly version: string
    }

/** `application`, `model fraud-detector version 3` or `prompt insurance_qa version 4`. */
export function describeSubject(subject: Subject): string {
  if (subject.kind === 'application') return 'application'
  const what = subject.kind === 'model-version' ? 'model' : 'prompt'
  return `${what} ${subject.name} version ${subject.version}`
}
