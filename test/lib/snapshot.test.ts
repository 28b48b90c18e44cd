import { expect, test } from 'vitest'
import { type EnvironmentName, environments } from '../../config/environments.ts'
import { resourcesOf, synthesized } from './synthesized.ts'

/** What changes with every line of a function or a migration says nothing about the templates. */
function redacted(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value).replaceAll(/\b[0-9a-f]{64}\b/gu, '<digest>'),
    (key, part: unknown) => (key === 'checkov' || key === 'cfn-lint' ? undefined : part),
  )
}

test.each(Object.keys(environments) as EnvironmentName[])(
  '%s stays as it is',
  async (environment) => {
    const { data, platform } = synthesized(environment)
    const templates = Object.fromEntries(
      resourcesOf(data, platform)
        .toSorted(([a], [b]) => a.localeCompare(b, 'en'))
        .map(([id, { Type, Properties }]) => [`${id} (${Type})`, redacted(Properties)]),
    )
    await expect(JSON.stringify(templates, undefined, 2)).toMatchFileSnapshot(
      `__snapshots__/${environment}.json`,
    )
  },
)
