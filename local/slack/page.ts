import { escapeHtml, markupToHtml } from './markup.ts'
import type { Message } from './messages.ts'

type Json = Readonly<Record<string, unknown>>

/** How a page is made. */
export interface PageOptions {
  /** Where an address leads on this machine. */
  readonly opens: (url: string) => string
  /** IANA time zone of the times. */
  readonly timeZone: string
}

const styles = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --small: #777; }
body { margin: 0 auto; max-width: 46rem; padding: 1rem 1rem 4rem; line-height: 1.5; word-break: keep-all; overflow-wrap: anywhere;
  font-family: system-ui, -apple-system, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif; }
h1 { font-size: 1.1rem; } h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; margin: 1rem 0; }
time, .context, summary, .hint { color: var(--small); font-size: .82rem; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .5rem 1rem; }
section, .fields, .context { margin: .5rem 0; } .plain { white-space: pre-wrap; }
code, pre { background: var(--soft); border-radius: .2rem; padding: 0 .25rem; font-size: .88em; } pre { padding: .5rem; overflow: auto; }
`

const textHtml = (value: unknown, { opens }: PageOptions): string => {
  const { type, text } = (value ?? {}) as Json
  if (typeof text !== 'string') return ''
  return type === 'mrkdwn'
    ? markupToHtml(text, opens)
    : `<span class="plain">${escapeHtml(text)}</span>`
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const elementHtml = (element: unknown, options: PageOptions): string => {
  const { type, text, url, alt_text: alt } = (element ?? {}) as Json
  if (type === 'image') return `<span>[${escapeHtml(typeof alt === 'string' ? alt : '')}]</span>`
  if (type !== 'button') return textHtml(element, options)
  const href = typeof url === 'string' && /^https?:\/\//.test(url) ? options.opens(url) : '#'
  return `<a href="${escapeHtml(href)}">${textHtml(text, options)}</a>`
}

const blockHtml = (block: unknown, options: PageOptions): string => {
  const { type, text, fields, elements } = (block ?? {}) as Json
  switch (type) {
    case 'header':
      return `<h2>${textHtml(text, options)}</h2>`
    case 'section': {
      const cells = listOf(fields).map((field) => `<div>${textHtml(field, options)}</div>`)
      return [
        text === undefined ? '' : `<section>${textHtml(text, options)}</section>`,
        cells.length === 0 ? '' : `<div class="fields">${cells.join('')}</div>`,
      ].join('')
    }
    case 'context':
    case 'actions':
      return `<div class="context">${listOf(elements)
        .map((element) => elementHtml(element, options))
        .join(' ')}</div>`
    case 'divider':
      return '<hr>'
    default:
      return `<pre>${escapeHtml(JSON.stringify(block, undefined, 2) ?? '')}</pre>`
  }
}

const messageHtml = (message: Message, options: PageOptions): string => {
  const at = new Intl.DateTimeFormat('sv-SE', {
    timeZone: options.timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(new Date(message.at))
  const blocks = message.blocks.map((block) => blockHtml(block, options)).join('\n')
  const json = JSON.stringify({ text: message.text, blocks: message.blocks }, undefined, 2)
  return `<article>
<time datetime="${escapeHtml(message.at)}">${escapeHtml(at)} (${escapeHtml(options.timeZone)})</time>
${blocks === '' ? `<section>${markupToHtml(message.text, options.opens)}</section>` : blocks}
<details><summary>JSON</summary><pre>${escapeHtml(json)}</pre></details>
</article>`
}

/** The page that shows what was sent to Slack, the latest first. It has no script and loads nothing. */
export const renderPage = (messages: readonly Message[], options: PageOptions): string =>
  `<!doctype html>
<html lang="ko"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="10"><title>Slack (local)</title><style>${styles}</style></head>
<body><h1>What was sent to Slack</h1>
${
  messages.length === 0
    ? '<p class="hint">Nothing yet. An alarm that changes its state sends a message here.</p>'
    : messages
        .toReversed()
        .map((message) => messageHtml(message, options))
        .join('\n')
}
</body></html>
`
