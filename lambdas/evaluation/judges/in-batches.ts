/**
 * Joins single requests into batches: what is asked for while a batch is on its way goes into the next one. So one row
 * waits for nothing, and a thousand rows make few statements.
 * @param run answers a batch, in its order
 * @param most requests in one batch
 */
export function inBatches<Asked, Answer>(
  run: (batch: readonly Asked[]) => Promise<readonly Answer[]>,
  most: number,
): (asked: Asked) => Promise<Answer> {
  const waiting: {
    readonly asked: Asked
    readonly resolve: (answer: Answer) => void
    readonly reject: (error: unknown) => void
  }[] = []
  let running = false

  async function work(): Promise<void> {
    running = true
    // All that is asked for at the same moment goes together.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most)
      try {
        const answers = await run(batch.map(({ asked }) => asked))
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    running = false
  }

  return (asked) =>
    new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject })
      if (!running) void work()
    })
}
