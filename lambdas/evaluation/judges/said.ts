/** A text in the languages that prompts are written in. */
export interface Said {
  readonly ko: string
  readonly en: string
}
