/**
 * A deterministic embedding: counts of character 1- to 3-grams, dampened by a square root, hashed
 * with a sign into `dimensions` buckets and scaled to length 1. Texts that share words are near
 * each other, in Korean too, since Korean words keep their stem in front of their particles.
 */
export function embed(text: string, dimensions: number): Float32Array {
  const vector = new Float64Array(dimensions)
  for (const [gram, count] of grams(text)) {
    const hash = fnv1a(gram)
    const sign = hash & 1 ? -1 : 1
    const bucket = (hash >>> 1) % dimensions
    // Longer grams say more: a shared syllable is chance, three in a row are a word.
    vector[bucket]! += sign * Math.sqrt(count) * gram.length
  }
  const length = Math.hypot(...vector)
  if (length === 0) vector[0] = 1
  return Float32Array.from(vector, (value) => value / (length || 1))
}

/** The little-endian float32 bytes of a vector in base64: what `encoding_format: base64` answers. */
export function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4)
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4))
  return bytes.toString('base64')
}

function grams(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of text
    .normalize('NFC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)) {
    const characters = Array.from(word)
    for (let size = 1; size <= 3; size += 1) {
      for (let start = 0; start + size <= characters.length; start += 1) {
        const gram = characters.slice(start, start + size).join('')
        counts.set(gram, (counts.get(gram) ?? 0) + 1)
      }
    }
  }
  return counts
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index)
    hash = Math.imul(hash, 0x01000193)
  }
  // FNV's low bits are weak for short texts: mix the high ones in.
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
