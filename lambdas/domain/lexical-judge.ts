/** Name and version of the judge that needs no LLM; every result of it carries them. */
export const lexicalJudgeName = 'lexical-v1'
