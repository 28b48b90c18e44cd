import { describe, expect, test } from 'vitest'
import { inStartOrder, localCommand, type Container } from '../../local/container.ts'

const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  essential: true,
  dependsOn: [],
  image: 'image',
  entryPoint: [],
  command: [],
  environment: {},
  ...more,
})

const after = (containerName: string) => ({ dependsOn: [{ containerName, condition: 'SUCCESS' }] })

describe('containers start', () => {
  test('after those they depend on', () => {
    const containers = [container('c', after('b')), container('a'), container('b', after('a'))]
    expect(inStartOrder(containers).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  test('not at all when they wait for each other', () => {
    expect(() => inStartOrder([container('a', after('b')), container('b', after('a'))])).toThrow(
      'The containers a -> b -> a wait for each other.',
    )
  })

  test('not at all when they wait for one that is not there', () => {
    expect(() => inStartOrder([container('a', after('b'))])).toThrow(
      'Container a depends on b, which is not there.',
    )
  })
})

describe('the local command', () => {
  test.each([
    [
      ['mlflow', 'server', '--host', '0.0.0.0', '--port', '5000', '--workers', '1'],
      ['mlflow', 'server', '--host', '127.0.0.1', '--port', '7', '--workers', '1'],
    ],
    [
      ['mlflow', 'server', '--host=0.0.0.0', '--port=5000'],
      ['mlflow', 'server', '--host=127.0.0.1', '--port=7'],
    ],
    [
      ['sh', '-c', "exec mlflow server --host 0.0.0.0 --port 5000 --allowed-hosts '*'"],
      ['sh', '-c', "exec mlflow server --host 127.0.0.1 --port 7 --allowed-hosts '*'"],
    ],
    [
      ['mlflow', 'db', 'upgrade', 'postgresql+psycopg2://'],
      ['mlflow', 'db', 'upgrade', 'postgresql+psycopg2://'],
    ],
  ])('of %j changes nothing but host and port', (command, expected) => {
    expect(localCommand(container('mlflow', { command }), 7)).toEqual(expected)
  })

  test('begins with the entry point', () => {
    const both = { entryPoint: ['tini', '--'], command: ['mlflow'] }
    expect(localCommand(container('mlflow', both), 7)).toEqual(['tini', '--', 'mlflow'])
  })
})
