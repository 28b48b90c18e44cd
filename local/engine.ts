import { join } from 'node:path'
import { childEnvironment, type Environment } from './child-environment.ts'
import type { Service } from './processes.ts'
import type { Settings } from './settings.ts'

/**
 * The stand-in for Townin's AI engine, which benchmarks call: a client of the stack like any other.
 * @param variables those of a client
 */
export const engine = (settings: Settings, variables: Environment): Service => {
  const port = String(settings.ports.engine)
  return {
    name: 'engine',
    command: join(settings.pythonBin, 'python'),
    args: [join('examples', 'engine.py'), '--port', port],
    cwd: settings.root,
    env: childEnvironment(settings, process.env, { ...variables, PYTHONUNBUFFERED: '1' }),
    readyWithinSeconds: 90,
    // It sends the traces and the counts of calls that are left.
    stopWithinSeconds: 20,
    isReady: async () => {
      const response = await fetch(`http://127.0.0.1:${port}/health`, {
        signal: AbortSignal.timeout(2000),
      })
      await response.arrayBuffer()
      return response.ok
    },
  }
}
