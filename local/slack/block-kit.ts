/** A JSON object. */
type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Types that Slack knows but the platform does not send: taken without a look inside. */
const otherTypes = new Set([
  'call',
  'card',
  'carousel',
  'data_table',
  'file',
  'input',
  'markdown',
  'plan',
  'rich_text',
  'table',
  'task_card',
  'video',
])

/** A text object with 1 to `most` characters. */
const textProblems = (value: unknown, most: number, types: readonly string[]): string[] => {
  if (!isObject(value)) return ['must be a text object']
  const { type, text } = value
  if (typeof type !== 'string' || !types.includes(type))
    return [`type must be ${types.join(' or ')}`]
  if (typeof text !== 'string' || text.length === 0) return ['text must not be empty']
  return text.length > most
    ? [`text has ${text.length} characters, which is more than ${most}`]
    : []
}

const stringProblems = (name: string, value: unknown, most: number): string[] => {
  if (typeof value !== 'string' || value === '') return [`${name} is missing`]
  return value.length > most ? [`${name} is longer than ${most}`] : []
}

const listProblems = (
  name: string,
  value: unknown,
  most: number,
  check: (item: unknown) => string[],
): string[] => {
  if (!Array.isArray(value) || value.length === 0) return [`${name} must be a list with something`]
  const items: unknown[] = value
  if (items.length > most) return [`${name} has ${items.length} entries, more than ${most}`]
  return items.flatMap((item, index) => check(item).map((text) => `${name}[${index}] ${text}`))
}

const either = ['mrkdwn', 'plain_text']

const sectionProblems = ({ text, fields }: Json): string[] => {
  if (text === undefined && fields === undefined) return ['needs text or fields']
  return [
    ...(text === undefined ? [] : textProblems(text, 3000, either)),
    ...(fields === undefined
      ? []
      : listProblems('fields', fields, 10, (field) => textProblems(field, 2000, either))),
  ]
}

const imageProblems = (block: Json): string[] => [
  ...(block.slack_file === undefined ? stringProblems('image_url', block.image_url, 3000) : []),
  ...stringProblems('alt_text', block.alt_text, 2000),
]

const contextProblems = ({ elements }: Json): string[] =>
  listProblems('elements', elements, 10, (element) =>
    isObject(element) && element.type === 'image'
      ? imageProblems(element)
      : textProblems(element, 3000, either),
  )

const actionProblems = ({ elements }: Json): string[] =>
  listProblems('elements', elements, 25, (element) => {
    if (!isObject(element) || typeof element.type !== 'string') return ['must have a type']
    if (element.type !== 'button') return []
    return [
      ...textProblems(element.text, 75, ['plain_text']),
      ...(element.url === undefined ? [] : stringProblems('url', element.url, 3000)),
    ]
  })

const checks: Readonly<Record<string, (block: Json) => string[]>> = {
  header: ({ text }) => textProblems(text, 150, ['plain_text']),
  section: sectionProblems,
  context: contextProblems,
  actions: actionProblems,
  image: imageProblems,
  divider: () => [],
}

const blockProblems = (block: unknown): string[] => {
  if (!isObject(block) || typeof block.type !== 'string') return ['must have a type']
  if (otherTypes.has(block.type)) return []
  const check = Object.hasOwn(checks, block.type) ? checks[block.type] : undefined
  return check ? check(block) : [`${block.type} is no type of block`]
}

/**
 * What is wrong with the blocks of a message, by the limits of Slack's reference: at most 50 blocks, 3,000 characters
 * in a section, 2,000 in a field, 150 in a header. Slack itself answers `invalid_blocks` and no more.
 */
export const problemsOf = (message: { readonly blocks?: unknown }): string[] =>
  message.blocks === undefined ? [] : listProblems('blocks', message.blocks, 50, blockProblems)
