// Prints what an environment is estimated to cost a month: `node bin/bill.ts prod`.
import { environments, type EnvironmentName } from '../config/environments.ts'
import { billColumns, billTable, smallTeam } from '../lib/bill.ts'

const name = process.argv[2] ?? 'prod'
if (!Object.hasOwn(environments, name)) {
  console.error(
    `There is no environment "${name}"; there are ${Object.keys(environments).join(', ')}.`,
  )
  process.exit(1)
}
console.log(billTable(environments[name as EnvironmentName], smallTeam, billColumns))
