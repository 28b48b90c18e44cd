import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  RDSDataClient,
  RollbackTransactionCommand,
  type SqlParameter,
} from '@aws-sdk/client-rds-data'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DataApi, startDataApi } from '../../local/data-api/server.ts'
import { startTestPostgres, type TestPostgres } from './data-api-postgres.ts'

let postgres: TestPostgres
let api: DataApi
let impatient: DataApi
let client: RDSDataClient
let impatientClient: RDSDataClient

const target = {
  resourceArn: 'arn:aws:rds:us-east-1:000000000000:cluster:test-cluster',
  secretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:test',
  database: 'postgres',
}

/** The real client, with the headers that the emulator adds after its checks. */
function clientOf(port: number, username: string, password: string): RDSDataClient {
  const made = new RDSDataClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
  })
  made.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> }
      headers['x-database-username'] = encodeURIComponent(username)
      headers['x-database-password'] = encodeURIComponent(password)
      return next(args)
    },
    { step: 'build' },
  )
  return made
}

function execute(
  sql: string,
  parameters: SqlParameter[] = [],
  more: Partial<ExecuteStatementCommandInput> = {},
) {
  return client.send(new ExecuteStatementCommand({ ...target, sql, parameters, ...more }))
}

async function begin(): Promise<string> {
  const { transactionId } = await client.send(new BeginTransactionCommand(target))
  return transactionId as string
}

async function one(sql: string, more: Partial<ExecuteStatementCommandInput> = {}) {
  return (await execute(sql, [], more)).records?.[0]?.[0]
}

/** What the database itself says, past the endpoint. */
async function connectionsOpen(): Promise<number> {
  const { default: pg } = await import('pg')
  const direct = new pg.Client({
    host: '127.0.0.1',
    port: postgres.port,
    user: postgres.user,
    password: postgres.password,
    database: 'postgres',
  })
  await direct.connect()
  const { rows } = await direct.query(
    "select count(*)::int as n from pg_stat_activity where application_name = 'data-api'",
  )
  await direct.end()
  return rows[0].n
}

beforeAll(async () => {
  postgres = await startTestPostgres()
  api = await startDataApi({ port: 0, postgresPort: postgres.port })
  impatient = await startDataApi({
    port: 0,
    postgresPort: postgres.port,
    limits: { statementMs: 300, transactionIdleMs: 300 },
  })
  client = clientOf(api.port, postgres.user, postgres.password)
  impatientClient = clientOf(impatient.port, postgres.user, postgres.password)
}, 60_000)

afterAll(async () => {
  await api?.close()
  await impatient?.close()
  await postgres?.remove()
})

beforeEach(async () => {
  await execute('drop table if exists item')
  await execute('create table item (id integer primary key, label text, amount numeric(12, 4))')
})

describe('parameters', () => {
  test('are sent with the type of their field', async () => {
    const { records } = await execute(
      'select pg_typeof(:s)::text, pg_typeof(:l)::text, pg_typeof(:d)::text, ' +
        'pg_typeof(:b)::text, pg_typeof(:x)::text',
      [
        { name: 's', value: { stringValue: 'a' } },
        { name: 'l', value: { longValue: 1 } },
        { name: 'd', value: { doubleValue: 1.5 } },
        { name: 'b', value: { booleanValue: false } },
        { name: 'x', value: { blobValue: new Uint8Array([0, 255]) } },
      ],
    )
    expect(records?.[0]?.map((field) => field.stringValue)).toEqual([
      'character varying',
      'bigint',
      'double precision',
      'boolean',
      'bytea',
    ])
  })

  test.each([
    ['JSON', '{"a":[1]}', 'json'],
    ['UUID', '0e5a4a1c-46ce-4d0c-9d6a-2a4cf4f4c0b6', 'uuid'],
    ['DECIMAL', '12345678901234567890.123456789', 'numeric'],
    ['DATE', '2026-11-24', 'date'],
    ['TIME', '02:00:00.500', 'time without time zone'],
    ['TIMESTAMP', '2026-11-24 02:00:00', 'timestamp without time zone'],
  ] as const)('are sent as their type hint %s says', async (typeHint, stringValue, type) => {
    const { records } = await execute('select pg_typeof(:p)::text, :p::text', [
      { name: 'p', typeHint, value: { stringValue } },
    ])
    expect(records?.[0]?.[0]?.stringValue).toBe(type)
    expect(records?.[0]?.[1]?.stringValue?.replace(/\.5$/, '.500')).toBe(stringValue)
  })

  test('a null takes the type that its place asks for', async () => {
    await execute('insert into item values (:id, :label, :amount)', [
      { name: 'id', value: { longValue: 1 } },
      { name: 'label', value: { isNull: true } },
      { name: 'amount', value: { isNull: true }, typeHint: 'DECIMAL' },
    ])
    expect((await execute('select label, amount from item')).records).toEqual([
      [{ isNull: true }, { isNull: true }],
    ])
  })

  test('a string without a hint does not compare with an integer column', async () => {
    const failure = execute('select * from item where id = :id', [
      { name: 'id', value: { stringValue: '1' } },
    ])
    await expect(failure).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message:
        'ERROR: operator does not exist: integer = character varying; Hint: No operator matches ' +
        'the given name and argument types. You might need to add explicit type casts.; ' +
        'Position: 29; SQLState: 42883',
    })
  })

  test('64-bit integers arrive digit by digit', async () => {
    const response = await fetch(`http://127.0.0.1:${api.port}/Execute`, {
      method: 'POST',
      headers: {
        'x-database-username': 'postgres',
        'x-database-password': encodeURIComponent(postgres.password),
      },
      body:
        '{"sql":"select :n as n, array[:n]","parameters":' +
        '[{"name":"n","value":{"longValue":9223372036854775807}}]}',
    })
    expect(await response.text()).toContain(
      '[{"longValue":9223372036854775807},{"arrayValue":{"longValues":[9223372036854775807]}}]',
    )
  })

  test.each([
    ['missing', 'select :a', [], 'BadRequestException', 'Cannot find parameter: a'],
    [
      'unused',
      'select 1',
      [{ name: 'a', value: { longValue: 1 } }],
      'BadRequestException',
      'Parameter "a" is not used in the SQL statement.',
    ],
    [
      'given twice',
      'select :a',
      [
        { name: 'a', value: { longValue: 1 } },
        { name: 'a', value: { longValue: 2 } },
      ],
      'BadRequestException',
      'Parameter "a" is given more than once.',
    ],
    [
      'without a value',
      'select :a',
      [{ name: 'a', value: {} as never }],
      'BadRequestException',
      'Parameter "a" has value with no field set',
    ],
    [
      'an array',
      'select :a',
      [{ name: 'a', value: { arrayValue: { longValues: [1] } } }],
      'ValidationException',
      'Array parameters are not supported.',
    ],
    [
      'an ISO time as TIMESTAMP',
      'select :a',
      [{ name: 'a', typeHint: 'TIMESTAMP', value: { stringValue: '2026-11-24T02:00:00Z' } }],
      'BadRequestException',
      'Parameter "a" is not in the format of type hint TIMESTAMP: YYYY-MM-DD HH:MM:SS[.FFF]',
    ],
    [
      'of an unknown hint',
      'select :a',
      [{ name: 'a', typeHint: 'INT' as never, value: { stringValue: '1' } }],
      'ValidationException',
      "1 validation error detected: Value 'INT' at 'typeHint' failed to satisfy constraint: " +
        'Member must satisfy enum value set: [DATE, DECIMAL, JSON, TIME, TIMESTAMP, UUID]',
    ],
  ] as [string, string, SqlParameter[], string, string][])(
    'a parameter that is %s is refused',
    async (_case, sql, parameters, name, message) => {
      await expect(execute(sql, parameters)).rejects.toMatchObject({ name, message })
    },
  )
})

describe('a call', () => {
  test('runs exactly one statement', async () => {
    await expect(execute('select 1; select 2')).rejects.toMatchObject({
      name: 'ValidationException',
      message: "Multistatements aren't supported.",
    })
    await execute("select ';' ; -- one; statement\n /* ; */ ;")
  })

  test('may create a function whose body holds semicolons', async () => {
    await execute(
      'create or replace function f() returns int language plpgsql as $$ begin return 7; end $$',
    )
    await execute(
      'create or replace function g() returns int begin atomic; select f(); select 8; end',
    )
    expect(await one('select f() + g()')).toEqual({ longValue: 15 })
  })

  test('refuses the schema parameter', async () => {
    await expect(execute('select 1', [], { schema: 'ops' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: "The schema parameter isn't supported",
    })
  })

  test('refuses text above 65536 characters and requests above 4 MiB', async () => {
    const long = `select '${'x'.repeat(65_530)}'`
    await expect(execute(long)).rejects.toMatchObject({ name: 'ValidationException' })
    await expect(
      execute('select :a', [{ name: 'a', value: { stringValue: 'x'.repeat(5e6) } }]),
    ).rejects.toMatchObject({ name: 'BadRequestException' })
  })

  test('counts the headers of a request and the notation of JSON in it', async () => {
    const measure = (length: number) =>
      execute('select length(:a)', [{ name: 'a', value: { stringValue: '"'.repeat(length) } }])
    // Two bytes each, and no more than some hundred around them.
    const most = 2 * 1024 * 1024
    expect((await measure(most - 2_000)).records).toEqual([[{ longValue: most - 2_000 }]])
    await expect(measure(most - 250)).rejects.toMatchObject({ name: 'BadRequestException' })
  })

  test('fails with the words of Postgres', async () => {
    await execute("insert into item values (1, 'a', 1)")
    await expect(execute("insert into item values (1, 'b', 2)")).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message:
        'ERROR: duplicate key value violates unique constraint "item_pkey"; ' +
        'Detail: Key (id)=(1) already exists.; SQLState: 23505',
      $metadata: { httpStatusCode: 400 },
    })
  })

  test('fails with a wrong password, an unknown role or an unknown database', async () => {
    const wrong = clientOf(api.port, postgres.user, 'wrong')
    await expect(
      wrong.send(new ExecuteStatementCommand({ ...target, sql: 'select 1' })),
    ).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: 'FATAL: password authentication failed for user "postgres"; SQLState: 28P01',
    })
    await expect(execute('select 1', [], { database: 'nowhere' })).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: 'FATAL: database "nowhere" does not exist; SQLState: 3D000',
    })
  })

  test('acts as the role of its secret', async () => {
    await execute("create role reader login password 'r'")
    const reader = clientOf(api.port, 'reader', 'r')
    await expect(
      reader.send(new ExecuteStatementCommand({ ...target, sql: 'select * from item' })),
    ).rejects.toThrow('ERROR: permission denied for table item; SQLState: 42501')
  })

  test('leaves no settings, temporary tables or open transaction to the next', async () => {
    await execute("set application_name = 'left'")
    await execute('create temporary table scrap (n int)')
    await execute('begin')
    await Promise.all(
      Array.from({ length: 5 }, async () => {
        expect(await one('show application_name')).toEqual({ stringValue: 'data-api' })
      }),
    )
    await expect(execute('select * from scrap')).rejects.toThrow('does not exist')
  })

  test('reports the rows that it changed', async () => {
    const insert = await execute("insert into item select n, 'x', 0 from generate_series(1, 3) n")
    expect(insert.numberOfRecordsUpdated).toBe(3)
    expect((await execute('update item set amount = 1 where id > 1')).numberOfRecordsUpdated).toBe(
      2,
    )
    expect((await execute('select * from item')).numberOfRecordsUpdated).toBe(0)
    expect((await execute('create table other (n int)')).numberOfRecordsUpdated).toBe(0)
    expect((await execute('drop table other')).records).toBeUndefined()
  })

  test('does not copy', async () => {
    await expect(execute('copy item from stdin')).rejects.toThrow('COPY is not supported')
    await expect(execute('copy item to stdout')).rejects.toThrow('COPY is not supported')
    expect(await one('select 1')).toEqual({ longValue: 1 })
  })
})

describe('results', () => {
  test.each([
    ["'a'::text", { stringValue: 'a' }],
    ["'한국 보험'::varchar(20)", { stringValue: '한국 보험' }],
    ['null::int', { isNull: true }],
    ['true', { booleanValue: true }],
    ['1::int2', { longValue: 1 }],
    ['1::int8', { longValue: 1 }],
    ['1.5::float8', { doubleValue: 1.5 }],
    ['1.10::numeric', { stringValue: '1.10' }],
    ["'\\x00ff'::bytea", { blobValue: new Uint8Array([0, 255]) }],
    ['\'{"b": 1, "a": 2}\'::json', { stringValue: '{"b": 1, "a": 2}' }],
    ['\'{"b": 1, "a": 2}\'::jsonb', { stringValue: '{"a": 2, "b": 1}' }],
    ["'2026-11-24 11:00:00.25+09'::timestamptz", { stringValue: '2026-11-24 02:00:00.250' }],
    ["'2026-11-24 11:00:00'::timestamp", { stringValue: '2026-11-24 11:00:00' }],
    ["'2026-11-24 11:00:00.1234'::timestamp", { stringValue: '2026-11-24 11:00:00.123400' }],
    ["'2026-11-24'::date", { stringValue: '2026-11-24' }],
    ["'02:00'::time", { stringValue: '02:00:00' }],
    [
      "'0e5a4a1c-46ce-4d0c-9d6a-2a4cf4f4c0b6'::uuid",
      { stringValue: '0e5a4a1c-46ce-4d0c-9d6a-2a4cf4f4c0b6' },
    ],
    ['array[1, 2]', { arrayValue: { longValues: [1, 2] } }],
    ['array[1.5::float4]', { arrayValue: { doubleValues: [1.5] } }],
    ['array[true, false]', { arrayValue: { booleanValues: [true, false] } }],
    [
      `array['a', 'b"c', 'd,e', '', 'NULL', 'f\\g']`,
      { arrayValue: { stringValues: ['a', 'b"c', 'd,e', '', 'NULL', 'f\\g'] } },
    ],
    ['array[1.50::numeric]', { arrayValue: { stringValues: ['1.50'] } }],
    ["'{}'::int[]", { arrayValue: { longValues: [] } }],
    ["'[0:1]={7,8}'::int[]", { arrayValue: { longValues: [7, 8] } }],
  ])('select %s', async (expression, field) => {
    expect(await one(`select ${expression}`)).toEqual(field)
  })

  test('of enumerations are text', async () => {
    await execute("create type mood as enum ('calm', 'so so')")
    expect(await one("select 'so so'::mood")).toEqual({ stringValue: 'so so' })
    expect(await one("select array['so so', 'calm']::mood[]")).toEqual({
      arrayValue: { stringValues: ['so so', 'calm'] },
    })
    await execute('drop type mood')
  })

  test.each([
    ["'1 day'::interval", 'INTERVAL'],
    ['1::money', 'MONEY'],
    ["'02:00+09'::timetz", 'TIMETZ'],
    ['\'a\'::"char"', '"CHAR"'],
    ["'item'::regclass", 'regclass'],
    ['point(1, 2)', 'POINT'],
    ['row(1, 2)', 'RECORD'],
    ['current_user', 'NAME'],
  ])('of an unsupported type are refused: %s', async (expression, name) => {
    await expect(execute(`select ${expression}`)).rejects.toMatchObject({
      name: 'UnsupportedResultException',
      message: `The result contains the unsupported data type ${name}.`,
    })
  })

  test('of several dimensions are refused', async () => {
    await expect(execute('select array[[1], [2]]')).rejects.toMatchObject({
      name: 'UnsupportedResultException',
    })
  })

  test('follow resultSetOptions', async () => {
    expect(
      (
        await execute('select 1.50::numeric, 3::numeric, 4::int8', [], {
          resultSetOptions: { decimalReturnType: 'DOUBLE_OR_LONG', longReturnType: 'STRING' },
        })
      ).records,
    ).toEqual([[{ doubleValue: 1.5 }, { longValue: 3 }, { stringValue: '4' }]])
  })

  test('come as JSON', async () => {
    const sql =
      'select 1 as n, 1.5::float8 as d, 2.50::numeric as m, null as nothing, true as b, ' +
      "'\\x00ff'::bytea as x, array[1, 2] as a, 'é' as t"
    const { formattedRecords, records } = await execute(sql, [], { formatRecordsAs: 'JSON' })
    expect(records).toBeUndefined()
    expect(JSON.parse(formattedRecords as string)).toEqual([
      { n: 1, d: 1.5, m: '2.50', nothing: null, b: true, x: 'AP8=', a: [1, 2], t: 'é' },
    ])
    await expect(
      execute('select 1 as n, 2 as n', [], { formatRecordsAs: 'JSON' }),
    ).rejects.toMatchObject({ name: 'UnsupportedResultException' })
  })

  test('come as JSON from a SELECT only', async () => {
    const insert = 'insert into item (id) values (:id) returning id'
    const parameters = [{ name: 'id', value: { longValue: 1 } }]
    const ignored = await execute(insert, parameters, { formatRecordsAs: 'JSON' })
    expect(ignored.formattedRecords).toBeUndefined()
    expect(ignored.records).toEqual([[{ longValue: 1 }]])
    const within = `with added as (${insert}) select id from added`
    const two = [{ name: 'id', value: { longValue: 2 } }]
    const { formattedRecords } = await execute(within, two, { formatRecordsAs: 'JSON' })
    expect(formattedRecords).toBe('[{"id":2}]')
  })

  test('carry metadata when asked', async () => {
    const sql = 'select id, label as name, amount from item'
    expect((await execute(sql)).columnMetadata).toBeUndefined()
    const { columnMetadata } = await execute(sql, [], { includeResultMetadata: true })
    expect(columnMetadata).toMatchObject([
      { name: 'id', typeName: 'int4', type: 4, precision: 10, scale: 0 },
      { name: 'name', label: 'name', typeName: 'text', type: 12 },
      { name: 'amount', typeName: 'numeric', type: 2, precision: 12, scale: 4 },
    ])
  })

  test('end at 64 KB a row and 1 MiB a response', async () => {
    expect(await one("select repeat('x', 65536)")).toBeDefined()
    await expect(execute("select repeat('x', 65537)")).rejects.toMatchObject({
      name: 'UnsupportedResultException',
      message: 'Packet for query is too large (65537 > 65536).',
    })
    const rows = (n: number) => `select repeat('x', 32768) from generate_series(1, ${n})`
    expect((await execute(rows(30))).records).toHaveLength(30)
    await expect(execute(rows(33))).rejects.toMatchObject({
      name: 'UnsupportedResultException',
      message: expect.stringContaining(
        'Database returned more than the allowed response size limit',
      ),
    })
    expect(await one('select 1')).toEqual({ longValue: 1 })
  })
})

describe('a batch', () => {
  const insert = (sets: SqlParameter[][] | undefined, more = {}) =>
    client.send(
      new BatchExecuteStatementCommand({
        ...target,
        sql: 'insert into item (id) values (:id)',
        parameterSets: sets,
        ...more,
      }),
    )
  const ids = (...values: number[]) =>
    values.map((longValue) => [{ name: 'id', value: { longValue } }])

  test('runs once per parameter set', async () => {
    const { updateResults } = await insert(ids(1, 2, 3))
    expect(updateResults).toEqual(Array.from({ length: 3 }, () => ({ generatedFields: [] })))
    expect(await one('select count(*) from item')).toEqual({ longValue: 3 })
  })

  test('changes all or nothing', async () => {
    await expect(insert(ids(1, 2, 1))).rejects.toThrow('SQLState: 23505')
    expect(await one('select count(*) from item')).toEqual({ longValue: 0 })
  })

  test('does nothing without a parameter set', async () => {
    expect((await insert(undefined)).updateResults).toEqual([])
  })

  test('may be part of a transaction', async () => {
    const transactionId = await begin()
    await insert(ids(1), { transactionId })
    await client.send(new RollbackTransactionCommand({ ...target, transactionId }))
    expect(await one('select count(*) from item')).toEqual({ longValue: 0 })
  })
})

describe('a transaction', () => {
  const add = (transactionId: string, id: number) =>
    execute(`insert into item (id) values (${id})`, [], { transactionId })
  const commit = (transactionId: string) =>
    client.send(new CommitTransactionCommand({ ...target, transactionId }))
  const rollback = (transactionId: string) =>
    client.send(new RollbackTransactionCommand({ ...target, transactionId }))

  test('is seen by others when it is committed', async () => {
    const transactionId = await begin()
    await add(transactionId, 1)
    expect(await one('select count(*) from item')).toEqual({ longValue: 0 })
    expect(await commit(transactionId)).toMatchObject({
      transactionStatus: 'Transaction Committed',
    })
    expect(await one('select count(*) from item')).toEqual({ longValue: 1 })
    await expect(commit(transactionId)).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
      message:
        `Transaction ${transactionId} is not found. ` +
        'One previous call resulted in a termination of your transaction.',
      $metadata: { httpStatusCode: 404 },
    })
  })

  test('is gone after a rollback', async () => {
    const transactionId = await begin()
    await add(transactionId, 1)
    expect(await rollback(transactionId)).toMatchObject({ transactionStatus: 'Rollback Complete' })
    expect(await one('select count(*) from item')).toEqual({ longValue: 0 })
  })

  test('must be known', async () => {
    await expect(execute('select 1', [], { transactionId: 'unknown' })).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
      message: 'Transaction unknown is not found. Transaction may be expired.',
    })
  })

  test('takes no statement after one failed, and does not pretend to commit', async () => {
    const transactionId = await begin()
    await add(transactionId, 1)
    await expect(add(transactionId, 1)).rejects.toThrow('SQLState: 23505')
    await expect(add(transactionId, 2)).rejects.toThrow('SQLState: 25P02')
    await expect(commit(transactionId)).rejects.toMatchObject({ name: 'DatabaseErrorException' })
    expect(await one('select count(*) from item')).toEqual({ longValue: 0 })
  })

  test('can be rolled back after a statement failed', async () => {
    const transactionId = await begin()
    await expect(execute('nonsense', [], { transactionId })).rejects.toThrow('SQLState: 42601')
    expect(await rollback(transactionId)).toMatchObject({ transactionStatus: 'Rollback Complete' })
  })

  test('reports what only a commit finds', async () => {
    await execute('drop table if exists child')
    await execute('create table child (id int references item deferrable initially deferred)')
    const transactionId = await begin()
    await execute('insert into child values (9)', [], { transactionId })
    await expect(commit(transactionId)).rejects.toThrow('SQLState: 23503')
    await execute('drop table child')
  })

  test('takes one call at a time', async () => {
    const transactionId = await begin()
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => execute('select 1 from pg_sleep(0.1)', [], { transactionId })),
    )
    const failures = results.filter((result) => result.status === 'rejected')
    expect(failures).toHaveLength(2)
    expect(failures[0]?.reason).toMatchObject({
      name: 'DatabaseErrorException',
      message: 'Transaction is still running a query',
    })
    await rollback(transactionId)
  })

  test('belongs to its secret and database', async () => {
    await execute(
      "do $$ begin create role other login password 'o'; exception when duplicate_object then null; end $$",
    )
    const transactionId = await begin()
    const other = clientOf(api.port, 'other', 'o')
    await expect(
      other.send(new CommitTransactionCommand({ ...target, transactionId })),
    ).rejects.toMatchObject({ name: 'BadRequestException' })
    await expect(
      execute('select 1', [], { transactionId, database: 'template1' }),
    ).rejects.toMatchObject({ name: 'BadRequestException' })
    await rollback(transactionId)
  })

  test('ends when no call came for a while', async () => {
    const { transactionId } = await impatientClient.send(new BeginTransactionCommand(target))
    const run = () =>
      impatientClient.send(
        new ExecuteStatementCommand({
          ...target,
          transactionId,
          sql: 'insert into item values (1)',
        }),
      )
    await run()
    await new Promise((resolve) => setTimeout(resolve, 500))
    await expect(run()).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
      message: expect.stringContaining('Transaction may be expired.'),
    })
    expect(await one('select count(*) from item')).toEqual({ longValue: 0 })
  })

  test('ends at its age, however often it is used', async () => {
    const short = await startDataApi({
      port: 0,
      postgresPort: postgres.port,
      limits: { transactionLifeMs: 400 },
    })
    const shortClient = clientOf(short.port, postgres.user, postgres.password)
    const { transactionId } = await shortClient.send(new BeginTransactionCommand(target))
    const run = () =>
      shortClient.send(new ExecuteStatementCommand({ ...target, transactionId, sql: 'select 1' }))
    const keepUsing = async () => {
      for (;;) {
        await run()
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    await expect(keepUsing()).rejects.toMatchObject({ name: 'TransactionNotFoundException' })
    await short.close()
  })

  test('is gone when its connection is', async () => {
    const transactionId = await begin()
    const pid = await one('select pg_backend_pid()', { transactionId })
    await execute(`select pg_terminate_backend(${pid?.longValue})`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await expect(add(transactionId, 1)).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
      message: expect.stringContaining('aborted due to an error from a previous call'),
    })
  })
})

describe('a statement that takes too long', () => {
  const slow = (sql: string, more: Partial<ExecuteStatementCommandInput> = {}) =>
    impatientClient.send(new ExecuteStatementCommand({ ...target, sql, ...more }))

  test('is stopped', async () => {
    await expect(
      slow("insert into item select 1, 'late', 0 from pg_sleep(1)"),
    ).rejects.toMatchObject({ name: 'StatementTimeoutException' })
    await new Promise((resolve) => setTimeout(resolve, 1200))
    expect(await one('select count(*) from item')).toEqual({ longValue: 0 })
  })

  test('runs on with continueAfterTimeout', async () => {
    await expect(
      slow("insert into item select 1, 'late', 0 from pg_sleep(0.8)", {
        continueAfterTimeout: true,
      }),
    ).rejects.toMatchObject({ name: 'StatementTimeoutException' })
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(await one('select label from item')).toEqual({ stringValue: 'late' })
  })

  test('takes its transaction along', async () => {
    const { transactionId } = await impatientClient.send(new BeginTransactionCommand(target))
    await expect(slow('select 1 from pg_sleep(1)', { transactionId })).rejects.toMatchObject({
      name: 'StatementTimeoutException',
    })
    await expect(slow('select 1', { transactionId })).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
    })
  })
})

describe('the database', () => {
  const setState = (state: unknown) =>
    fetch(`http://127.0.0.1:${api.port}/_local/state`, {
      method: 'PUT',
      body: JSON.stringify(state),
    })

  test('can play that it wakes', async () => {
    await setState({ state: 'paused', resumeSeconds: 0.3 })
    await new Promise((resolve) => setTimeout(resolve, 400))
    // Nobody called yet, so it still sleeps.
    for (const attempt of [1, 2]) {
      await expect(execute(`select ${attempt}`)).rejects.toMatchObject({
        name: 'DatabaseResumingException',
        message:
          'The Aurora DB instance test-cluster is resuming after being auto-paused. ' +
          'Please wait a few seconds and try again.',
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(await one('select 1')).toEqual({ longValue: 1 })
  })

  test('can play that it is out of reach', async () => {
    expect((await setState({ state: 'unavailable' })).status).toBe(200)
    await expect(execute('select 1')).rejects.toMatchObject({
      name: 'DatabaseUnavailableException',
      $metadata: { httpStatusCode: 504 },
    })
    await setState({ state: 'available' })
    expect(await one('select 1')).toEqual({ longValue: 1 })
    expect((await setState({ state: 'asleep' })).status).toBe(400)
    const state = await fetch(`http://127.0.0.1:${api.port}/_local/state`)
    expect(await state.json()).toEqual({ state: 'available' })
  })

  test('may restart', async () => {
    const transactionId = await begin()
    const running = execute('select 1 from pg_sleep(10)')
    // Caught at once, so that it is never an unhandled rejection.
    const outcome = running.catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await postgres.stop()
    expect(await outcome).toMatchObject({ name: 'DatabaseUnavailableException' })
    await expect(execute('select 1')).rejects.toMatchObject({
      name: 'DatabaseUnavailableException',
    })
    await postgres.start()
    expect(await one('select 1')).toEqual({ longValue: 1 })
    await expect(execute('select 1', [], { transactionId })).rejects.toMatchObject({
      name: 'TransactionNotFoundException',
    })
  }, 30_000)

  test('holds no connection for callers that are gone', async () => {
    await Promise.all(Array.from({ length: 8 }, () => execute('select 1 from pg_sleep(0.05)')))
    await expect.poll(connectionsOpen, { timeout: 5000 }).toBe(0)
  })
})

describe('a request', () => {
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${api.port}${path}`, { method: 'POST', body, headers })

  test('that is malformed gets a 4xx that says so', async () => {
    const response = await post('/Execute', '{"sql":')
    expect(response.status).toBe(400)
    expect(response.headers.get('x-amzn-errortype')).toBe('BadRequestException')
    expect(await response.json()).toEqual({ message: 'The request body is not a JSON object.' })
  })

  test('without a role is refused', async () => {
    const response = await post('/Execute', '{"sql":"select 1"}')
    expect(response.status).toBe(403)
    expect(await response.json()).toEqual({
      message: 'The header x-database-username is missing.',
    })
  })

  test('of the deprecated operation is refused', async () => {
    expect((await post('/ExecuteSql', '{}')).status).toBe(400)
  })
})
