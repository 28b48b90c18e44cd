import { formatFigure, formatTarget } from '../domain/figure.ts'
import type { Goal } from '../domain/goal.ts'
import {
  type Block,
  code,
  context,
  escapeText,
  fields,
  header,
  limits,
  link,
  plainSections,
  section,
  type SlackMessage,
} from './block-kit.ts'
import type { AlarmChange, BudgetNotice, OtherNotice, RollbackNotice } from './notification.ts'
import type { Evidence } from './read-evidence.ts'
import { type Language, nameOfMetric, type Words, words } from './words.ts'

/** What messages need to know of the deployment. */
export interface MessageOptions {
  readonly language: Language
  readonly environment: string
  /** IANA time zone in which moments are shown. */
  readonly timeZone: string
  readonly frontDoorUrl: string
  /** Address of the page that shows `docs/runbook.md`; headings are appended as `#heading`. @default no link */
  readonly runbookUrl: string | undefined
}

/** What is known of a goal besides what its alarm says. */
export interface GoalFacts {
  /** From `config/workloads.ts`. */
  readonly goal: Goal | undefined
  /** Whether its figures are those of a judge. */
  readonly isJudged: boolean
  /** `not-kept` for goals on costs and operation, whose figures no evaluation has. */
  readonly evidence: Evidence | 'unreachable' | 'none' | 'not-kept'
}

type GoalAlarm = AlarmChange & { readonly goal: NonNullable<AlarmChange['goal']> }

/** The message that a goal is missed, or met again. */
export function goalMessage(
  alarm: GoalAlarm,
  facts: GoalFacts,
  options: MessageOptions,
): SlackMessage {
  const { workload, metric } = alarm.goal
  const say = words[options.language]
  const isMissed = alarm.state === 'ALARM'
  const evidence = typeof facts.evidence === 'string' ? undefined : facts.evidence
  const goal = evidence?.goal ?? facts.goal
  const name = nameOfMetric(options.language, metric)
  const title = `${isMissed ? say.missed : say.recovered}: ${workload} · ${name}`
  const target = goal && say.target(goal.comparator, formatTarget(goal))
  const value =
    evidence && evidence.value !== null ? formatFigure(metric, evidence.value, goal) : undefined
  const more = [value, target && `${say.goal} ${target}`].filter(Boolean).join(', ')
  return {
    text: escapeText(more === '' ? title : `${title} – ${more}`),
    blocks: [
      header(`${isMissed ? '🔴' : '✅'} ${title}`),
      ...fields([
        [say.metric, `${escapeText(name)} (${code(metric)})`],
        ...(target === undefined ? [] : [[say.goal, escapeText(target)] as const]),
        ...evidenceFields(metric, evidence, goal, say),
        ...(evidence && facts.isJudged && evidence.judge !== ''
          ? [[say.judge, code(evidence.judge)] as const]
          : []),
        ...period(alarm, evidence, options),
      ]),
      ...(facts.evidence === 'unreachable' || facts.evidence === 'none'
        ? [section(escapeText(say.withoutFigures[facts.evidence](workload)))]
        : []),
      ...(facts.evidence === 'not-kept' ? [section(figuresElsewhere(alarm, goal, say))] : []),
      ...links(alarm, evidence, options),
      smallPrint(alarm, options),
    ],
  }
}

/** The message on an alarm that watches no goal. */
export function alarmMessage(alarm: AlarmChange, options: MessageOptions): SlackMessage {
  const say = words[options.language]
  const isOver = alarm.state !== 'ALARM'
  const what = shortName(alarm, options)
  const title = `${isOver ? say.over : say.urgency[alarm.severity ?? 'unknown']}: ${what}`
  const sign = isOver ? '✅' : alarm.severity === 'page' ? '🚨' : '🟠'
  return {
    text: escapeText(alarm.summary === '' ? title : `${title} – ${alarm.summary}`),
    blocks: [
      header(`${sign} ${title}`),
      ...(alarm.summary === '' ? [] : [section(escapeText(alarm.summary))]),
      ...fields([
        [say.changedAt, `${momentText(alarm.changedAt, options.timeZone)} (${options.timeZone})`],
        ...(alarm.reason === '' || isOver
          ? []
          : [[say.reason, escapeText(alarm.reason.slice(0, 800))] as const]),
      ]),
      ...links(alarm, undefined, options),
      smallPrint(alarm, options),
    ],
  }
}

/** The message on the bill's limit. */
export function budgetMessage(notice: BudgetNotice, options: MessageOptions): SlackMessage {
  const say = words[options.language]
  const basis = say.budgetBasis[notice.basis]
  const title = `${say.budget}: ${notice.name}`
  return {
    text: escapeText(`${title} – ${basis} ${notice.amount}`),
    blocks: [
      header(`🟠 ${title}`),
      ...fields([
        [basis, escapeText(notice.amount)],
        [say.budgeted, escapeText(notice.budgeted || say.unknown)],
        [say.threshold, escapeText(notice.threshold || say.unknown)],
      ]),
      section(runbookText('the-limit-on-the-bill', options)),
      context(escapeText(options.environment)),
    ],
  }
}

/** The message that a version went back by itself. */
export function rollbackMessage(notice: RollbackNotice, options: MessageOptions): SlackMessage {
  const say = words[options.language]
  const { workload, name, from, to, reason, entry, runbook } = notice
  const title = `${say.rolledBack}: ${name}`
  const versions = `${from ?? say.unknown} → ${to ?? say.unknown}`
  return {
    text: escapeText(`${title} – ${say.version} ${versions}`),
    blocks: [
      header(`🟠 ${title}`),
      ...fields([
        [say.version, versions],
        [say.workload, code(workload)],
      ]),
      section(`*${escapeText(say.reason)}*\n${escapeText(reason)}`),
      ...(runbook === undefined ? [] : [section(runbookText(runbook, options))]),
      context([options.environment, say.ledgerEntry(entry)].map(escapeText).join('  ·  ')),
    ],
  }
}

/** The message on anything else: what was published, as it is. */
export function otherMessage(notice: OtherNotice, options: MessageOptions): SlackMessage {
  const say = words[options.language]
  const title = notice.subject === '' ? say.other : `${say.other}: ${notice.subject}`
  return {
    text: escapeText(title),
    blocks: [
      header(`ℹ️ ${title}`),
      ...plainSections(notice.text, 2 * limits.section),
      context(escapeText(options.environment)),
    ],
  }
}

function evidenceFields(
  metric: string,
  evidence: Evidence | undefined,
  goal: Goal | undefined,
  say: Words,
): (readonly [string, string])[] {
  if (evidence === undefined) return []
  const show = (value: number): string => escapeText(formatFigure(metric, value, goal))
  return [
    [say.value, evidence.value === null ? say.unknown : `*${show(evidence.value)}*`],
    [
      say.interval,
      evidence.lower === null || evidence.upper === null
        ? say.unknown
        : `${show(evidence.lower)} – ${show(evidence.upper)}`,
    ],
    [say.samples, escapeText(say.count(evidence.samples, evidence.unscored))],
  ]
}

/** What an alarm on costs or operation says, and where its figures are. */
function figuresElsewhere(
  { goal, summary }: GoalAlarm,
  known: Goal | undefined,
  say: Words,
): string {
  const path = goal.metric.startsWith('unit_cost_') ? '/ops/costs/units' : '/ops/coverage'
  const where = say.figuresAt(code(`GET ${path}?workload=${goal.workload}`))
  // The summary says in English what the goal is, which stands above it already.
  return known === undefined && summary !== '' ? `${escapeText(summary)}\n${where}` : where
}

/** Since when a goal is missed, or from when to when it was. */
function period(
  alarm: GoalAlarm,
  evidence: Evidence | undefined,
  { language, timeZone }: MessageOptions,
): (readonly [string, string])[] {
  const say = words[language]
  const since = evidence?.missedSince
  const show = (...moments: Date[]): string =>
    `${moments.map((moment) => momentText(moment, timeZone)).join(' – ')} (${timeZone})`
  if (alarm.state === 'ALARM') return [[say.since, show(since ?? alarm.changedAt)]]
  if (since === undefined) return [[say.changedAt, show(alarm.changedAt)]]
  return [[say.was, show(since, alarm.changedAt)]]
}

function links(
  alarm: AlarmChange,
  evidence: Evidence | undefined,
  options: MessageOptions,
): Block[] {
  const say = words[options.language]
  const region = alarm.arn?.split(':')[3]
  const texts = [
    ...(evidence && evidence.runId !== '' && evidence.experimentId !== ''
      ? [link(runUrl(options.frontDoorUrl, evidence), say.run)]
      : []),
    ...(alarm.runbook === undefined ? [] : [runbookText(alarm.runbook, options)]),
    ...(region ? [link(consoleUrl(region, alarm.name), say.console)] : []),
  ]
  return texts.length === 0 ? [] : [section(texts.join('  ·  '))]
}

/** Where MLflow's pages show a run. */
function runUrl(frontDoorUrl: string, { experimentId, runId }: Evidence): string {
  const base = frontDoorUrl.replace(/\/+$/, '')
  return `${base}/#/experiments/${encodeURIComponent(experimentId)}/runs/${encodeURIComponent(runId)}`
}

function consoleUrl(region: string, alarm: string): string {
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(alarm)}`
}

function runbookText(heading: string, { language, runbookUrl }: MessageOptions): string {
  const name = words[language].whatToDo
  return runbookUrl === undefined
    ? `${escapeText(name)}: ${code(`docs/runbook.md#${heading}`)}`
    : link(`${runbookUrl}#${heading}`, name)
}

function smallPrint(alarm: AlarmChange, options: MessageOptions): Block {
  const urgency =
    alarm.state === 'ALARM' && alarm.severity !== undefined
      ? [words[options.language].urgency[alarm.severity]]
      : []
  return context([...urgency, options.environment, alarm.name].map(escapeText).join('  ·  '))
}

/** The alarm's name without `townin-mlops-<environment>-`, which the small print has. */
function shortName(alarm: AlarmChange, { environment }: MessageOptions): string {
  const [, short] = alarm.name.split(`-${environment}-`, 2)
  return short || alarm.name
}

/** `2026-11-24 02:07`. */
function momentText(moment: Date, timeZone: string): string {
  // Swedish writes moments as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
  return format.format(moment)
}
