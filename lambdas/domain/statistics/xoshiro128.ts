/** Four words of 32 bits, not all 0. */
export type State = readonly [number, number, number, number]

/**
 * Random numbers that are the same for the same seed: xoshiro128**, period 2^128 - 1. Not for secrets.
 * Source: D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47(4), 2021;
 * https://prng.di.unimi.it/xoshiro128starstar.c (public domain).
 */
export class Xoshiro128 {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor([a, b, c, d]: State) {
    this.#a = a
    this.#b = b
    this.#c = c
    this.#d = d
  }

  /** From any whole number; seeds that differ in their lowest 32 bits give different sequences. */
  static from(seed: number): Xoshiro128 {
    const word = splitMix32(seed)
    return new Xoshiro128([word(), word(), word(), word()])
  }

  /** The next 32 bits, as a whole number from 0 to 2^32 - 1. */
  word(): number {
    const product = Math.imul(this.#b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result
  }

  /** A whole number from 0 up to, but not, `limit`; the bias is below limit / 2^32. */
  below(limit: number): number {
    return Math.floor((this.word() / 2 ** 32) * limit)
  }
}

/**
 * Spreads one seed over the words of a state, as the authors of xoshiro advise.
 * Source: G. L. Steele, D. Lea, C. H. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, with the
 * 32-bit mixer of MurmurHash3 (A. Appleby, public domain).
 */
function splitMix32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return (mixed ^ (mixed >>> 16)) >>> 0
  }
}
