// `npm run verify-ledger -- <environment>`: reads the whole ledger and checks that no entry is missing or changed, and
// that every decision follows from the evidence that stands beside it. Ends with 1 and the first entry that is wrong.
import { parseArgs } from 'node:util'
import { environments } from '../config/environments.ts'
import { connectMlflow } from '../lambdas/platform/mlflow.ts'
import { verifyLedger } from '../lambdas/promotion/verify-ledger.ts'
import type { ReadLedgerPage } from '../lambdas/promotion/verify-ledger.ts'
import { Advice } from '../local/connect/advice.ts'
import { findDestination } from '../local/connect/destination.ts'

const usage = 'npm run verify-ledger -- [environment] [--profile <name>] [--uri <front door>]'

/** A database that has slept is up again in half a minute. */
const patience = 60_000

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { profile: { type: 'string' }, uri: { type: 'string' } },
  })
  const [environment = 'local', ...rest] = positionals
  if (rest.length > 0 || !Object.hasOwn(environments, environment)) {
    throw new Advice(`${usage}\nEnvironments: ${Object.keys(environments).join(', ')}.`)
  }
  const { trackingUri, region, credentials } = await findDestination({
    environment,
    ...(values.profile !== undefined && { profile: values.profile }),
    ...(values.uri !== undefined && { uri: values.uri }),
  })
  // The client of MLflow's API signs and waits, which is all that is needed of it.
  const frontDoor = connectMlflow({ url: trackingUri, region, credentials, patience })
  const readPage: ReadLedgerPage = (query) => frontDoor.call('GET', '/ops/ledger', query)
  const result = await verifyLedger(readPage)
  if ('reason' in result) {
    console.error(`Entry ${result.sequence} of the ledger of ${environment}: ${result.reason}.`)
    process.exitCode = 1
  } else {
    console.log(
      result.sequence === 0
        ? `The ledger of ${environment} is empty.`
        : `The ledger of ${environment} is whole: ${result.sequence} entries, the last with hash ${result.hash}.`,
    )
    console.log(
      'Keep the number and the hash elsewhere: whoever rewrote all of it would change them.',
    )
  }
} catch (error) {
  console.error(error instanceof Advice ? error.message : error)
  process.exitCode = 1
}
