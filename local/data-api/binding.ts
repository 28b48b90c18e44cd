import { DataApiError, multistatement } from './errors.ts'
import { parsePlaceholders } from './placeholders.ts'
import { OID } from './postgres-types.ts'
import type { ParameterValue, SqlParameter } from './wire.ts'

/** A statement ready for Postgres' extended protocol: the type of each value is declared. */
export interface BoundStatement {
  readonly text: string
  readonly values: readonly (string | Buffer | null)[]
  /** Type of each value; 0 lets Postgres infer it. */
  readonly oids: readonly number[]
}

const HINTS: Record<string, { readonly oid: number; readonly format: RegExp }> = {
  JSON: { oid: OID.json, format: /^/ },
  UUID: { oid: OID.uuid, format: /^/ },
  DECIMAL: { oid: OID.numeric, format: /^/ },
  DATE: { oid: OID.date, format: /^\d{4}-\d{2}-\d{2}$/ },
  TIME: { oid: OID.time, format: /^\d{2}:\d{2}:\d{2}(\.\d{1,3})?$/ },
  TIMESTAMP: { oid: OID.timestamp, format: /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,3})?$/ },
}
const FORMATS: Record<string, string> = {
  DATE: 'YYYY-MM-DD',
  TIME: 'HH:MM:SS[.FFF]',
  TIMESTAMP: 'YYYY-MM-DD HH:MM:SS[.FFF]',
}
const VALUE_MEMBERS = [
  'arrayValue',
  'blobValue',
  'booleanValue',
  'doubleValue',
  'isNull',
  'longValue',
  'stringValue',
] as const

/**
 * Puts named parameters into a statement as the Data API does. A string without a type hint is sent
 * as `varchar`, so `where id = :id` on an integer column fails here as it fails on AWS.
 *
 * Throws `ValidationException` for two statements and `BadRequestException` for parameters that are
 * missing, unused, given twice, arrays, or not in the format of their hint.
 */
export function bind(sql: string, parameters: readonly SqlParameter[] = []): BoundStatement {
  const parsed = parsePlaceholders(sql)
  if (parsed.statements === 0) throw new DataApiError('BadRequestException', 'SQL is empty')
  if (parsed.statements > 1) throw multistatement()
  if (parsed.positional && parsed.names.length > 0) {
    throw badRequest('Positional parameters ($1) cannot be mixed with named parameters.')
  }

  const byName = new Map<string, SqlParameter>()
  for (const parameter of parameters) {
    const name = parameter?.name
    if (typeof name !== 'string' || name === '') throw badRequest('Parameter name is empty.')
    if (byName.has(name)) throw badRequest(`Parameter "${name}" is given more than once.`)
    byName.set(name, parameter)
  }
  const unused = [...byName.keys()].find((name) => !parsed.names.includes(name))
  if (unused !== undefined) {
    throw badRequest(`Parameter "${unused}" is not used in the SQL statement.`)
  }

  const values: (string | Buffer | null)[] = []
  const oids: number[] = []
  for (const name of parsed.names) {
    const parameter = byName.get(name)
    if (!parameter) throw badRequest(`Cannot find parameter: ${name}`)
    const { value, oid } = convert(name, parameter)
    values.push(value)
    oids.push(oid)
  }
  return { text: parsed.text, values, oids }
}

function convert(
  name: string,
  parameter: SqlParameter,
): { readonly value: string | Buffer | null; readonly oid: number } {
  const value: ParameterValue = parameter.value ?? {}
  const given = VALUE_MEMBERS.filter((member) => value[member] != null && value[member] !== false)
  const isFalse = value.booleanValue === false
  if (given.length + Number(isFalse) > 1) {
    throw badRequest(`Parameter "${name}" has value with more than one field set`)
  }
  const hint = parameter.typeHint
  if (hint !== undefined && !HINTS[hint]) {
    throw new DataApiError(
      'ValidationException',
      `1 validation error detected: Value '${hint}' at 'typeHint' failed to satisfy constraint: ` +
        `Member must satisfy enum value set: [${Object.keys(HINTS).toSorted().join(', ')}]`,
    )
  }
  const hinted = hint === undefined ? undefined : HINTS[hint]

  if (isFalse) return { value: 'f', oid: OID.bool }
  switch (given[0]) {
    case 'isNull':
      return { value: null, oid: hinted?.oid ?? 0 }
    case 'booleanValue':
      return { value: 't', oid: OID.bool }
    case 'longValue':
      return { value: integer(name, value.longValue), oid: OID.int8 }
    case 'doubleValue':
      return { value: String(value.doubleValue), oid: OID.float8 }
    case 'blobValue':
      return { value: Buffer.from(String(value.blobValue), 'base64'), oid: OID.bytea }
    case 'stringValue': {
      const text = String(value.stringValue)
      if (hinted && !hinted.format.test(text)) {
        throw badRequest(
          `Parameter "${name}" is not in the format of type hint ${hint}: ${FORMATS[hint ?? '']}`,
        )
      }
      return { value: text, oid: hinted?.oid ?? OID.varchar }
    }
    case 'arrayValue':
      throw new DataApiError('ValidationException', 'Array parameters are not supported.')
    default:
      throw badRequest(`Parameter "${name}" has value with no field set`)
  }
}

function integer(name: string, value: unknown): string {
  if (typeof value === 'bigint' || Number.isInteger(value))
    return BigInt(value as number).toString()
  throw badRequest(`Parameter "${name}" has a longValue that is not an integer`)
}

function badRequest(message: string): DataApiError {
  return new DataApiError('BadRequestException', message)
}
