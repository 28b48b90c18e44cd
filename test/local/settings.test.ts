import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { environments } from '../../config/environments.ts'
import { childEnvironment } from '../../local/child-environment.ts'
import { root } from '../../local/install.mjs'
import { portsFrom, readSettings } from '../../local/settings.ts'
import { refuseTakenPorts } from '../../local/taken-ports.ts'

describe('settings', () => {
  test('put the stack on ports from 4566 and its data into .local', () => {
    const settings = readSettings({})
    expect(settings.ports).toEqual({
      emulator: 4566,
      dataApi: 4567,
      postgres: 4568,
      mlflow: 4569,
      llm: 4570,
      control: 4571,
      connect: 4572,
      engine: 4573,
      slack: 4574,
    })
    expect(settings.data).toBe(join(root, '.local'))
  })

  test('let two stacks run side by side', () => {
    const settings = readSettings({ TOWNIN_PORT_BASE: '5566', TOWNIN_DATA: '.local/test' })
    expect(settings.ports.emulator).toBe(5566)
    expect(settings.data).toBe(join(root, '.local', 'test'))
  })

  test('put the engine where the environment looks for it', () => {
    const { engine, llm } = readSettings({}).ports
    const { endpoints, judges } = environments.local.evaluation
    for (const { url } of Object.values(endpoints)) expect(new URL(url).port).toBe(String(engine))
    const [judge] = Object.values(judges)
    expect(judge?.provider === 'openai-compatible' && new URL(judge.baseUrl).port).toBe(String(llm))
  })

  test.each(['abc', '80', '65530', '4566.5'])('refuse the base port %s', (TOWNIN_PORT_BASE) => {
    expect(() => readSettings({ TOWNIN_PORT_BASE })).toThrow(
      'TOWNIN_PORT_BASE must be a whole number',
    )
  })

  test('refuse ports that no browser opens', () => {
    expect(() => readSettings({ TOWNIN_PORT_BASE: '6566' })).toThrow(
      'port 6566, which browsers refuse',
    )
  })
})

describe('a taken port', () => {
  test('is named, with the variable that moves it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    try {
      await expect(refuseTakenPorts({ ...portsFrom(27_566), postgres: port })).rejects.toThrow(
        `Port ${port} (postgres) on 127.0.0.1 is taken. Set TOWNIN_PORT_BASE`,
      )
    } finally {
      server.close()
    }
  })
})

describe('the environment of a started program', () => {
  const places = { nodeBin: '/project/node', pythonBin: '/project/python' }

  test('has nothing that leads to a real AWS account or another database', () => {
    const inherited = {
      AWS_PROFILE: 'prod',
      AWS_ACCESS_KEY_ID: 'real',
      MLFLOW_TRACKING_URI: 'https://real',
      PGPASSWORD: 'real',
      PYTHONPATH: '/elsewhere',
      HOME: '/home/user',
    }
    const environment = childEnvironment(places, inherited)
    expect(JSON.stringify(environment)).not.toMatch(/real|prod|elsewhere/)
    expect(environment).toMatchObject({ HOME: '/home/user', AWS_CONFIG_FILE: '/dev/null' })
  })

  test("finds the project's own programs first, and nothing local by a proxy", () => {
    const environment = childEnvironment(places, { PATH: '/bin', NO_PROXY: 'intranet' })
    expect(environment.PATH).toBe('/project/node:/project/python:/bin')
    expect(environment.NO_PROXY).toBe('intranet,127.0.0.1,localhost')
  })
})
