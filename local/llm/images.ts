import type { ImagePricing } from './models.ts'
import { OpenAiError } from './problem.ts'

/** What the stand-in can read of an image. */
export interface Image {
  readonly width: number
  readonly height: number
  /**
   * Text that the file carries in its PNG `tEXt` and `iTXt` chunks. The stand-in has no eyes: this
   * is what it "sees", so that answers about images can be checked.
   */
  readonly text: string
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Decodes a `data:image/png;base64,…` address; throws OpenAI's 400 for anything else. */
export function readImage(url: unknown): Image {
  const match = typeof url === 'string' ? /^data:image\/png;base64,(.+)$/s.exec(url) : null
  const bytes = match ? Buffer.from(match[1]!, 'base64') : Buffer.alloc(0)
  if (bytes.length < 33 || !bytes.subarray(0, 8).equals(pngSignature)) {
    throw new OpenAiError(
      400,
      'The stand-in reads images from data:image/png;base64 addresses only.',
      {
        code: 'invalid_image_url',
      },
    )
  }
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), text: textChunks(bytes) }
}

function textChunks(bytes: Buffer): string {
  const texts: string[] = []
  let offset = 8
  while (offset + 12 <= bytes.length) {
    const length = bytes.readUInt32BE(offset)
    const type = bytes.toString('latin1', offset + 4, offset + 8)
    const data = bytes.subarray(offset + 8, offset + 8 + length)
    const keyEnd = data.indexOf(0)
    if (type === 'tEXt' && keyEnd >= 0) texts.push(data.toString('latin1', keyEnd + 1))
    // iTXt, uncompressed: keyword, two flag bytes, then language and translated keyword before the text.
    if (type === 'iTXt' && keyEnd >= 0 && data[keyEnd + 1] === 0) {
      const language = data.indexOf(0, keyEnd + 3)
      texts.push(data.toString('utf8', data.indexOf(0, language + 1) + 1))
    }
    offset += length + 12
  }
  return texts.join('\n')
}

/**
 * Tokens of one image. Tiles: shrunk to fit 2,048 x 2,048, then to a shortest side of 768, counted
 * in 512-pixel squares. Patches: 32-pixel squares, at most 1,536, times the model's multiplier.
 * Source: OpenAI's guide "Images and vision", section on cost.
 */
export function imageTokens(
  image: Pick<Image, 'width' | 'height'>,
  detail: unknown,
  pricing: ImagePricing,
): number {
  if (pricing.kind === 'patches') {
    const patches = Math.ceil(image.width / 32) * Math.ceil(image.height / 32)
    return Math.ceil(Math.min(patches, 1536) * pricing.multiplier)
  }
  if (detail === 'low') return pricing.base
  const fit = Math.min(1, 2048 / Math.max(image.width, image.height))
  const shortest = Math.min(image.width, image.height) * fit
  const scale = fit * Math.min(1, 768 / shortest)
  const tiles = Math.ceil((image.width * scale) / 512) * Math.ceil((image.height * scale) / 512)
  return pricing.base + pricing.tile * tiles
}
