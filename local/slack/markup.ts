/** Text that HTML shows as it is. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** Undoes the three escapes that Slack's markup has. */
const unescape = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

/** Emphasis holds on to words: `a_b_c` has none. */
const emphasis = (html: string): string =>
  html
    .replaceAll(/(?<![\w*])\*([^*\n]+)\*(?![\w*])/g, '<strong>$1</strong>')
    .replaceAll(/(?<![\w_])_([^_\n]+)_(?![\w_])/g, '<em>$1</em>')
    .replaceAll(/(?<![\w~])~([^~\n]+)~(?![\w~])/g, '<s>$1</s>')

/** @param opens where an address leads on this machine */
const linkHtml = (content: string, opens: (url: string) => string): string => {
  const [target = '', name] = content.split('|', 2)
  if (/^https?:\/\//.test(target)) {
    const url = unescape(target)
    return `<a href="${escapeHtml(opens(url))}" title="${escapeHtml(url)}">${escapeHtml(unescape(name ?? target))}</a>`
  }
  // Mentions and dates: what Slack would make of them is not known here.
  return `<span class="mention">${escapeHtml(unescape(name ?? target))}</span>`
}

/** HTML of a text in Slack's markup: links, code, emphasis, lines. Nothing else of it becomes HTML. */
export const markupToHtml = (text: string, opens: (url: string) => string): string =>
  text
    .split(/(```[\s\S]*?```|`[^`\n]+`|<[^<>\n]+>)/)
    .map((part, index) => {
      if (index % 2 === 0) return emphasis(escapeHtml(unescape(part))).replaceAll('\n', '<br>')
      if (part.startsWith('```')) return `<pre>${escapeHtml(unescape(part.slice(3, -3)))}</pre>`
      if (part.startsWith('`')) return `<code>${escapeHtml(unescape(part.slice(1, -1)))}</code>`
      return linkHtml(part.slice(1, -1), opens)
    })
    .join('')
