/** A binary heap: the entry with the smallest key leaves first. Keys and values stand in two flat arrays. */
export class Frontier {
  readonly #keys: number[] = []
  readonly #values: number[] = []

  get size(): number {
    return this.#keys.length
  }

  push(key: number, value: number): void {
    let hole = this.#keys.length
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (this.#key(parent) <= key) break
      this.#move(parent, hole)
      hole = parent
    }
    this.#keys[hole] = key
    this.#values[hole] = value
  }

  /** The value with the smallest key; `undefined` when there is none left. */
  pop(): number | undefined {
    const first = this.#values[0]
    const key = this.#keys.pop()
    const value = this.#values.pop()
    if (key === undefined || value === undefined || this.#keys.length === 0) return first
    const { length } = this.#keys
    let hole = 0
    for (;;) {
      let child = 2 * hole + 1
      if (child >= length) break
      if (child + 1 < length && this.#key(child + 1) < this.#key(child)) child += 1
      if (this.#key(child) >= key) break
      this.#move(child, hole)
      hole = child
    }
    this.#keys[hole] = key
    this.#values[hole] = value
    return first
  }

  #key(index: number): number {
    return this.#keys[index] ?? Infinity
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#key(from)
    this.#values[to] = this.#values[from] ?? 0
  }
}
