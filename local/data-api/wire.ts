/** JSON shapes of the RDS Data API as they travel; the SDK's own types hold blobs as bytes. */

export interface SqlParameter {
  readonly name?: string
  readonly value?: ParameterValue
  readonly typeHint?: string
}

export interface ParameterValue {
  readonly isNull?: boolean
  readonly booleanValue?: boolean
  readonly longValue?: number | bigint
  readonly doubleValue?: number | string
  readonly stringValue?: string
  /** Base64. */
  readonly blobValue?: string
  readonly arrayValue?: unknown
}

export interface ResultSetOptions {
  readonly decimalReturnType?: 'STRING' | 'DOUBLE_OR_LONG'
  readonly longReturnType?: 'LONG' | 'STRING'
}

/** Body of every operation; each reads the members that it has. */
export interface DataApiRequest {
  readonly resourceArn?: string
  readonly secretArn?: string
  readonly database?: string
  readonly schema?: string
  readonly sql?: string
  readonly parameters?: readonly SqlParameter[]
  readonly parameterSets?: readonly (readonly SqlParameter[])[]
  readonly transactionId?: string
  readonly includeResultMetadata?: boolean
  readonly continueAfterTimeout?: boolean
  readonly formatRecordsAs?: 'NONE' | 'JSON'
  readonly resultSetOptions?: ResultSetOptions
}

/** A JSON number that is written digit by digit, so that 64-bit integers survive. */
export type Long = number | { readonly rawJSON: string }

export type Field =
  | { readonly isNull: true }
  | { readonly booleanValue: boolean }
  | { readonly longValue: Long }
  | { readonly doubleValue: number | string }
  | { readonly stringValue: string }
  | { readonly blobValue: string }
  | { readonly arrayValue: ArrayValue }

export type ArrayValue =
  | { readonly booleanValues: readonly (boolean | null)[] }
  | { readonly longValues: readonly (Long | null)[] }
  | { readonly doubleValues: readonly (number | string | null)[] }
  | { readonly stringValues: readonly (string | null)[] }

// Part of ECMAScript's "JSON.parse source text access", which Node 24 has and the typings have not.
const exactJson = JSON as unknown as {
  rawJSON(text: string): { readonly rawJSON: string }
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown
}

/** Reads a request; integers that a double cannot hold come as bigint. */
export function parseRequest(text: string): unknown {
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
      ? BigInt(source as string)
      : value,
  )
}

/** An integer given by its digits, for JSON. */
export function long(digits: string): Long {
  const value = Number(digits)
  return Number.isSafeInteger(value) ? value : exactJson.rawJSON(digits)
}
