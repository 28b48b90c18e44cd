/** Share of tokens that two product names must have in common. */
export const leastTokenOverlap = 0.8

/** How far two product names agree. */
export interface NameMatch {
  readonly matches: boolean
  /** Twice the tokens in common / tokens of both (Dice), 0 to 1. */
  readonly overlap: number
}

/** In the unit that the other is a thousand of. */
const quantities: Readonly<Record<string, readonly [factor: number, unit: string]>> = {
  kg: [1000, 'g'],
  킬로: [1000, 'g'],
  킬로그램: [1000, 'g'],
  g: [1, 'g'],
  그램: [1, 'g'],
  l: [1000, 'ml'],
  리터: [1000, 'ml'],
  ml: [1, 'ml'],
  밀리리터: [1, 'ml'],
}

/**
 * Whether two names mean the same product. What is tolerated:
 * - Unicode forms (NFKC), capitals, punctuation, brackets, thousands separators;
 * - white space: names that are equal without it are equal (신라면5개입, 신라면 5개입);
 * - units: 1 kg is 1000g, 1.5L is 1500 ml;
 * - order and missing words, as long as {@link leastTokenOverlap} of the tokens agree.
 * Never tolerated: quantities that contradict each other (500ml, 900ml). One name may leave quantities out.
 */
export function matchNames(left: string, right: string): NameMatch {
  const [lefts, rights] = [tokensOf(left), tokensOf(right)]
  if (lefts.length === 0 || rights.length === 0) return { matches: false, overlap: 0 }
  if (lefts.join('') === rights.join('')) return { matches: true, overlap: 1 }
  const overlap = (2 * inCommon(lefts, rights)) / (lefts.length + rights.length)
  return { matches: overlap >= leastTokenOverlap && agreeOnNumbers(lefts, rights), overlap }
}

/** Words of a name in the form in which they are compared. */
function tokensOf(name: string): string[] {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/gu, '')
    .replaceAll(
      /(?<![\d.])(\d+(?:\.\d+)?)\s*(킬로그램|킬로|그램|밀리리터|리터|kg|ml|g|l)(?!\p{L})/gu,
      (_match, number: string, unit: string) => {
        const [factor, base] = quantities[unit] ?? [1, unit]
        return ` ${Number((Number(number) * factor).toFixed(6))}${base} `
      },
    )
    .split(/[^\p{L}\p{N}.%]+|(?<!\d)\.|\.(?!\d)/u)
    .filter((token) => token !== '')
}

function inCommon(lefts: readonly string[], rights: readonly string[]): number {
  const left = [...rights]
  return lefts.filter((token) => {
    const at = left.indexOf(token)
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  }).length
}

function agreeOnNumbers(lefts: readonly string[], rights: readonly string[]): boolean {
  const [few, many] = [lefts, rights]
    .map((tokens) => tokens.filter((token) => /\d/u.test(token)))
    .toSorted((left, right) => left.length - right.length)
  return (few ?? []).every((token) => many?.includes(token))
}
