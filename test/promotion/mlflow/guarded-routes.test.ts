import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { guardedRoutes, movingCallOf } from '../../../lambdas/promotion/mlflow/guarded-routes.ts'
import { readSettings } from '../../../local/settings.ts'

/** Changes of the registry that move nothing, or whose change the database alone refuses. */
const others = [
  'POST registered-models/create',
  'PATCH registered-models/update',
  'POST registered-models/set-tag',
  'DELETE registered-models/delete-tag',
  // Only reads, in spite of its method.
  'POST registered-models/get-latest-versions',
  'POST model-versions/create',
  'PATCH model-versions/update',
  'POST model-versions/set-tag',
  'DELETE model-versions/delete-tag',
]

const listRoutes = `
from mlflow.server.handlers import get_endpoints
for path, _, methods in get_endpoints():
    for method in methods:
        print(method, path)
`

it('the installed MLflow has no call on the registry that is neither guarded nor known to be harmless', async () => {
  const python = join(readSettings({}).pythonBin, 'python')
  const { stdout } = await promisify(execFile)(python, ['-c', listRoutes], {
    env: { ...process.env, MLFLOW_LOGGING_LEVEL: 'ERROR' },
  })
  const changes = stdout
    .split('\n')
    .filter((line) => /\/(?:registered-models|model-versions|prompts)\b/.test(line))
    .filter((line) => !line.startsWith('GET '))
  const known = others.flatMap((call) =>
    ['/api/2.0/mlflow/', '/ajax-api/2.0/mlflow/'].map((root) => call.replace(' ', ` ${root}`)),
  )
  expect(changes.toSorted()).toEqual([...guardedRoutes, ...known].toSorted())
}, 120_000)

it('a route is known by its key alone', () => {
  for (const route of guardedRoutes) {
    expect(route.endsWith(movingCallOf(route)?.split(' ')[1] ?? 'none')).toBe(true)
  }
  expect(movingCallOf('ANY /{proxy+}')).toBeUndefined()
  expect(movingCallOf('POST //api/2.0/mlflow/registered-models/alias')).toBeUndefined()
})
