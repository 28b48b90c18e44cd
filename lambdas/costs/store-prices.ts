import type { Statements } from '../platform/data-api.ts'
import type { PriceOverride } from '../../config/prices.ts'
import type { Combination } from './combinations.ts'
import { type Price, type PriceSegment, resolvePrices } from './price-list.ts'

/** A combination with the prices of its day. */
interface Resolution {
  readonly combination: Combination
  readonly segments: readonly PriceSegment[]
}

/** A statement with its parameters must stay far below the Data API's limit of 1 MiB. */
const resolutionsPerStatement = 200

/**
 * Resolves combinations and writes their price rows and which combination they belong to; those of a day that was
 * resolved before are replaced.
 */
export async function resolveAndStore(
  statements: Statements,
  combinations: readonly Combination[],
  overrides: readonly PriceOverride[],
): Promise<void> {
  const resolutions = combinations.map((combination) => ({
    combination,
    segments: resolvePrices(combination, overrides),
  }))
  for (let start = 0; start < resolutions.length; start += resolutionsPerStatement) {
    const part: Resolution[] = resolutions.slice(start, start + resolutionsPerStatement)
    const prices = new Map<string, Price>()
    for (const { segments } of part) {
      for (const { price } of segments) if (price) prices.set(price.id, price)
    }
    await storePrices(statements, [...prices.values()])
    await statements.query(
      `with given as (
         select * from jsonb_to_recordset(:rows::jsonb) as row(
           provider text, model text, mode text, utc_day date, from_second integer, until_second integer, price_id text)
       ), outdated as (
         delete from ops.price_resolution r using given g
         where r.provider = g.provider and r.model = g.model and r.mode = g.mode and r.utc_day = g.utc_day
           and not exists (
             select from given same
             where same.provider = r.provider and same.model = r.model and same.mode = r.mode
               and same.utc_day = r.utc_day and same.from_second = r.from_second)
       )
       insert into ops.price_resolution (provider, model, mode, utc_day, from_second, until_second, price_id)
       select provider, model, mode, utc_day, from_second, until_second, price_id from given
       on conflict (provider, model, mode, utc_day, from_second) do update
         set until_second = excluded.until_second, price_id = excluded.price_id, resolved_at = now()`,
      {
        rows: JSON.stringify(
          part.flatMap(({ combination, segments }) =>
            segments.map((segment) => ({
              provider: combination.provider,
              model: combination.model,
              mode: combination.mode,
              utc_day: combination.utcDay,
              from_second: segment.fromSecond,
              until_second: segment.untilSecond,
              price_id: segment.price?.id ?? null,
            })),
          ),
        ),
      },
    )
  }
}

async function storePrices(statements: Statements, prices: readonly Price[]): Promise<void> {
  if (prices.length === 0) return
  await statements.query(
    `insert into ops.price (price_id, source, source_version, matched_provider, matched_model)
     select id, source, "sourceVersion", "matchedProvider", "matchedModel"
     from jsonb_to_recordset(:prices::jsonb) as row(
       id text, source text, "sourceVersion" text, "matchedProvider" text, "matchedModel" text)
     on conflict do nothing`,
    { prices: JSON.stringify(prices) },
  )
  await statements.query(
    `insert into ops.price_tier
     select price.id, tier."aboveInputTokens", tier.input, tier."cachedInput", tier."cacheWrite",
       tier."cacheWrite1h", tier.output
     from jsonb_to_recordset(:prices::jsonb) as price(id text, tiers jsonb),
       jsonb_to_recordset(price.tiers) as tier(
         "aboveInputTokens" bigint, input bigint, "cachedInput" bigint, "cacheWrite" bigint,
         "cacheWrite1h" bigint, output bigint)
     on conflict do nothing`,
    { prices: JSON.stringify(prices) },
  )
}
