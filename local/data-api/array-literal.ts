/** Elements of a one-dimensional array, or that the array has more dimensions. */
export type ArrayElements = { readonly elements: readonly (string | null)[] } | 'multidimensional'

/** Reads Postgres' text form of an array, such as `{1,NULL,"a \"b\""}` or `[0:1]={1,2}`. */
export function parseArrayLiteral(text: string): ArrayElements {
  let at = text.indexOf('{') + 1
  const elements: (string | null)[] = []
  if (text[at] === '}') return { elements }
  for (;;) {
    if (text[at] === '{') return 'multidimensional'
    let value = ''
    if (text[at] === '"') {
      at += 1
      while (text[at] !== '"') {
        if (text[at] === '\\') at += 1
        value += text.charAt(at)
        at += 1
        if (at > text.length) return { elements }
      }
      at += 1
      elements.push(value)
    } else {
      while (at < text.length && text[at] !== ',' && text[at] !== '}') {
        if (text[at] === '\\') at += 1
        value += text.charAt(at)
        at += 1
      }
      elements.push(value === 'NULL' ? null : value)
    }
    if (text[at] !== ',') return { elements }
    at += 1
  }
}
