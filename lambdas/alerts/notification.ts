import * as z from 'zod'

/** A state of a CloudWatch alarm. */
export type AlarmState = 'ALARM' | 'OK' | 'INSUFFICIENT_DATA'

/** A CloudWatch alarm that has changed its state. */
export interface AlarmChange {
  readonly kind: 'alarm'
  readonly name: string
  /** What `lib/constructs/alerts.ts` writes into the alarm's description, taken apart. */
  readonly summary: string
  readonly severity: 'page' | 'ticket' | undefined
  /** Heading in `docs/runbook.md`, without `#`. */
  readonly runbook: string | undefined
  readonly state: AlarmState
  readonly earlierState: AlarmState
  /** Why, in CloudWatch's words. */
  readonly reason: string
  readonly changedAt: Date
  /** The goal that the alarm watches; `undefined` for alarms on anything else. */
  readonly goal: { readonly workload: string; readonly metric: string } | undefined
  readonly arn: string | undefined
}

/** A budget that is, or is forecast to be, exceeded. Amounts are texts, as AWS Budgets writes them. */
export interface BudgetNotice {
  readonly kind: 'budget'
  readonly name: string
  readonly basis: 'actual' | 'forecast'
  readonly amount: string
  readonly threshold: string
  readonly budgeted: string
}

/** A version that went back by itself. */
export interface RollbackNotice {
  readonly kind: 'rollback'
  readonly workload: string
  /** Of the model or prompt. */
  readonly name: string
  readonly from: number | null
  readonly to: number | null
  readonly reason: string
  /** Number of the ledger's entry. */
  readonly entry: number
  /** Heading in `docs/runbook.md`, without `#`. */
  readonly runbook: string | undefined
}

/** Anything else that was published to the topic. */
export interface OtherNotice {
  readonly kind: 'other'
  readonly subject: string
  readonly text: string
}

export type Notification = AlarmChange | BudgetNotice | RollbackNotice | OtherNotice

const alarmState = z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA'])

/** Real messages have `name` and `value` in lower case; other publishers write them as the API does. */
const dimension = z.union([
  z.object({ name: z.string(), value: z.string() }),
  z
    .object({ Name: z.string(), Value: z.string() })
    .transform(({ Name, Value }) => ({ name: Name, value: Value })),
])

const alarmMessage = z.object({
  AlarmName: z.string().min(1),
  AlarmDescription: z.string().nullish(),
  AlarmArn: z.string().nullish(),
  NewStateValue: alarmState,
  OldStateValue: alarmState.catch('INSUFFICIENT_DATA'),
  NewStateReason: z.string().nullish(),
  StateChangeTime: z.string().nullish(),
  Trigger: z
    .object({
      MetricName: z.string().nullish(),
      Dimensions: z.array(dimension).nullish(),
    })
    .nullish(),
})

/** What `lib/constructs/alerts.ts` makes of the event `RolledBack`. */
const rollbackMessage = z.object({
  event: z.literal('RolledBack'),
  runbook: z.string(),
  detail: z.object({
    workload: z.string(),
    name: z.string(),
    from: z.int().nullable(),
    to: z.int().nullable(),
    reason: z.string(),
    entry: z.int(),
  }),
})

/** What a notification of SNS is about. Never throws: what is not understood is passed on as it is. */
export function readNotification(record: {
  readonly subject: string
  readonly message: string
  readonly at: Date
}): Notification {
  return (
    readAlarm(record.message, record.at) ??
    readRollback(record.message) ??
    readBudget(record.message) ?? { kind: 'other', subject: record.subject, text: record.message }
  )
}

function readAlarm(message: string, at: Date): AlarmChange | undefined {
  const parsed = alarmMessage.safeParse(parseJson(message))
  if (!parsed.success) return undefined
  const { data } = parsed
  const dimensions = new Map(data.Trigger?.Dimensions?.map(({ name, value }) => [name, value]))
  const workload = dimensions.get('Workload')
  const metric = dimensions.get('Goal')
  const watchesGoal = data.Trigger?.MetricName === 'GoalMissed'
  return {
    kind: 'alarm',
    name: data.AlarmName,
    ...readDescription(data.AlarmDescription ?? ''),
    state: data.NewStateValue,
    earlierState: data.OldStateValue,
    reason: data.NewStateReason ?? '',
    changedAt: momentOf(data.StateChangeTime ?? '') ?? at,
    goal:
      watchesGoal && workload !== undefined && metric !== undefined
        ? { workload, metric }
        : undefined,
    arn: data.AlarmArn ?? undefined,
  }
}

/** Takes apart `<summary> Severity: <severity>. Runbook: docs/runbook.md#<heading>`. */
function readDescription(
  description: string,
): Pick<AlarmChange, 'summary' | 'severity' | 'runbook'> {
  const runbook = runbookIn(description)
  const severity = /\bSeverity: (page|ticket)\b/.exec(description)?.[1]
  const summary = description
    .replace(/\s*\bSeverity: (?:page|ticket)\.?/, '')
    .replace(/\s*\bRunbook: \S+/, '')
    .trim()
  return { summary, severity: severity as AlarmChange['severity'], runbook }
}

function runbookIn(text: string): string | undefined {
  return /docs\/runbook\.md#([^\s.,;)]+)/.exec(text)?.[1]
}

function readRollback(message: string): RollbackNotice | undefined {
  const { success, data } = rollbackMessage.safeParse(parseJson(message))
  return success
    ? { kind: 'rollback', ...data.detail, runbook: runbookIn(data.runbook) }
    : undefined
}

/** CloudWatch writes `2026-11-24T02:10:00.000+0000`, which Node reads although its offset has no colon. */
function momentOf(text: string): Date | undefined {
  const moment = new Date(text)
  return Number.isNaN(moment.getTime()) ? undefined : moment
}

/** AWS Budgets sends a letter of plain text, whose figures stand one a line as `Name: value`. */
function readBudget(message: string): BudgetNotice | undefined {
  if (!/^\s*AWS Budget Notification\b/.test(message)) return undefined
  const lines = new Map(
    [...message.matchAll(/^\s*([A-Za-z ]+?):\s*(.+?)\s*$/gm)].map(([, name = '', value = '']) => [
      name.toLowerCase(),
      value,
    ]),
  )
  const name = lines.get('budget name')
  const basis = lines.get('alert type')?.toUpperCase() === 'FORECASTED' ? 'forecast' : 'actual'
  const amount = lines.get(basis === 'forecast' ? 'forecasted amount' : 'actual amount')
  // A letter that has changed is better read as a whole.
  if (name === undefined || amount === undefined) return undefined
  return {
    kind: 'budget',
    name,
    basis,
    amount,
    threshold: lines.get('alert threshold') ?? '',
    budgeted: lines.get('budgeted amount') ?? '',
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
