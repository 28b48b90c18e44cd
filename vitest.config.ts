import { defineConfig, type Plugin } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** SQL files are imported as text, as the bundler of the functions does. */
const sqlAsText: Plugin = {
  name: 'sql-as-text',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('.sql') ? { code: `export default ${JSON.stringify(code)}`, map: null } : undefined,
}

/** Files run in the order of their names, so that what one leaves behind for the next is always the same. */
class ByName extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((left, right) => (left.moduleId < right.moduleId ? -1 : 1))
  }
}

export default defineConfig({
  plugins: [sqlAsText],
  test: {
    // In tests no environment is validated or bundled unless the test says so.
    env: { CDK_VALIDATION: 'false' },
    testTimeout: 30_000,
    sequence: { sequencer: ByName },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/database/**', 'test/lib/**'],
        },
      },
      {
        extends: true,
        test: {
          name: 'templates',
          sequence: { groupOrder: 0 },
          include: ['test/lib/**/*.test.ts'],
          // Synthesized templates are shared by the files: seconds instead of half a minute.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'database',
          sequence: { groupOrder: 1 },
          include: ['test/database/**/*.test.ts'],
          globalSetup: ['test/database/setup.ts'],
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          // Last and alone: what it starts needs both cores.
          sequence: { groupOrder: 2 },
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/stack.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
