import { defineMetric, type Finding, unscored } from './metric.ts'
import { parsePrice, type Price, samePrice } from './price.ts'
import { leastTokenOverlap, matchNames } from './product-name.ts'

/** A product on a flyer. */
export interface FlyerItem {
  readonly product: string
  /** As printed or as a number; `null` or absent where the flyer shows none or it was not read. */
  readonly price?: string | number | null | undefined
}

/** One flyer: what is on it, and what was read. */
export interface FlyerRow {
  readonly expected?: readonly FlyerItem[] | undefined
  /** Absent when there was no answer, or none that could be read. */
  readonly read?: readonly FlyerItem[] | undefined
}

interface Likeness {
  readonly expected: number
  readonly read: number
  readonly overlap: number
  readonly productMatches: boolean
  readonly priceMatches: boolean
}

/** Names at least this alike speak of the same item on the flyer, though the name may be read wrongly. */
const leastOverlapOfPair = 0.5

/** Right fields / fields of the flyer and of items that are not on it. */
export const fieldAccuracy = defineMetric<FlyerRow>(
  {
    name: 'field_accuracy',
    version: '1',
    per: 'row',
    better: 'higher',
    definition:
      'Product names and prices read right / (those labelled + those of items that are not on the flyer). ' +
      `Each labelled item is paired with at most one that was read. A name is right if it is equal without white space, or if ${leastTokenOverlap * 100} % ` +
      'of the tokens agree and no quantity contradicts; a price if amount and, where both name it, currency are equal. ' +
      'Unicode forms, white space, currency signs, thousands separators, 천/만 and units (kg, g, l, ml) are made equal first.',
    source: 'our own; the rules stand in product-name.ts and price.ts',
  },
  ({ expected, read }) => {
    if (expected === undefined) return unscored('The flyer has no labels.')
    if (read === undefined) return unscored('Nothing that could be read as items was answered.')
    return compare(expected, read)
  },
)

function compare(expected: readonly FlyerItem[], read: readonly FlyerItem[]): Finding {
  const labelled = expected.map(({ price }) => priceOf(price))
  const unclear = expected.filter(
    ({ price }, index) => labelled[index] === null && price !== null && price !== undefined,
  )
  const pairs = pair(expected, read, labelled)
  const products = pairs.filter(({ productMatches }) => productMatches).length
  const prices = pairs.filter(({ priceMatches }) => priceMatches).length
  const labelledPrices = labelled.filter((price) => price !== null).length
  const paired = new Set(pairs.map((likeness) => likeness.read))
  const invented = read.filter((_item, index) => !paired.has(index))
  const inventedFields = invented.reduce(
    (sum, { price }) => sum + (price === null || price === undefined ? 1 : 2),
    0,
  )
  const fields = expected.length + labelledPrices + inventedFields
  const parts = {
    fields,
    products,
    labelledProducts: expected.length,
    prices,
    labelledPrices,
    inventedFields,
    missed: expected
      .filter((_item, index) => !pairs.some((likeness) => likeness.expected === index))
      .map(({ product }) => product),
    invented: invented.map(({ product }) => product),
    unclearLabels: unclear.map(({ product }) => product),
  }
  if (fields === 0) return unscored('The flyer has no items, and none were read.', parts)
  return {
    score: (products + prices) / fields,
    rationale:
      `${products} of ${expected.length} products and ${prices} of ${labelledPrices} prices are right; ` +
      `${invented.length} items that were read are not on the flyer.`,
    parts,
  }
}

/** One-to-one, the most alike first; a price that agrees decides between names that are as much alike. */
function pair(
  expected: readonly FlyerItem[],
  read: readonly FlyerItem[],
  labelled: readonly (Price | null)[],
): Likeness[] {
  const readPrices = read.map(({ price }) => priceOf(price))
  const likenesses = expected.flatMap((item, index) =>
    read.map((other, at): Likeness => {
      const { matches, overlap } = matchNames(item.product, other.product)
      const [wanted, got] = [labelled[index] ?? null, readPrices[at] ?? null]
      const priceMatches = wanted !== null && got !== null && samePrice(wanted, got)
      return { expected: index, read: at, overlap, productMatches: matches, priceMatches }
    }),
  )
  const alike = likenesses
    .filter(({ overlap }) => overlap >= leastOverlapOfPair)
    .toSorted(
      (left, right) =>
        Number(right.productMatches) - Number(left.productMatches) ||
        Number(right.priceMatches) - Number(left.priceMatches) ||
        right.overlap - left.overlap,
    )
  const pairs: Likeness[] = []
  for (const candidate of alike) {
    const taken = pairs.some(
      (chosen) => chosen.expected === candidate.expected || chosen.read === candidate.read,
    )
    if (!taken) pairs.push(candidate)
  }
  return pairs
}

function priceOf(price: FlyerItem['price']): Price | null {
  return price === null || price === undefined ? null : parsePrice(price)
}
