/** A dot after these ends no sentence. */
const abbreviations =
  /(?:^|[\s("'“‘.])(?:mr|mrs|ms|dr|prof|st|vs|etc|e\.g|i\.e|cf|no|nos|art|sec|para|fig|approx|inc|ltd|co|corp|dept|est|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|[a-z])\.$/iu

/** A number that heads an item of a list: 1. or 2) or (3). */
const itemNumber = /^\(?\d{1,3}[.)]$/u

const endings =
  // What ends a sentence, with closing quotes, brackets and citations; a dot within a number or name has no space after it.
  /(?:(?<![.!?…])[.!?…]+["'”’)\]]*(?:\s?\[[^[\]]{1,80}\])*(?=\s)|[。！？]+["'”’)\]」』]*)|(?<=\p{L}(?:니다|세요|어요|아요|해요|예요|에요|네요))(?=\s)/gu

/**
 * Splits Korean and English text into sentences: at full stops, question and exclamation marks, at line breaks, and at
 * polite Korean endings (-니다, -어요 …) that lack a full stop. The title of a clause (제13조(보상하지 않는 손해)) stands alone. Marks of lists are left out. Nothing else is.
 */
export function splitSentences(text: string): string[] {
  return text
    .normalize('NFKC')
    .split(/[\r\n]+|(?<=(?:^|\n)\s*제\s?\d+조(?:의\s?\d+)?\s?\([^()]{1,60}\))\s/u)
    .flatMap((line) => splitLine(line.replace(/^\s*(?:[-*•·▪◦]|#{1,6}|\d{1,3}[.)])\s+/u, '')))
    .map((sentence) => sentence.trim())
    .filter((sentence) => /[\p{L}\p{N}]/u.test(sentence))
}

function splitLine(line: string): string[] {
  const sentences: string[] = []
  let from = 0
  for (const { 0: mark, index } of line.matchAll(endings)) {
    const until = index + mark.length
    const sentence = line.slice(from, until)
    if (abbreviations.test(sentence) || itemNumber.test(sentence.trim())) continue
    sentences.push(sentence)
    from = until
  }
  sentences.push(line.slice(from))
  return sentences
}
