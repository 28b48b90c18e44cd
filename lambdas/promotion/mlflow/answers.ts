import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { RawAnswer } from '../../platform/mlflow.ts'
import type { Condition } from '../decide.ts'
import type { LedgerEntry } from '../entry.ts'
import type { Guarded } from '../guarded.ts'
import type { RegistryWish } from './read-call.ts'

/**
 * Error codes of MLflow and their statuses. Clients try 429 and 5xx again for minutes, so what is refused for good is
 * none of them.
 */
const statuses = {
  INVALID_PARAMETER_VALUE: 400,
  PERMISSION_DENIED: 403,
  RESOURCE_CONFLICT: 409,
  INTERNAL_ERROR: 500,
  TEMPORARILY_UNAVAILABLE: 503,
} as const

/** An error in MLflow's shape, of which its clients make an exception with the message. */
export function errorAnswer(
  code: keyof typeof statuses,
  message: string,
): APIGatewayProxyStructuredResultV2 {
  return jsonAnswer(statuses[code], { error_code: code, message })
}

/** JSON as MLflow sends it. */
export function jsonAnswer(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** MLflow's answer, byte for byte. */
export function unchangedAnswer(answer: RawAnswer): APIGatewayProxyStructuredResultV2 {
  const text = answer.body.toString('utf8')
  const isText = Buffer.from(text).equals(answer.body)
  return {
    statusCode: answer.status,
    ...(answer.contentType !== undefined && { headers: { 'content-type': answer.contentType } }),
    body: isText ? text : answer.body.toString('base64'),
    isBase64Encoded: !isText,
  }
}

/** A refusal with every condition that failed, its figures, and what to do about each. */
export function refusalAnswer(
  { name, kind }: Guarded,
  version: number,
  conditions: readonly Condition[],
  entry: Pick<LedgerEntry, 'sequence'>,
): APIGatewayProxyStructuredResultV2 {
  const failed = conditions.filter(({ passed }) => !passed)
  const lines = failed.map(
    ({ condition, what, finding, remedy }) =>
      `- ${condition}${what === condition ? '' : ` (${what})`}: ${finding}. ${remedy}`,
  )
  const message = [
    `${name} version ${version} may not become production: ${failed.length} of ${conditions.length} conditions failed.`,
    ...lines,
    `The whole decision: GET /ops/${kind}s/${encodeURIComponent(name)}/promotions/${entry.sequence}`,
  ].join('\n')
  const onlyApproval = failed.every(({ condition }) => condition === 'approval')
  return errorAnswer(onlyApproval ? 'PERMISSION_DENIED' : 'INVALID_PARAMETER_VALUE', message)
}

const removals = {
  alias: 'its alias cannot be deleted',
  version: 'it cannot be deleted',
  model: 'the model cannot be deleted',
  stage: 'it cannot leave stage Production',
} as const satisfies Record<Extract<RegistryWish, { kind: 'remove' }>['what'], string>

/** Why what is in production stays there. */
export function removalAnswer(
  { name, kind }: Guarded,
  version: number,
  what: keyof typeof removals,
): APIGatewayProxyStructuredResultV2 {
  const why = what === 'model' ? `the ${kind} cannot be deleted` : removals[what]
  return errorAnswer(
    'PERMISSION_DENIED',
    `${name} version ${version} is in production: ${why}. Promote another version, or go back to the one before: POST /ops/${kind}s/${encodeURIComponent(name)}/rollbacks`,
  )
}

/** Why a name stays. */
export function renameAnswer(
  name: string,
  newName: string,
  version: number,
  guardedName: string,
): APIGatewayProxyStructuredResultV2 {
  return errorAnswer(
    'PERMISSION_DENIED',
    guardedName === name
      ? `${name} version ${version} is in production: it cannot be renamed. Applications load it by this name, and config/workloads.ts guards it by this name.`
      : `${newName} is guarded: version ${version} of ${name} is in production and would be in production there, unproven. Delete the alias production of ${name} first, and promote after the renaming.`,
  )
}
