import type { TestProject } from 'vitest/node'
import type { RunningStack } from '../../local/stack-file.ts'
import { startOwnStack } from './own-stack.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The deployed local stack of the tests: addresses, outputs and keys. */
    stack: RunningStack
  }
}

/** Starts and deploys a whole stack before the end-to-end tests, and ends it after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const own = await startOwnStack(process.env['TOWNIN_TEST_PORT_BASE'] || '5566', 'test')
  project.provide('stack', own.stack)
  return () => own.end()
}
