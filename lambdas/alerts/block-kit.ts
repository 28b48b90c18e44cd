/** Most characters of a text in a section, a field, a header and the fallback. Source: Slack's reference of blocks. */
export const limits = { section: 3_000, field: 2_000, header: 150, fields: 10, blocks: 50 } as const

/** Text with Slack's markup, or text that is shown as it is. */
interface Text {
  readonly type: 'mrkdwn' | 'plain_text'
  readonly text: string
}

/** The blocks that the messages are made of. */
export type Block =
  | { readonly type: 'header'; readonly text: Text }
  | { readonly type: 'section'; readonly text?: Text; readonly fields?: readonly Text[] }
  | { readonly type: 'context'; readonly elements: readonly Text[] }

/** A message for an incoming webhook. */
export interface SlackMessage {
  /** What a notification and a screen reader say. */
  readonly text: string
  readonly blocks: readonly Block[]
}

/** Text whose characters mean nothing to Slack: no mention, no link, no channel can be smuggled in. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Text in the type of code, which no other markup reaches into. */
export function code(text: string): string {
  return `\`${escapeText(text.replaceAll('`', "'"))}\``
}

/** A link with its name. */
export function link(url: string, name: string): string {
  // What ends an address in Slack's markup would also end it in an address that is well formed.
  return `<${url.replaceAll('|', '%7C').replaceAll('>', '%3E').replaceAll('<', '%3C').replaceAll('&', '&amp;')}|${escapeText(name)}>`
}

/** Shortens a text to at most `most` UTF-16 units, and cuts through no character and no entity. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text
  const cut = text
    .slice(0, most - 1)
    .replace(/&[a-z]*$/, '')
    .replace(/[\uD800-\uDBFF]$/, '')
  return `${cut}…`
}

export function header(text: string): Block {
  return { type: 'header', text: { type: 'plain_text', text: clip(text, limits.header) } }
}

/** @param text Slack's markup, escaped by whoever wrote it */
export function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: clip(text, limits.section) } }
}

/** Text as it is, with at most `most` characters over as many sections as it takes. */
export function plainSections(text: string, most: number): Block[] {
  const shown = clip(text, most)
  const blocks: Block[] = []
  for (let start = 0; start < shown.length;) {
    const part = shown.slice(start, start + limits.section).replace(/[\uD800-\uDBFF]$/, '')
    blocks.push({ type: 'section', text: { type: 'plain_text', text: part } })
    start += part.length
  }
  return blocks
}

/** Names over values, two beside each other. @param entries values are Slack's markup */
export function fields(entries: readonly (readonly [name: string, value: string])[]): Block[] {
  const blocks: Block[] = []
  for (let start = 0; start < entries.length; start += limits.fields) {
    blocks.push({
      type: 'section',
      fields: entries.slice(start, start + limits.fields).map(([name, value]) => ({
        type: 'mrkdwn',
        text: clip(`*${escapeText(name)}*\n${value}`, limits.field),
      })),
    })
  }
  return blocks
}

/** Small print. @param text Slack's markup */
export function context(text: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: clip(text, limits.section) }] }
}
