/** Object ids of Postgres' built-in types that parameters and results are mapped by. */
export const OID = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  text: 25,
  json: 114,
  float4: 700,
  float8: 701,
  bpchar: 1042,
  varchar: 1043,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
} as const

/** How values of a type become fields. */
export type FieldKind =
  | 'boolean'
  | 'long'
  | 'double'
  | 'decimal'
  | 'blob'
  | 'string'
  | 'instant'
  | 'fraction'

/** A type that results may have. */
export interface ResultType {
  readonly name: string
  readonly kind: FieldKind
  /** Code of `java.sql.Types`, which column metadata carries. */
  readonly jdbc: number
  readonly precision: number
  /** Set for an array: the type of its elements. */
  readonly element?: ResultType
}

const BASE: readonly (readonly [oid: number, arrayOid: number, type: ResultType])[] = [
  [16, 1000, { name: 'bool', kind: 'boolean', jdbc: -7, precision: 1 }],
  [17, 1001, { name: 'bytea', kind: 'blob', jdbc: -2, precision: 2147483647 }],
  [20, 1016, { name: 'int8', kind: 'long', jdbc: -5, precision: 19 }],
  [21, 1005, { name: 'int2', kind: 'long', jdbc: 5, precision: 5 }],
  [23, 1007, { name: 'int4', kind: 'long', jdbc: 4, precision: 10 }],
  [25, 1009, { name: 'text', kind: 'string', jdbc: 12, precision: 2147483647 }],
  [114, 199, { name: 'json', kind: 'string', jdbc: 1111, precision: 2147483647 }],
  [142, 143, { name: 'xml', kind: 'string', jdbc: 2009, precision: 2147483647 }],
  [650, 651, { name: 'cidr', kind: 'string', jdbc: 1111, precision: 2147483647 }],
  [700, 1021, { name: 'float4', kind: 'double', jdbc: 7, precision: 8 }],
  [701, 1022, { name: 'float8', kind: 'double', jdbc: 8, precision: 17 }],
  [869, 1041, { name: 'inet', kind: 'string', jdbc: 1111, precision: 2147483647 }],
  [1042, 1014, { name: 'bpchar', kind: 'string', jdbc: 1, precision: 2147483647 }],
  [1043, 1015, { name: 'varchar', kind: 'string', jdbc: 12, precision: 2147483647 }],
  [1082, 1182, { name: 'date', kind: 'string', jdbc: 91, precision: 13 }],
  [1083, 1183, { name: 'time', kind: 'fraction', jdbc: 92, precision: 15 }],
  [1114, 1115, { name: 'timestamp', kind: 'fraction', jdbc: 93, precision: 29 }],
  [1184, 1185, { name: 'timestamptz', kind: 'instant', jdbc: 93, precision: 35 }],
  [1700, 1231, { name: 'numeric', kind: 'decimal', jdbc: 2, precision: 0 }],
  [2950, 2951, { name: 'uuid', kind: 'string', jdbc: 1111, precision: 2147483647 }],
  [3802, 3807, { name: 'jsonb', kind: 'string', jdbc: 1111, precision: 2147483647 }],
]

const RESULT_TYPES = new Map<number, ResultType>(
  BASE.flatMap(([oid, arrayOid, type]) => [
    [oid, type] as const,
    [arrayOid, arrayOf(type)] as const,
  ]),
)

/** The type of an array with these elements. */
export function arrayOf(element: ResultType): ResultType {
  return { name: `_${element.name}`, kind: 'string', jdbc: 2003, precision: 2147483647, element }
}

/** An enumeration or another type of the schema that is returned as text. */
export function enumType(name: string): ResultType {
  return { name, kind: 'string', jdbc: 12, precision: 2147483647 }
}

/** The built-in type with this id, if results may have it. */
export function builtInType(oid: number): ResultType | undefined {
  return RESULT_TYPES.get(oid)
}
