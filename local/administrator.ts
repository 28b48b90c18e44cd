import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** An access key of the emulated account. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * The key of the emulated account's root, made up once for each data directory: the CDK's command
 * line remembers which account a key belongs to, so no two emulators share one.
 */
export const administratorKey = (data: string): AccessKey => {
  const file = join(data, 'administrator.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as AccessKey
  const key: AccessKey = {
    accessKeyId: `LKIA${[...randomBytes(16)].map((byte) => alphabet[byte % 32]).join('')}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  }
  writeFileSync(file, JSON.stringify(key), { mode: 0o600 })
  return key
}
