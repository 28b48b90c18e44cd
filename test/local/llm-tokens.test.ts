import { expect, test } from 'vitest'
import { imageTokens } from '../../local/llm/images.ts'
import { findModel } from '../../local/llm/models.ts'
import { PromptCache, countChat, decode, encode } from '../../local/llm/tokens.ts'

const mini = findModel('gpt-4o-mini', 'chat')!
const small = findModel('text-embedding-3-small', 'embedding')!

test.each([
  [mini, [83, 8251, 2488, 382, 2212, 0]],
  [small, [83, 1609, 5963, 374, 2294, 0]],
])('a text has the tokens that OpenAI documents for the encoding of the model', (model, tokens) => {
  expect(encode('tiktoken is great!', model)).toEqual(tokens)
  expect(decode(tokens, model)).toBe('tiktoken is great!')
})

test("a chat prompt counts as in OpenAI's worked example", () => {
  const system = (name: string, content: string) => ({ role: 'system', name, content })
  const messages = [
    {
      role: 'system',
      content:
        'You are a helpful, pattern-following assistant that translates corporate jargon into plain English.',
    },
    system('example_user', 'New synergies will help drive top-line growth.'),
    system('example_assistant', 'Things working well together will increase revenue.'),
    system(
      'example_user',
      "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
    ),
    system('example_assistant', "Let's talk later when we're less busy about how to do better."),
    {
      role: 'user',
      content:
        "This late pivot means we don't have time to boil the ocean for the client deliverable.",
    },
  ]
  expect(countChat(messages, mini).count).toBe(124)
})

test('text that looks like a control token is counted as text', () => {
  expect(encode('<|endoftext|>', mini).length).toBeGreaterThan(1)
})

test.each([
  ['gpt-4o', 1024, 1024, 'high', 85 + 4 * 170],
  ['gpt-4o', 2048, 4096, 'high', 85 + 6 * 170],
  ['gpt-4o', 4096, 8192, 'low', 85],
  ['gpt-4o-mini', 64, 64, 'auto', 2833 + 5667],
  ['gpt-4.1-mini', 1024, 1024, 'auto', Math.ceil(1024 * 1.62)],
  ['gpt-4.1-mini', 4096, 4096, 'auto', Math.ceil(1536 * 1.62)],
])('%s charges %d x %d in detail %s with %d tokens', (name, width, height, detail, tokens) => {
  expect(imageTokens({ width, height }, detail, findModel(name, 'chat')!.images!)).toBe(tokens)
})

test('only what began an earlier prompt of the same model is cached, from 1,024 tokens in steps of 128', () => {
  const cache = new PromptCache()
  const tokens = Array.from({ length: 1300 }, (_, index) => index)
  expect(cache.lookUp(tokens, mini)).toBe(0)
  expect(cache.lookUp(tokens, mini)).toBe(1280)
  expect(cache.lookUp([...tokens.slice(0, 1200), 1, 2, 3], mini)).toBe(1152)
  expect(cache.lookUp(tokens.slice(0, 1023), mini)).toBe(0)
  expect(cache.lookUp(tokens, findModel('gpt-4o', 'chat')!)).toBe(0)
})
