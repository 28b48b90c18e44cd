import type pg from 'pg'
import { unsupportedType } from './fields.ts'
import type { Limits } from './limits.ts'
import { arrayOf, builtInType, enumType, type ResultType } from './postgres-types.ts'
import { runStatement } from './statement.ts'

/** Finds the types of result columns; the schema's own are looked up once per database. */
export class ResultTypes {
  readonly #limits: Limits
  readonly #known = new Map<string, ResultType>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /**
   * The types with these ids, in order. Enumerations and arrays of them are returned as text.
   * Throws `UnsupportedResultException` naming the type for every other.
   */
  async resolve(
    client: pg.ClientBase,
    database: string,
    oids: readonly number[],
  ): Promise<readonly ResultType[]> {
    const types: ResultType[] = []
    for (const oid of oids) types.push(await this.#resolve(client, database, oid))
    return types
  }

  async #resolve(client: pg.ClientBase, database: string, oid: number): Promise<ResultType> {
    const type = builtInType(oid) ?? this.#known.get(`${database} ${oid}`)
    if (type) return type
    const { rows } = await runStatement(
      client,
      {
        text:
          'select t.typname, coalesce(e.typname, t.typname), coalesce(e.typtype, t.typtype) ' +
          'from pg_catalog.pg_type t ' +
          'left join pg_catalog.pg_type e on e.oid = t.typelem and t.typcategory = $2 ' +
          'where t.oid = $1',
        values: [String(oid), 'A'],
        oids: [26, 18],
      },
      this.#limits,
    )
    const [name, elementName, kind] = rows[0] ?? []
    if (!name || kind !== 'e') throw unsupportedType(displayName(name ?? String(oid), oid))
    const found =
      elementName && elementName !== name ? arrayOf(enumType(elementName)) : enumType(name)
    this.#known.set(`${database} ${oid}`, found)
    return found
  }
}

// The service writes these names as its driver does: "char" in quotes, most of the rest in capitals.
function displayName(name: string, oid: number): string {
  if (oid === 18) return '"CHAR"'
  if (name.startsWith('reg')) return name
  return oid < 16_384 ? name.toUpperCase() : name
}
