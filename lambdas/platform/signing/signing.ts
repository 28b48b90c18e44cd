import { createHash, createHmac, type Hash } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Target } from './canonical.ts'

type SignerOptions = ConstructorParameters<typeof SignatureV4>[0]
type Bytes = Uint8Array | ArrayBuffer | ArrayBufferView | string

/** AWS credentials, or where to get them each time that they are needed. */
export type Credentials = SignerOptions['credentials']

/** SHA-256 of Node's own cryptography in the form that the signer asks for. */
class Sha256 {
  readonly #secret: Buffer | undefined
  #hash: Hash

  constructor(secret?: Bytes) {
    this.#secret = secret === undefined ? undefined : toBuffer(secret)
    this.#hash = this.#start()
  }

  update(data: Bytes): void {
    this.#hash.update(toBuffer(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()))
  }

  reset(): void {
    this.#hash = this.#start()
  }

  #start(): Hash {
    return this.#secret === undefined
      ? createHash('sha256')
      : (createHmac('sha256', this.#secret) as unknown as Hash)
  }
}

function toBuffer(data: Bytes): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.from(data)
}

export interface RequestToSign {
  readonly method: string
  /** Value of the `host` header that the request is sent with. */
  readonly host: string
  readonly target: Target
  readonly body: Buffer
}

/**
 * Makes a function that signs requests with AWS Signature Version 4. It resolves to the headers to
 * add: host, date, signature and, with temporary credentials, their token. No other header is
 * signed, so that nothing on the way can break the signature by touching one.
 */
export function createSigner(options: {
  readonly service: string
  readonly region: string
  readonly credentials: Credentials
}): (request: RequestToSign, signingDate?: Date) => Promise<Record<string, string>> {
  const signer = new SignatureV4({ ...options, sha256: Sha256, applyChecksum: false })
  return async ({ method, host, target, body }, signingDate = new Date()) => {
    const signed = await signer.sign(
      {
        method,
        protocol: 'https:',
        hostname: host,
        path: target.path,
        query: { ...target.parameters },
        headers: { host },
        body,
      },
      { signingDate },
    )
    return signed.headers
  }
}
