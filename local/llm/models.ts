/** How a model charges for an image, as OpenAI documents it. */
export type ImagePricing =
  | { readonly kind: 'tiles'; readonly base: number; readonly tile: number }
  | { readonly kind: 'patches'; readonly multiplier: number }

/** What the stand-in knows of a model that it plays. */
export interface Model {
  /** Name that clients ask for. */
  readonly name: string
  /** Dated name that answers and the usage API carry, as OpenAI's do. */
  readonly snapshot: string
  readonly kind: 'chat' | 'embedding'
  readonly encoding: 'o200k_base' | 'cl100k_base'
  /** Length of the vectors of an embedding model. */
  readonly dimensions?: number
  /** @default the model takes no images */
  readonly images?: ImagePricing
  /** Tokens of reasoning that each answer reports on top of its text. @default 0 */
  readonly reasoningTokens?: number
}

const chat = (name: string, snapshot: string, rest: Partial<Model> = {}): Model => ({
  name,
  snapshot,
  kind: 'chat',
  encoding: 'o200k_base',
  ...rest,
})

const embedding = (name: string, dimensions: number): Model => ({
  name,
  snapshot: name,
  kind: 'embedding',
  encoding: 'cl100k_base',
  dimensions,
})

const gpt4oTiles: ImagePricing = { kind: 'tiles', base: 85, tile: 170 }

/** The models that the stand-in plays; any other name gets OpenAI's 404. */
export const models: readonly Model[] = [
  chat('gpt-4o', 'gpt-4o-2024-08-06', { images: gpt4oTiles }),
  chat('gpt-4o-mini', 'gpt-4o-mini-2024-07-18', {
    images: { kind: 'tiles', base: 2833, tile: 5667 },
  }),
  chat('gpt-4.1', 'gpt-4.1-2025-04-14', { images: gpt4oTiles }),
  chat('gpt-4.1-mini', 'gpt-4.1-mini-2025-04-14', {
    images: { kind: 'patches', multiplier: 1.62 },
  }),
  chat('gpt-4.1-nano', 'gpt-4.1-nano-2025-04-14', {
    images: { kind: 'patches', multiplier: 2.46 },
  }),
  chat('gpt-5', 'gpt-5-2025-08-07', {
    images: { kind: 'tiles', base: 70, tile: 140 },
    reasoningTokens: 64,
  }),
  chat('gpt-5-mini', 'gpt-5-mini-2025-08-07', {
    images: { kind: 'patches', multiplier: 1.62 },
    reasoningTokens: 64,
  }),
  embedding('text-embedding-3-small', 1536),
  embedding('text-embedding-3-large', 3072),
]

/** Finds a model by its name or its dated name. */
export function findModel(name: string, kind: Model['kind']): Model | undefined {
  return models.find(
    (model) => model.kind === kind && (model.name === name || model.snapshot === name),
  )
}
