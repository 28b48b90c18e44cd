import { ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3'

/** An object of a bucket as it is now. */
export interface ObjectVersion {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** Empty in a bucket without versions. */
  readonly versionId: string
  /** Of its content, as S3 computed it. */
  readonly etag: string
  /** When it was written; milliseconds since 1970. */
  readonly modifiedAt: number
}

/** The current versions of all objects whose keys begin with a prefix, in the order of their keys. */
export type ListVersions = (prefix: string) => Promise<ObjectVersion[]>

/** Lists by S3; the role needs `s3:ListBucketVersions`. */
export function versionsIn(client: S3Client, bucket: string): ListVersions {
  return async (prefix) => {
    const found: ObjectVersion[] = []
    let KeyMarker: string | undefined
    let VersionIdMarker: string | undefined
    do {
      const page = await client.send(
        new ListObjectVersionsCommand({
          Bucket: bucket,
          Prefix: prefix,
          KeyMarker,
          VersionIdMarker,
        }),
      )
      for (const { Key, Size, VersionId, ETag, LastModified, IsLatest } of page.Versions ?? []) {
        if (Key === undefined || IsLatest === false) continue
        found.push({
          key: Key,
          size: Size ?? 0,
          versionId: VersionId ?? '',
          etag: (ETag ?? '').replaceAll('"', ''),
          modifiedAt: LastModified?.getTime() ?? 0,
        })
      }
      KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined
      VersionIdMarker = page.IsTruncated ? page.NextVersionIdMarker : undefined
    } while (KeyMarker !== undefined)
    return found.toSorted((left, right) => (left.key < right.key ? -1 : 1))
  }
}
