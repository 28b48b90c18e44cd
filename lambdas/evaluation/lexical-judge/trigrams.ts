/** Lower-case letters, digits and single spaces, in NFKC: what texts are compared by. */
export function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/gu, '')
    .replaceAll(/[^\p{L}\p{N}%.]+|\.(?!\d)|(?<!\d)\./gu, ' ')
    .trim()
}

/** All runs of three characters of a text and of its edges; spaces count, so that words have a start and an end. */
export function trigramsOf(text: string): Set<string> {
  const characters = Array.from(` ${plainText(text)} `)
  const trigrams = new Set<string>()
  for (let index = 0; index + 3 <= characters.length; index++) {
    trigrams.add(characters.slice(index, index + 3).join(''))
  }
  return trigrams
}

/** Share of the first that the second has too, 0 to 1; 0 where there is none. */
export function coverage(of: ReadonlySet<string>, by: ReadonlySet<string>): number {
  if (of.size === 0) return 0
  let covered = 0
  for (const trigram of of) if (by.has(trigram)) covered += 1
  return covered / of.size
}
