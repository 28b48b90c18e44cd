// The entry of every command that must work on a fresh clone, run by the machine's own Node:
//   node local/bootstrap.mjs [--python] [--python-check] [--python-bench] <command> [arguments]
// It installs what is missing, then runs the command with the project's own Node first on PATH.
// Plain JavaScript without packages, since nothing is installed yet.
import { spawn, spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { checkNode, findPython, installNodePackages, installPython, root } from './install.mjs'

const started = Date.now()
const say = (what) =>
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${what}`)

const main = async () => {
  const words = process.argv.slice(2)
  const wanted = { python: false, 'python-check': false, 'python-bench': false }
  while (Object.keys(wanted).some((name) => words[0] === `--${name}`))
    wanted[words.shift().slice(2)] = true
  const [command, ...args] = words
  if (!command)
    throw new Error(
      'Say which command to run, such as: node local/bootstrap.mjs node local/start.ts',
    )
  checkNode()
  if (Object.values(wanted).includes(true)) findPython()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  let child
  // An exit ends what an installation has started.
  for (const signal of signals)
    process.on(signal, () =>
      child ? child.kill(signal) : process.exit(signal === 'SIGINT' ? 130 : 143),
    )
  // npm passes SIGTERM to a shell, which dies of it and tells nobody.
  const parent = process.ppid
  if (process.env.npm_lifecycle_event)
    setInterval(() => {
      if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
    }, 500).unref()
  // All come from the network, so they are fetched side by side.
  await Promise.all([
    installNodePackages(say),
    ...Object.keys(wanted)
      .filter((name) => wanted[name])
      .map((name) => installPython(name, say)),
  ])
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
  child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: path,
      TOWNIN_STARTED_AT: String(started),
      TOWNIN_END_WITH: String(process.pid),
    },
  })
  child.on('error', (error) => {
    console.error(`${command} could not be started: ${error.message}`)
    process.exit(1)
  })
  child.on('close', (code, signal) => {
    if (signal) {
      console.error(`${command} was ended by ${signal}.`)
      // A supervisor that was killed could not end what it had started.
      const leftovers = join('local', 'end-leftovers.ts')
      spawnSync(join(root, 'node_modules', '.bin', 'node'), [leftovers], {
        cwd: root,
        stdio: 'inherit',
      })
    }
    process.exit(signal ? 1 : code)
  })
}

main().catch((error) => {
  console.error(error.message)
  process.exit(1)
})
