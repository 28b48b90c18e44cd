import type { EnvironmentConfig } from '../config/environments.ts'

/** List prices in USD. */
export interface Prices {
  readonly vcpuHour: number
  readonly memoryGbHour: number
  readonly acuHour: number
  readonly databaseGbMonth: number
  readonly databaseMillionIo: number
  readonly key: number
  readonly zone: number
  readonly natGatewayHour: number
  readonly publicAddressHour: number
  readonly secret: number
  readonly millionApiRequests: number
  readonly millionDataApiRequests: number
  readonly bucketGbMonth: number
  readonly logGb: number
  readonly alarm: number
  readonly metric: number
  readonly millionTransitions: number
}

/** us-east-1 on 2026-11-24, Fargate on ARM. */
const listPrices: Prices = {
  vcpuHour: 0.032_38,
  memoryGbHour: 0.003_56,
  acuHour: 0.12,
  databaseGbMonth: 0.1,
  databaseMillionIo: 0.2,
  key: 1,
  zone: 0.5,
  natGatewayHour: 0.045,
  publicAddressHour: 0.005,
  secret: 0.4,
  millionApiRequests: 1,
  millionDataApiRequests: 0.35,
  bucketGbMonth: 0.023,
  logGb: 0.5,
  alarm: 0.1,
  metric: 0.3,
  millionTransitions: 25,
}

/** The database's capacity is what differs most between regions; Tokyo's is the dearest that is known here. */
export const billColumns: Readonly<Record<string, Prices>> = {
  'us-east-1': listPrices,
  "with Tokyo's capacity unit": { ...listPrices, acuHour: 0.2 },
}

/** How a small team uses the platform in a month. */
export interface Usage {
  /** Hours of the working days, in which the database is kept awake at half a capacity unit. */
  readonly workingHours: number
  /** Of these, hours in which it runs at two units. */
  readonly busyHours: number
  /** Times that it is woken at night or on a weekend, by the benchmarks or by somebody. */
  readonly wakings: number
  readonly databaseGb: number
  readonly databaseMillionIo: number
  readonly millionApiRequests: number
  readonly millionDataApiRequests: number
  readonly bucketGb: number
  readonly logGb: number
  readonly alarms: number
  /** Series of figures in CloudWatch that are sent each hour. */
  readonly hourlyMetrics: number
  /** Series that are sent once a day. */
  readonly dailyMetrics: number
  /** From one state of an evaluation to the next. */
  readonly millionTransitions: number
}

/** Ten hours on five days a week; 100,000 traces a month; five benchmarks a night of 100 rows, and as many by day. */
export const smallTeam: Usage = {
  workingHours: 217,
  busyHours: 20,
  wakings: 60,
  databaseGb: 10,
  databaseMillionIo: 5,
  millionApiRequests: 0.7,
  millionDataApiRequests: 0.4,
  bucketGb: 50,
  logGb: 2,
  alarms: 41,
  hourlyMetrics: 5,
  dailyMetrics: 100,
  millionTransitions: 0.008,
}

/** One line of the bill, in USD a month. */
export interface BillLine {
  readonly what: string
  readonly usd: number
}

const hoursOfMonth = 730
const daysOfMonth = 30
const freeAlarms = 10
const freeMetrics = 10
const freeMillionTransitions = 0.004
/** The administrator, `mlflow`, `ops`, `gatekeeper` and the key of webhooks. */
const ownSecrets = 5

/**
 * Estimates what an environment costs a month, without the LLMs that judge. Within free tiers and therefore absent:
 * functions, queues, topic, events, budget, dashboard and traces of X-Ray.
 */
export function billOf(config: EnvironmentConfig, prices: Prices, usage: Usage): BillLine[] {
  const { trackingServer, network } = config
  const server =
    (trackingServer.cpu / 1024) * prices.vcpuHour +
    (trackingServer.memoryMiB / 1024) * prices.memoryGbHour
  // A task in a public subnet has a public address, otherwise the NAT gateways have them.
  const addresses = Math.max(1, network.natGateways)
  const lines: BillLine[] = [
    { what: 'MLflow on Fargate, on demand', usd: server * hoursOfMonth },
    { what: 'Database, capacity', usd: capacityHours(config, usage) * prices.acuHour },
    {
      what: 'Database, storage and I/O',
      usd:
        usage.databaseGb * prices.databaseGbMonth +
        usage.databaseMillionIo * prices.databaseMillionIo,
    },
    { what: 'Public addresses', usd: addresses * prices.publicAddressHour * hoursOfMonth },
    { what: 'NAT gateways', usd: network.natGateways * prices.natGatewayHour * hoursOfMonth },
    { what: 'Secrets', usd: (ownSecrets + namedSecretsOf(config)) * prices.secret },
    { what: 'Key of alerts', usd: prices.key },
    { what: 'Private zone', usd: prices.zone },
    { what: 'Alarms', usd: Math.max(0, usage.alarms - freeAlarms) * prices.alarm },
    { what: 'Figures', usd: Math.max(0, metricMonths(usage) - freeMetrics) * prices.metric },
    {
      what: 'Evaluations, state transitions',
      usd:
        Math.max(0, usage.millionTransitions - freeMillionTransitions) * prices.millionTransitions,
    },
    { what: 'Artifacts', usd: usage.bucketGb * prices.bucketGbMonth },
    { what: 'Logs', usd: usage.logGb * prices.logGb },
    {
      what: 'Front door and Data API',
      usd:
        usage.millionApiRequests * prices.millionApiRequests +
        usage.millionDataApiRequests * prices.millionDataApiRequests,
    },
  ]
  return lines.filter(({ usd }) => usd > 0)
}

/** Sum of a bill in USD a month. */
export function totalOf(bill: readonly BillLine[]): number {
  return bill.reduce((sum, { usd }) => sum + usd, 0)
}

/** Secrets that somebody keeps in the account because the configuration names them. */
function namedSecretsOf({ costs, evaluation, alerts }: EnvironmentConfig): number {
  const judges = Object.values(evaluation.judges)
  const names = [
    costs.callSources.openAi?.secretName,
    alerts.slack?.secretName,
    ...judges.map((judge) => ('secretName' in judge ? judge.secretName : undefined)),
    ...Object.values(evaluation.endpoints).map(({ secretName }) => secretName),
  ]
  return new Set(names.filter((name) => name !== undefined)).size
}

/** CloudWatch counts the hours in which a series is sent, as parts of a month. */
function metricMonths({ hourlyMetrics, dailyMetrics }: Usage): number {
  return hourlyMetrics + (dailyMetrics * daysOfMonth) / hoursOfMonth
}

/** Capacity units times hours of a month. */
function capacityHours({ database }: EnvironmentConfig, usage: Usage): number {
  const busy = Math.min(2, database.maxCapacity)
  if (database.minCapacity > 0) {
    const more = Math.max(0, busy - database.minCapacity)
    return database.minCapacity * hoursOfMonth + more * usage.busyHours
  }
  const idle = 0.5
  const working = idle * (usage.workingHours - usage.busyHours) + busy * usage.busyHours
  // Each waking lasts until the pause after a quarter of an hour's use.
  const waking = usage.wakings * idle * (0.25 + database.pauseAfterMinutes / 60)
  return working + waking
}

/** The bill as a table in Markdown, with one column of prices for each set. */
export function billTable(
  config: EnvironmentConfig,
  usage: Usage,
  columns: Readonly<Record<string, Prices>>,
): string {
  const bills = Object.values(columns).map((prices) => billOf(config, prices, usage))
  const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const usd = (amount: number): string => amount.toFixed(2)
  return [
    row('USD a month', ...Object.keys(columns)),
    row('---', ...bills.map(() => '---:')),
    ...(bills[0] ?? []).map(({ what }, index) =>
      row(what, ...bills.map((bill) => usd(bill[index]?.usd ?? 0))),
    ),
    row('**Sum**', ...bills.map((bill) => `**${usd(totalOf(bill))}**`)),
  ].join('\n')
}
