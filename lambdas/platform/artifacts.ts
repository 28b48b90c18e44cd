import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'

/** The environment's artifact bucket, by key. */
export interface Artifacts {
  /** The bytes of an object; `undefined` when there is none. */
  read(key: string): Promise<Uint8Array | undefined>
  /** Writes an object whole, replacing what was there. */
  write(key: string, content: string | Uint8Array, contentType?: string): Promise<void>
  /** The keys that begin with a prefix, in their order. */
  list(prefix: string): Promise<string[]>
}

/** Objects of a bucket. */
export function artifactsIn(client: S3Client, bucket: string): Artifacts {
  return {
    async read(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        return await Body?.transformToByteArray()
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined
        throw error
      }
    },
    async write(key, content, contentType = 'application/json') {
      await client.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: content,
          ContentType: contentType,
        }),
      )
    },
    async list(prefix) {
      const keys: string[] = []
      let ContinuationToken: string | undefined
      do {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }),
        )
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key)
        ContinuationToken = page.NextContinuationToken
      } while (ContinuationToken !== undefined)
      return keys
    },
  }
}

/** Reads an object as text. Throws when it is absent or no UTF-8. */
export async function readText(artifacts: Artifacts, key: string): Promise<string> {
  const bytes = await artifacts.read(key)
  if (bytes === undefined) throw new Error(`The artifact bucket has no object ${key}.`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Error(`The object ${key} is no text in UTF-8.`, { cause: error })
  }
}

/** Values as one line of JSON each. */
export function toJsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}

/** The values of lines of JSON that we wrote ourselves. */
export function fromJsonLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}
