/** A text that answers may cite. */
export interface Context {
  readonly id: string
  readonly text: string
}

/** A sentence without its citations. */
export interface CitingSentence {
  readonly text: string
  /** As written. */
  readonly cited: readonly string[]
}

const clause =
  /제\s*(\d+)\s*조(?:의\s*\d+)?(?:\s*제?\s*(\d+)\s*항)?(?:\s*제?\s*(\d+)\s*호)?|(?<![\p{L}])(?:article|section|clause|art\.|sec\.)\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?|§\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?/giu
const bracketed = /\[([^[\]]{1,80})\]|【([^【】]{1,80})】/gu

/**
 * Takes the citations out of a sentence: what stands in square brackets and is the id of a context or has a digit, and
 * clauses by number (제12조 제3항, Article 5, Section 4.2).
 */
export function takeCitations(sentence: string, contexts: readonly Context[]): CitingSentence {
  const ids = new Set(contexts.map(({ id }) => canonical(id)))
  const cited: string[] = []
  const text = sentence
    .normalize('NFKC')
    .replaceAll(bracketed, (whole: string, square?: string, lens?: string) => {
      const parts = (square ?? lens ?? '').split(/[,;]/u).map((part) => part.trim())
      const citations = parts.filter((part) => ids.has(canonical(part)) || /\d/u.test(part))
      cited.push(...citations)
      return citations.length > 0 ? ' ' : whole
    })
    .replaceAll(clause, (written: string) => {
      cited.push(written.trim())
      return ' '
    })
    .replaceAll(/\(\s*\)/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
  return { text, cited }
}

/**
 * The contexts that a citation means: the one with that id, or those whose id, or the head of a line of whose text,
 * names the clause. An article stands for its paragraphs, and a paragraph is found in its article.
 */
export function contextsCited(cited: string, contexts: readonly Context[]): Context[] {
  const byId = contexts.filter(({ id }) => canonical(id) === canonical(cited))
  if (byId.length > 0) return byId
  const [wanted] = clausesIn(cited)
  if (wanted === undefined) return []
  return contexts.filter((context) =>
    headings(context).some((heading) =>
      heading.every((number, depth) => agree(number, wanted[depth])),
    ),
  )
}

function headings({ id, text }: Context): string[][] {
  const named = clausesIn(id)
  if (named.length > 0) return named
  return text
    .normalize('NFKC')
    .split('\n')
    .flatMap((line) => {
      const [first] = line.matchAll(clause)
      return first && /^[\s#*[(【]*$/u.test(line.slice(0, first.index)) ? [numbersOf(first)] : []
    })
}

/** Numbers of article, paragraph and item; empty where none is named. */
function clausesIn(text: string): string[][] {
  return Array.from(text.normalize('NFKC').matchAll(clause), numbersOf)
}

function numbersOf(match: RegExpExecArray): string[] {
  // The groups of the alternatives that did not match are undefined, which the type of a match does not say.
  const groups: readonly (string | undefined)[] = match.slice(1)
  const [korean, english, sign] = [groups.slice(0, 3), groups.slice(3, 6), groups.slice(6, 9)]
  const branch = /조\s*의\s*(\d+)/u.exec(match[0])?.[1]
  const numbers = [korean, english, sign].find((each) => each?.[0] !== undefined) ?? []
  return numbers.map((number = '', depth) =>
    depth === 0 && branch !== undefined ? `${number}의${branch}` : number,
  )
}

/** A level that one of the two leaves out contradicts nothing. */
function agree(left = '', right = ''): boolean {
  return left === right || left === '' || right === ''
}

function canonical(id: string): string {
  return id.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, '')
}
