/**
 * Forms in which a text speaks to whoever judges it. Not what keeps the protocol straight (quotes and numbers do), but
 * what is recognised need not reach an LLM at all.
 */
const forms: readonly RegExp[] = [
  // Commands against the instructions.
  /\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instructions?|prompts?|rubric|guidelines?|rules|directions|everything above|all (?:of )?(?:the )?(?:above|previous))\b/iu,
  /(?:지시|명령|프롬프트|지침|규칙|이전|앞선|위의?)(?:\s*(?:사항|내용|문장|말))?(?:을|를|은|는|들을)?\s.{0,20}(?:무시|잊어|잊고|따르지)/u,
  /\b(?:system prompt|new instructions?|from now on,? you|you are now)\b|시스템 ?프롬프트|새로운 지시/iu,
  // Wishes for a score or a verdict.
  /\b(?:score|rate|grade|mark|judge|evaluate|label|classify)\b.{0,40}\b(?:this|it|me|us|everything|(?:the|all|every|each)\s+(?:of the )?(?:answers?|responses?|claims?|sentences?|statements?|contexts?))\b.{0,60}(?:\b(?:1(?:\.0+)?|10|100|perfect|supported|faithful|grounded|useful|correct|true|yes|highest|maximum|full)\b)/iu,
  /\b(?:treat|consider|regard|count)\b.{0,40}\bas (?:fully )?(?:supported|faithful|grounded|useful|correct|true|no claim|claiming nothing)\b/iu,
  /\b(?:score|rating|grade|verdict|faithfulness|relevancy)\b.{0,20}\b(?:must|should|shall|is to|has to)\b.{0,10}\bbe\b/iu,
  /\b(?:respond|reply|answer|output|return|print|say)\b.{0,20}\b(?:only|exactly|just|with)\b.{0,40}(?:\bjson\b|\byes\b|\btrue\b|\b1\.0\b|\bsupported\b)/iu,
  /(?:점수|평점|평가|채점|판정|판단|등급|답변|문장|주장|결과).{0,25}(?:1\.0+|1점|100점|10점|만점|최고|통과|사실|참|예|지지|근거 ?있|supported|yes).{0,12}(?:하세요|하십시오|하시오|하라|해라|해 ?주|해줘|매겨|매기|처리해|표시해|답해|답하|출력해|출력하)/iu,
  /(?:예|yes|supported|참|만점)["'”’]?(?:라고|로|으로)(?:만)? ?(?:답|대답|출력|표시|판정|평가|채점)(?:하|해)/iu,
  /(?:1\.0+|10?|100|만)\s?점(?:을|으로|만|이)?.{0,8}(?:주세요|주십시오|줘|달라|부여|매겨|매기)/u,
  // Addresses.
  /\b(?:judges?|evaluators?|graders?|raters?|language models?|LLM|AI (?:model|assistant))\b.{0,40}\b(?:must|should|shall|please)\b.{0,40}\b(?:answer|output|respond|return|give|score|rate|mark|say|accept|skip)\b/iu,
  /\b(?:note|message|dear|attention|hey|hello)\b.{0,12}\b(?:judge|evaluator|grader|rater|LLM|language model|AI)\b\s*[:,]/iu,
  /(?:평가자|채점자|심사자|평가 ?모델|언어 ?모델|인공지능|LLM|AI)(?:는|은|님|에게|께|야|,|:).{0,60}(?:하세요|하십시오|하시오|하라|해라|해 ?주|해줘|매겨|답해|답하|무시)/iu,
  // Roles, control tokens, tags and answers in the protocol's own form.
  /<\|[^|>]{0,40}\|>|\[\/?INST\]|<<\/?SYS>>|(?:^|\n)\s*#{0,4}\s*(?:system|assistant|user|developer|human)\s*:/iu,
  /<\/?(?:data|contexts?|answers?|sentences?|system|instructions?|documents?|block|input|user|assistant|judge)\b[^>]{0,40}>|\[\s*(?:BEGIN|END)?\s*DATA\b/iu,
  /["'](?:verdict|support|supported|claims?|sentences|scores?|faithfulness|noncommittal|useful|supports|evidence)["']\s*:/iu,
]

/** Whether a text speaks to the judge rather than to the reader of the answer. */
export function addressesJudge(sentence: string): boolean {
  const plain = sentence
    .normalize('NFKC')
    // Characters of no width, which would hide a word from the patterns.
    .replaceAll(/[\p{Cf}\u115f\u1160\u3164]/gu, '')
    .replaceAll(/[^\S\n]+/gu, ' ')
  return forms.some((form) => form.test(plain.replaceAll('\n', ' ')) || form.test(plain))
}

/** Places of those of a text's pieces that address the judge, alone or together with the one after them. */
export function addressingPieces(pieces: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>()
  for (const [index, piece] of pieces.entries()) {
    if (addressesJudge(piece)) found.add(index)
    // A command may be broken over two lines.
    else if (
      index > 0 &&
      !found.has(index - 1) &&
      addressesJudge(`${pieces[index - 1]} ${piece}`)
    ) {
      found.add(index - 1).add(index)
    }
  }
  return found
}

/** A text without what addresses the judge. */
export interface Sifted {
  readonly text: string
  /** Pieces that were left out. */
  readonly withheld: number
}

/** Leaves out of a text the sentences that address the judge; all else stays as it is, so that it can be quoted. */
export function siftText(text: string): Sifted {
  const pieces = text.split(/(?<=[.!?。！？]["'”’)\]]{0,3})(?=\s)|(?<=\n)/u)
  const dropped = addressingPieces(pieces)
  if (dropped.size === 0) return { text, withheld: 0 }
  const kept = pieces.filter((_piece, index) => !dropped.has(index))
  return { text: kept.join('').trim(), withheld: dropped.size }
}
