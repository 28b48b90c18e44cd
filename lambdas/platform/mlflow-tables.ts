import type { Statements } from './data-api.ts'

/**
 * Revisions of MLflow's schema that the SQL of the platform was tested with, newest first.
 * MLflow's tables are no public interface: they change in nearly every minor version.
 */
const testedRevisions: Readonly<Record<string, string>> = { dc11669786a5: 'MLflow 3.17' }

/** Throws when MLflow's tables are of a version that the platform was not tested with. */
export async function assertKnownMlflowSchema(statements: Statements): Promise<void> {
  const rows = await statements.query<{ version_num: string }>(
    'select version_num from mlflow.alembic_version',
  )
  const revision = rows[0]?.version_num ?? 'none'
  if (!Object.hasOwn(testedRevisions, revision)) {
    throw new Error(
      `MLflow's database schema is revision ${revision}; this platform was tested with ` +
        `${Object.entries(testedRevisions)
          .map(([known, version]) => `${known} (${version})`)
          .join(
            ', ',
          )}. Deploy the MLflow version that config names, or a release of the platform that knows yours.`,
    )
  }
}
