// Plain JavaScript without packages: this runs before anything is installed, on the machine's Node.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withInstallLock } from './install-lock.mjs'

/** The directory of the project. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

const uvVersion = '0.13.9'
const locks = join(root, '.local', 'locks')

/** The private Python environments: where each is, and the locked list of what belongs in it. */
const environments = {
  python: { directory: join(root, '.local', 'python'), requirements: 'requirements.txt' },
  'python-check': {
    directory: join(root, '.local', 'python-check'),
    requirements: 'check-requirements.txt',
  },
  'python-bench': {
    directory: join(root, '.local', 'python-bench'),
    requirements: 'bench-requirements.txt',
  },
}

const digest = (...texts) =>
  texts.reduce((hash, text) => hash.update(text), createHash('sha256')).digest('hex')

const textOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')

// What runs now: nobody else would end it when this process has to end.
const running = new Set()
process.once('exit', () => {
  for (const child of running) {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
})

/** Runs a program and resolves when it succeeds; its output is shown only when it fails. */
const run = (program, args, options = {}) =>
  new Promise((resolve, reject) => {
    const stdio = ['ignore', 'pipe', 'pipe']
    const child = spawn(program, args, { cwd: root, stdio, detached: true, ...options })
    running.add(child)
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) =>
      reject(new Error(`${program} could not be started: ${error.message}`)),
    )
    child.on('close', (code, signal) => {
      running.delete(child)
      if (code === 0) resolve(output)
      else {
        const words = [program, ...args].join(' ')
        reject(new Error(`${words} ended with ${signal ?? code}:\n${output.trim()}`))
      }
    })
  })

/** Throws a sentence when the machine's Node is too old. */
export const checkNode = (version = process.versions.node) => {
  if (Number(version.split('.')[0]) < 20)
    throw new Error(`Node 20 or later is needed, and this is ${version} (${process.execPath}).`)
}

/** Finds a Python >= 3.10 on PATH, or throws a sentence that says what was found instead. */
export const findPython = (environment = process.env) => {
  const found = []
  for (const name of ['python3', 'python']) {
    const script = 'import sys; print("%d.%d" % sys.version_info[:2])'
    const answer = spawnSync(name, ['-c', script], { encoding: 'utf8', env: environment })
    if (answer.status !== 0) continue
    const version = answer.stdout.trim()
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major === 3 && minor >= 10) return name
    found.push(`${name} is ${version}`)
  }
  throw new Error(
    `Python 3.10 or later is needed on PATH, and ${found.length ? found.join(', ') : 'there is no python3'}.`,
  )
}

/** Installs the npm packages when they are missing or the lock file has changed. */
export const installNodePackages = async (say = () => {}) => {
  const stamp = join(root, 'node_modules', '.installed')
  const wanted = digest(textOf(join(root, 'package.json')), textOf(join(root, 'package-lock.json')))
  if (textOf(stamp) === wanted) return
  await withInstallLock(locks, 'npm', async () => {
    if (textOf(stamp) === wanted) return
    say('installing npm packages')
    // Some packages name a newer Node than the machine's: they are run by the one installed here.
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
    writeFileSync(stamp, wanted)
    say('npm packages are installed')
  })
}

/** What uv is told so that it asks the same package index in the same way as the user's pip. */
export const uvSettings = (pip, environment = process.env) => {
  const setting = (name) =>
    environment[`PIP_${name.toUpperCase().replaceAll('-', '_')}`] ?? pip[name]
  const settings = {
    UV_DEFAULT_INDEX: setting('index-url'),
    UV_INDEX: setting('extra-index-url'),
    UV_FIND_LINKS: setting('find-links'),
    UV_INSECURE_HOST: setting('trusted-host'),
    UV_HTTP_TIMEOUT: setting('default-timeout') ?? setting('timeout'),
    SSL_CERT_FILE: environment.SSL_CERT_FILE ?? setting('cert'),
    ALL_PROXY: environment.ALL_PROXY ?? setting('proxy'),
    // Never another Python than the environment's own, nor a configuration of some other project.
    UV_PYTHON_DOWNLOADS: 'never',
    UV_NO_CONFIG: '1',
  }
  return Object.fromEntries(
    Object.entries(settings).filter(([name, value]) => value && !environment[name]),
  )
}

/** Reads `pip config list`: lines such as `global.index-url='https://…'`. */
export const parsePipConfig = (text) =>
  Object.fromEntries(
    [...text.matchAll(/^(?:global|install|user|site)\.([\w-]+)='(.*)'$/gm)].map((match) => [
      match[1],
      match[2].replaceAll('\\n', ' ').trim(),
    ]),
  )

/** Makes or updates the private Python environment `name`; nothing is done when it is up to date. */
export const installPython = async (name = 'python', say = () => {}) => {
  const { directory, requirements } = environments[name]
  const list = join(root, 'local', 'python', requirements)
  const client = name === 'python' ? join(root, 'clients', 'python') : undefined
  const clientProject = client ? join(client, 'pyproject.toml') : undefined
  const wanted = digest(
    uvVersion,
    directory,
    textOf(list),
    clientProject ? textOf(clientProject) : '',
  )
  const stamp = join(directory, '.installed')
  if (textOf(stamp) === wanted) return
  const python = join(directory, 'bin', 'python')
  await withInstallLock(locks, name, async () => {
    if (textOf(stamp) === wanted) return
    say(`installing Python packages (${name})`)
    rmSync(stamp, { force: true })
    const works = existsSync(python) && spawnSync(python, ['-c', 'import pip']).status === 0
    if (!works) {
      rmSync(directory, { recursive: true, force: true })
      mkdirSync(dirname(directory), { recursive: true })
      await run(findPython(), ['-m', 'venv', directory])
    }
    await run(python, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `uv==${uvVersion}`,
    ])
    const pip = parsePipConfig(await run(python, ['-m', 'pip', 'config', 'list']))
    const env = { ...process.env, ...uvSettings(pip) }
    const uv = join(directory, 'bin', 'uv')
    const install = ['pip', 'install', '--quiet', '--python', python]
    await run(uv, [...install, '--require-hashes', '-r', list], { env })
    if (clientProject && existsSync(clientProject))
      await run(uv, [...install, '--no-deps', '-e', client], { env })
    writeFileSync(stamp, wanted)
    say(`Python packages (${name}) are installed`)
  })
}
