import schemas from './before/001-schemas.sql' with { type: 'text' }
import grants from './after/administrator/001-grants.sql' with { type: 'text' }
import ledger from './after/gate/001-ledger.sql' with { type: 'text' }
import append from './after/gate/010-append.sql' with { type: 'text' }
import guards from './after/gate/020-guards.sql' with { type: 'text' }
import triggers from './after/gate/030-triggers.sql' with { type: 'text' }
import approve from './after/gate/040-approve.sql' with { type: 'text' }
import check from './after/gate/050-check.sql' with { type: 'text' }
import gateGrants from './after/gate/090-grants.sql' with { type: 'text' }
import costTables from './after/ops/001-cost-tables.sql' with { type: 'text' }
import readSpans from './after/ops/010-read-spans.sql' with { type: 'text' }
import findNew from './after/ops/015-find-new.sql' with { type: 'text' }
import settleReadings from './after/ops/020-settle-readings.sql' with { type: 'text' }
import settle from './after/ops/030-settle.sql' with { type: 'text' }
import reprice from './after/ops/040-reprice.sql' with { type: 'text' }
import expire from './after/ops/050-expire.sql' with { type: 'text' }
import evaluationTables from './after/ops/060-evaluation-tables.sql' with { type: 'text' }
import judgeCalls from './after/ops/062-judge-calls.sql' with { type: 'text' }
import evaluatedTraces from './after/ops/061-evaluated-traces.sql' with { type: 'text' }
import evaluationConclusion from './after/ops/064-evaluation-conclusion.sql' with { type: 'text' }
import traceCosts from './after/ops/065-trace-costs.sql' with { type: 'text' }
import evaluationWish from './after/ops/066-evaluation-wish.sql' with { type: 'text' }
import unitsWithoutReport from './after/ops/067-units-without-report.sql' with { type: 'text' }

/** A SQL file. One that begins with `-- repeatable` runs again when it changes; any other runs once. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** Run by the administrator on every deployment, before MLflow starts. */
export const before: readonly Migration[] = [{ name: '001-schemas', sql: schemas }]

/** Run by the administrator on every deployment, once MLflow's tables are there. */
export const grantsAfter: readonly Migration[] = [{ name: '001-grants', sql: grants }]

/** Run by the administrator on every deployment, after the grants: the ledger and the guards on MLflow's tables. */
export const gate: readonly Migration[] = [
  { name: '001-ledger', sql: ledger },
  { name: '010-append', sql: append },
  { name: '020-guards', sql: guards },
  { name: '030-triggers', sql: triggers },
  { name: '040-approve', sql: approve },
  { name: '050-check', sql: check },
  { name: '090-grants', sql: gateGrants },
]

/** Run by `ops`, each in a transaction that also records it. */
export const opsMigrations: readonly Migration[] = [
  { name: '001-cost-tables', sql: costTables },
  { name: '010-read-spans', sql: readSpans },
  { name: '015-find-new', sql: findNew },
  { name: '020-settle-readings', sql: settleReadings },
  { name: '030-settle', sql: settle },
  { name: '040-reprice', sql: reprice },
  { name: '050-expire', sql: expire },
  { name: '060-evaluation-tables', sql: evaluationTables },
  { name: '061-evaluated-traces', sql: evaluatedTraces },
  { name: '062-judge-calls', sql: judgeCalls },
  { name: '064-evaluation-conclusion', sql: evaluationConclusion },
  { name: '065-trace-costs', sql: traceCosts },
  { name: '066-evaluation-wish', sql: evaluationWish },
  { name: '067-units-without-report', sql: unitsWithoutReport },
]
