/**
 * The first search for runs makes MLflow 3.17 import the tables of its users, which takes a second; the first call to
 * the model registry at the same time finds them half imported, and from then on every call to the registry fails
 * until the server is started anew. So each is made once, before anybody else can.
 */
const firstCalls: readonly (readonly [path: string, body?: unknown])[] = [
  ['runs/search', { experiment_ids: ['0'], max_results: 1 }],
  ['registered-models/search?max_results=1'],
]

/** Makes the calls of a server that must not meet others; throws when one is not answered as it should be. */
export const warmUp = async (port: number): Promise<void> => {
  for (const [path, body] of firstCalls) {
    const response = await fetch(`http://127.0.0.1:${port}/api/2.0/mlflow/${path}`, {
      signal: AbortSignal.timeout(30_000),
      ...(body !== undefined && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`MLflow answered ${path} with ${response.status}: ${text}`)
  }
}
