import { type Mlflow, MlflowError } from '../platform/mlflow.ts'
import type { RegisteredVersion, Registry } from './ports.ts'

/** A version as MLflow 3.17 gives it. */
interface VersionAnswer {
  readonly name: string
  readonly version: string
  readonly run_id?: string
  readonly source?: string
  readonly creation_timestamp?: number | string
  readonly current_stage?: string
  readonly tags?: readonly { readonly key: string; readonly value?: string }[]
}

/** Versions of one name that are looked at. */
const versionsPerPage = 100

/** MLflow's registry by its REST API. Moves of `production` must reach MLflow by the gate's own route. */
export function registryOf(mlflow: Mlflow): Registry {
  return {
    async version(name, version) {
      try {
        const { model_version: found } = await mlflow.call<{ model_version: VersionAnswer }>(
          'GET',
          '/api/2.0/mlflow/model-versions/get',
          { name, version },
        )
        return toVersion(found)
      } catch (error) {
        if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST')
          return undefined
        throw error
      }
    },
    async pointProductionTo(name, version) {
      await mlflow.call('POST', '/api/2.0/mlflow/registered-models/alias', {
        name,
        alias: 'production',
        version: String(version),
      })
    },
    async tagVersion(name, version, key, value) {
      await mlflow.call('POST', '/api/2.0/mlflow/model-versions/set-tag', {
        name,
        version: String(version),
        key,
        value,
      })
    },
  }
}

/** The latest versions of a registered model, newest first; at most a hundred. */
export async function latestVersions(mlflow: Mlflow, name: string): Promise<RegisteredVersion[]> {
  const quote = name.includes("'") ? '"' : "'"
  const { model_versions: found = [] } = await mlflow.call<{
    model_versions?: readonly VersionAnswer[]
  }>('GET', '/api/2.0/mlflow/model-versions/search', {
    filter: `name = ${quote}${name}${quote}`,
    max_results: versionsPerPage,
    order_by: 'version_number DESC',
  })
  return found.filter((each) => each.name === name).map(toVersion)
}

function toVersion(found: VersionAnswer): RegisteredVersion {
  return {
    name: found.name,
    version: Number(found.version),
    runId: found.run_id ?? '',
    source: found.source ?? '',
    createdAt: Number(found.creation_timestamp ?? 0),
    tags: Object.fromEntries((found.tags ?? []).map(({ key, value = '' }) => [key, value])),
  }
}
