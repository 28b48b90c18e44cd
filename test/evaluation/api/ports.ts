import type { Artifacts } from '../../../lambdas/platform/artifacts.ts'
import type { StateMachine } from '../../../lambdas/platform/state-machine.ts'

/** Objects of a bucket, in memory. */
export function artifactsInMemory(): Artifacts & { readonly objects: Map<string, Uint8Array> } {
  const objects = new Map<string, Uint8Array>()
  return {
    objects,
    read: async (key) => objects.get(key),
    write: async (key, content) => {
      objects.set(key, typeof content === 'string' ? new TextEncoder().encode(content) : content)
    },
    list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted(),
  }
}

/** A state machine that keeps what it was told; it starts no name twice, as Step Functions does. */
export function recordedStateMachine(): StateMachine & {
  readonly started: Map<string, object>
  readonly stopped: string[]
  /** Calls of `start`, also those that started nothing. */
  calls: number
  /** Makes the next start fail. */
  isAway: boolean
} {
  const machine = {
    started: new Map<string, object>(),
    stopped: [] as string[],
    calls: 0,
    isAway: false,
    async start(name: string, input: object) {
      machine.calls += 1
      if (machine.isAway) throw new Error('Step Functions is away.')
      if (!machine.started.has(name)) machine.started.set(name, input)
      return `arn:aws:states:us-east-1:000000000000:execution:evaluation:${name}`
    },
    async stop(name: string) {
      machine.stopped.push(name)
    },
  }
  return machine
}
