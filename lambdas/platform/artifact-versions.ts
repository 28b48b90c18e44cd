import {
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  NotFound,
  type S3Client,
} from '@aws-sdk/client-s3'
import pLimit from 'p-limit'

/** One object as a bucket holds it now. */
export interface ObjectVersion {
  readonly key: string
  /** `null` where the bucket keeps no versions. */
  readonly versionId: string | null
  readonly bytes: number
  /** Checksum that S3 keeps, with its algorithm (`CRC64NVME:…`); `ETag:…` where it keeps none. */
  readonly checksum: string
}

/** The current objects below a prefix, in the order of their keys. Throws when there are more than `most`. */
export type ReadVersions = (prefix: string) => Promise<ObjectVersion[]>

/** A model with more files than this is no model. */
const most = 2_000
const headsAtOnce = 10

const algorithms = [
  'ChecksumSHA256',
  'ChecksumCRC64NVME',
  'ChecksumCRC32C',
  'ChecksumCRC32',
  'ChecksumSHA1',
] as const satisfies readonly (keyof HeadObjectCommandOutput)[]

/** Versions of the objects of a bucket. */
export function versionsIn(client: S3Client, bucket: string): ReadVersions {
  return async (prefix) => {
    const keys = await keysBelow(client, bucket, prefix)
    const limit = pLimit(headsAtOnce)
    const objects = await Promise.all(keys.map((key) => limit(() => head(client, bucket, key))))
    return objects.filter((object) => object !== undefined)
  }
}

async function keysBelow(client: S3Client, bucket: string, prefix: string): Promise<string[]> {
  const keys: string[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken }),
    )
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key)
    if (keys.length > most) throw new Error(`There are more than ${most} objects below ${prefix}.`)
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  return keys.toSorted()
}

/** `undefined` when it was deleted since it was listed. */
async function head(
  client: S3Client,
  bucket: string,
  key: string,
): Promise<ObjectVersion | undefined> {
  try {
    const output = await client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }),
    )
    const algorithm = algorithms.find((each) => output[each] !== undefined)
    return {
      key,
      versionId: output.VersionId ?? null,
      bytes: output.ContentLength ?? 0,
      checksum:
        algorithm === undefined
          ? `ETag:${output.ETag ?? ''}`
          : `${algorithm.slice('Checksum'.length)}:${output[algorithm]}`,
    }
  } catch (error) {
    if (error instanceof NotFound) return undefined
    throw error
  }
}
