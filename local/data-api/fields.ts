import { parseArrayLiteral } from './array-literal.ts'
import { DataApiError } from './errors.ts'
import type { ResultType } from './postgres-types.ts'
import { type ArrayValue, type Field, long, type ResultSetOptions } from './wire.ts'

/** A column of a result set as Postgres describes it, with the type that was found for it. */
export interface Column {
  readonly name: string
  readonly type: ResultType
  /** Postgres' type modifier: length of a varchar, precision and scale of a numeric; -1 without. */
  readonly modifier: number
  readonly tableId: number
}

/** Error for a column whose type the Data API does not return. */
export function unsupportedType(name: string): DataApiError {
  return new DataApiError(
    'UnsupportedResultException',
    `The result contains the unsupported data type ${name}.`,
  )
}

/** A value of a result set as a field; `text` is Postgres' text form of it. */
export function toField(
  text: string | null,
  type: ResultType,
  options: ResultSetOptions = {},
): Field {
  if (text === null) return { isNull: true }
  if (type.element) return { arrayValue: toArray(text, type.element) }
  switch (type.kind) {
    case 'boolean':
      return { booleanValue: text === 't' }
    case 'long':
      return options.longReturnType === 'STRING' ? { stringValue: text } : { longValue: long(text) }
    case 'double':
      return { doubleValue: double(text) }
    case 'decimal':
      if (options.decimalReturnType !== 'DOUBLE_OR_LONG') return { stringValue: text }
      return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))
        ? { longValue: Number(text) }
        : { doubleValue: double(text) }
    case 'blob':
      return { blobValue: Buffer.from(text.slice(2), 'hex').toString('base64') }
    default:
      return { stringValue: plainText(text, type) }
  }
}

/** The same value in a record of `formattedRecords`. */
export function toJson(
  text: string | null,
  type: ResultType,
  options: ResultSetOptions = {},
): unknown {
  const field = toField(text, type, options)
  if ('isNull' in field) return null
  const [value] = Object.values(field)
  return 'arrayValue' in field ? Object.values(value as ArrayValue)[0] : value
}

function toArray(text: string, element: ResultType): ArrayValue {
  const parsed = parseArrayLiteral(text)
  if (parsed === 'multidimensional') {
    throw new DataApiError(
      'UnsupportedResultException',
      'The result contains a multidimensional array, which is not supported.',
    )
  }
  const values = parsed.elements
  const map = <T>(convert: (value: string) => T) =>
    values.map((value) => (value === null ? null : convert(value)))
  switch (element.kind) {
    case 'boolean':
      return { booleanValues: map((value) => value === 't') }
    case 'long':
      return { longValues: map(long) }
    case 'double':
      return { doubleValues: map(double) }
    case 'blob':
      throw unsupportedType('BYTEA[]')
    default:
      return { stringValues: map((value) => plainText(value, element)) }
  }
}

// JSON has no word for these; the SDKs read them from strings.
function double(text: string): number | string {
  const value = Number(text)
  return Number.isFinite(value) ? value : text
}

function plainText(text: string, type: ResultType): string {
  if (type.kind !== 'instant' && type.kind !== 'fraction') return text
  if (type.kind === 'instant' && text.endsWith('infinity')) {
    // On AWS the call fails without saying why.
    throw new DataApiError('InternalServerErrorException', `UnknownError: timestamp ${text}`)
  }
  // Sessions run in UTC, and the Data API names no zone. Fractions have 3 or 6 digits.
  return text
    .replace(/\+00$/, '')
    .replace(
      /\.(\d+)$/,
      (_match, digits: string) => `.${digits.padEnd(digits.length > 3 ? 6 : 3, '0')}`,
    )
}

/** What `includeResultMetadata` adds for a column. */
export function columnMetadata(column: Column): Record<string, unknown> {
  const { type, modifier } = column
  const isDecimal = type.kind === 'decimal'
  const isText = type.name === 'varchar' || type.name === 'bpchar'
  const hasModifier = modifier >= 4
  return {
    arrayBaseColumnType: type.element?.jdbc ?? 0,
    isAutoIncrement: false,
    isCaseSensitive: type.kind === 'string',
    isCurrency: false,
    isSigned: ['long', 'double', 'decimal'].includes(type.kind),
    label: column.name,
    name: column.name,
    nullable: column.tableId === 0 ? 2 : 1,
    precision: !hasModifier
      ? type.precision
      : isDecimal
        ? (modifier - 4) >> 16
        : isText
          ? modifier - 4
          : type.precision,
    scale: isDecimal && hasModifier ? (modifier - 4) & 0xffff : 0,
    schemaName: '',
    tableName: '',
    type: type.jdbc,
    typeName: type.name,
  }
}
