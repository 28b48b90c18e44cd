import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withInstallLock } from '../../local/install-lock.mjs'
import { checkNode, findPython, parsePipConfig, root, uvSettings } from '../../local/install.mjs'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'install-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const program = (name: string, output: string): void => {
  const file = join(directory, name)
  writeFileSync(file, `#!/bin/sh\necho '${output}'\n`)
  chmodSync(file, 0o755)
}

describe('the versions of the machine', () => {
  test.each(['20.0.0', '24.21.0'])('Node %s will do', (version) => {
    expect(() => checkNode(version)).not.toThrow()
  })

  test('an older Node is refused with what was found', () => {
    expect(() => checkNode('18.20.1')).toThrow('Node 20 or later is needed, and this is 18.20.1')
  })

  test('the first Python that is new enough is taken', () => {
    program('python3', '3.9')
    program('python', '3.12')
    expect(findPython({ PATH: `${directory}:/bin` })).toBe('python')
  })

  test('an older Python is refused with what was found', () => {
    program('python3', '3.9')
    expect(() => findPython({ PATH: directory })).toThrow(
      'Python 3.10 or later is needed on PATH, and python3 is 3.9.',
    )
  })

  test('a missing Python is said to be missing', () => {
    expect(() => findPython({ PATH: directory })).toThrow('there is no python3')
  })
})

describe('the package index', () => {
  test("is the one of the user's pip", () => {
    const pip = parsePipConfig(
      [
        ":env:.cert='/ignored.pem'",
        "global.index-url='https://packages.example/simple'",
        "global.extra-index-url='\\nhttps://one.example\\nhttps://two.example'",
        "global.cert='/etc/ca.pem'",
      ].join('\n'),
    )
    expect(uvSettings(pip, {})).toMatchObject({
      UV_DEFAULT_INDEX: 'https://packages.example/simple',
      UV_INDEX: 'https://one.example https://two.example',
      SSL_CERT_FILE: '/etc/ca.pem',
    })
  })

  test('of the environment comes before the one of the files, and uv’s own before both', () => {
    const environment = {
      PIP_INDEX_URL: 'https://environment.example',
      UV_INDEX: 'https://uv.example',
    }
    const settings = uvSettings({ 'index-url': 'https://file.example' }, environment)
    expect(settings.UV_DEFAULT_INDEX).toBe('https://environment.example')
    expect(settings).not.toHaveProperty('UV_INDEX')
  })
})

describe('the lock of an installation', () => {
  test('lets one in after the other', async () => {
    const seen: string[] = []
    const work = (name: string) => async () => {
      seen.push(`${name} in`)
      await new Promise((resolve) => setTimeout(resolve, 50))
      seen.push(`${name} out`)
    }
    await Promise.all([
      withInstallLock(directory, 'x', work('a')),
      withInstallLock(directory, 'x', work('b')),
    ])
    expect([seen.slice(0, 2), seen.slice(2)]).toEqual(
      expect.arrayContaining([
        ['a in', 'a out'],
        ['b in', 'b out'],
      ]),
    )
  })

  test('is taken over from a process that has died', async () => {
    const { pid } = spawnSync('true')
    writeFileSync(join(directory, 'x.lock'), String(pid))
    expect(await withInstallLock(directory, 'x', () => 'done')).toBe('done')
  })
})

describe('the Python packages', () => {
  const pinned = (file: string): string => readFileSync(join(root, 'local', 'python', file), 'utf8')

  test.each(['requirements.txt', 'check-requirements.txt', 'bench-requirements.txt'])(
    '%s pins each with its hashes and names no host',
    (file) => {
      const text = pinned(file)
      const packages = text.split(/^(?=[a-z])/m).filter((part) => /^[a-z]/.test(part))
      expect(packages.length).toBeGreaterThan(30)
      for (const entry of packages) {
        expect(entry).toMatch(/^[\w.-]+(\[.*\])?==\S+/)
        expect(entry).toMatch(/--hash=sha256:[0-9a-f]{64}/)
      }
      expect(text).not.toMatch(/https?:|--index|--find-links/)
    },
  )

  test('of the stack are those that the design is made for', () => {
    const text = pinned('requirements.txt')
    for (const entry of [
      'mlflow==3.17.2 ',
      'ministack==1.5.33 ',
      'langchain==1.4.7 ',
      'langchain-core==1.7.2 ',
    ])
      expect(text).toContain(`\n${entry}`)
  })
})
