import { SaxesParser } from 'saxes'
import type { Finding } from './event-log.ts'
import { UnreadableFile } from './unreadable-file.ts'

export interface XmlElement {
  /** Without its namespace prefix. */
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  /** Line of the file, from 1. */
  readonly line: number
}

export interface XmlReader {
  /** @param path the elements around it, outermost first */
  readonly open: (element: XmlElement, path: readonly XmlElement[]) => void
  /** @param text the text directly in the element, trimmed */
  readonly close?: (element: XmlElement, path: readonly XmlElement[], text: string) => void
}

const deepest = 200

/**
 * Reads XML element by element. A document type declaration is refused, so no entity is ever expanded and nothing
 * outside of the file is read.
 *
 * @throws UnreadableFile when the text is not well-formed, with line and column
 */
export function readXml(what: string, xml: string, reader: XmlReader): void {
  const parser = new SaxesParser<{ xmlns: false; position: true }>({ xmlns: false, position: true })
  const path: XmlElement[] = []
  const texts: string[] = []
  const fail = (message: string): never => {
    throw new UnreadableFile(what, [{ line: parser.line, message } satisfies Finding])
  }
  parser.on('error', (error) => {
    // saxes puts `line:column: ` in front of what is wrong.
    fail(`${error.message.replace(/^\d+:\d+: /, '')} (column ${parser.column})`)
  })
  parser.on('doctype', () => {
    fail('A document type declaration (<!DOCTYPE …>) is not accepted: remove it')
  })
  parser.on('text', (text) => {
    texts[texts.length - 1] = `${texts.at(-1) ?? ''}${text}`
  })
  parser.on('cdata', (text) => {
    texts[texts.length - 1] = `${texts.at(-1) ?? ''}${text}`
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (path.length >= deepest) fail(`Elements are nested more than ${deepest} deep`)
    const element = { name: localName(name), attributes, line: parser.line }
    reader.open(element, path)
    path.push(element)
    texts.push('')
  })
  parser.on('closetag', () => {
    const element = path.pop()
    const text = texts.pop() ?? ''
    if (element !== undefined) reader.close?.(element, path, text.trim())
  })
  if (xml.trim() === '') fail('It is empty')
  parser.write(xml).close()
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
