/**
 * Calls of MLflow 3.17's registry that move or remove what an alias points to. Prompts are registered models: they have
 * no calls of their own. All others create, describe or read; what changes the content of a version is refused by the
 * database alone.
 */
const movingCalls = [
  'POST registered-models/alias',
  'DELETE registered-models/alias',
  'POST registered-models/rename',
  'DELETE registered-models/delete',
  'POST model-versions/transition-stage',
  'DELETE model-versions/delete',
] as const

/** Paths under which MLflow answers the same calls: for clients, and for its own pages. */
const roots = ['/api/2.0/mlflow', '/ajax-api/2.0/mlflow'] as const

/** One of the calls, whichever of the two paths it came by. */
export type MovingCall = (typeof movingCalls)[number]

type Method = 'POST' | 'DELETE'

const routes = roots.flatMap((root) =>
  movingCalls.map((call) => {
    const [method, path] = call.split(' ') as [Method, string]
    return { key: `${method} ${root}/${path}` as `${Method} /${string}`, call }
  }),
)

/** Keys of the routes of the front door that belong to the gate. */
export const guardedRoutes: readonly `${Method} /${string}`[] = routes.map(({ key }) => key)

/** The call of a matched route; `undefined` for a route that is none of the gate's. */
export function movingCallOf(routeKey: string): MovingCall | undefined {
  return routes.find(({ key }) => key === routeKey)?.call
}
