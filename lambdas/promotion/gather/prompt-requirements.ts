import type { Requirement } from '../evidence.ts'
import type { RegisteredVersion } from '../ports.ts'

/** Tag of a version in which MLflow keeps a prompt's text, or the messages of a chat as JSON. */
const textTag = 'mlflow.prompt.text'

/**
 * What a prompt needs so that its effect can be seen again: its text, the variables in it, and an evaluation that used it.
 * @param evaluationId the newest evaluation of this version; `undefined` when there is none
 */
export function promptRequirements(
  { tags, name, version }: RegisteredVersion,
  evaluationId: string | undefined,
): Requirement[] {
  const text = tags[textTag] ?? ''
  const variables = variablesOf(text)
  return [
    {
      what: 'template text',
      found: text.trim() !== '',
      detail:
        text.trim() === ''
          ? 'Register the prompt with its text: mlflow.genai.register_prompt().'
          : `${text.length} characters`,
    },
    {
      what: 'variables',
      found: variables.length > 0,
      detail:
        variables.length > 0
          ? listed(variables)
          : 'A text without a variable, such as {{question}}, answers everybody alike: put one in.',
    },
    {
      what: 'evaluation',
      found: evaluationId !== undefined,
      detail:
        evaluationId ??
        `No evaluation has used it: POST /ops/evaluations with subject {"kind":"prompt-version","name":"${name}","version":"${version}"}.`,
    },
  ]
}

/** Names that an entry of the ledger lists, and characters of each: a prompt may have 100,000 characters. */
const mostListed = 20
const mostCharacters = 60

/** The first of some names. */
function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, mostListed)
    .map((name) => (name.length > mostCharacters ? `${name.slice(0, mostCharacters)}…` : name))
    .join(', ')
  return names.length > mostListed ? `${shown} and ${names.length - mostListed} more` : shown
}

/** Names in double braces, as MLflow's prompts have them. */
function variablesOf(text: string): string[] {
  return [
    ...new Set([...text.matchAll(/\{\{\s*([A-Za-z_][\w.]*)\s*\}\}/g)].map(([, name = '']) => name)),
  ]
}
