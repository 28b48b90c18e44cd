/** A request target in the form in which it is both signed and sent. */
export interface Target {
  /** Path as sent, percent-encodings untouched, behind the front door's own path. */
  readonly path: string
  /** Query as sent: without `?`, parameters in the caller's order, encoded as signatures expect. */
  readonly query: string
  /** The parameters, decoded, for the signer; a name that is repeated has several values. */
  readonly parameters: Readonly<Record<string, string | string[]>>
}

/** The query holds bytes that are no UTF-8, which a signature cannot be made for. */
export class UnsignableQuery extends Error {
  override readonly name = 'UnsignableQuery'
}

/**
 * Prepares what follows the host of a request (`/path?query`) for the front door at `base`.
 *
 * The path stays as it is. Query parameters keep their order and repetitions, but each is encoded
 * anew by RFC 3986: a space comes as `+` or `%20`, and a signature stands for one of them only
 * (`%20`).
 *
 * @throws UnsignableQuery
 */
export function toTarget(base: URL, requestTarget: string): Target {
  const at = requestTarget.indexOf('?')
  const rawPath = at < 0 ? requestTarget : requestTarget.slice(0, at)
  const rawQuery = at < 0 ? '' : requestTarget.slice(at + 1)
  const prefix = base.pathname.replace(/\/+$/, '')

  const sent: string[] = []
  const parameters: Record<string, string | string[]> = Object.create(null)
  for (const part of rawQuery.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = decode(equals < 0 ? part : part.slice(0, equals))
    const value = decode(equals < 0 ? '' : part.slice(equals + 1))
    // The signer keeps parameters in an object, in which this name cannot be a key.
    if (name === '__proto__')
      throw new UnsignableQuery(`a parameter named ${name} cannot be signed`)
    sent.push(`${encode(name)}=${encode(value)}`)
    const earlier = parameters[name]
    parameters[name] =
      earlier === undefined
        ? value
        : Array.isArray(earlier)
          ? [...earlier, value]
          : [earlier, value]
  }
  return { path: `${prefix}${encodeForeign(rawPath || '/')}`, query: sent.join('&'), parameters }
}

function decode(text: string): string {
  // A percent sign that starts no encoding stands for itself.
  const escaped = text.replaceAll('+', ' ').replace(/%(?![0-9A-Fa-f]{2})/g, '%25')
  try {
    return decodeURIComponent(escaped)
  } catch {
    throw new UnsignableQuery(`${text} is not percent-encoded UTF-8`)
  }
}

/** Percent-encodes all but RFC 3986's unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

// Some callers send raw UTF-8, which Node gives as one character a byte.
function encodeForeign(path: string): string {
  return path.replace(/[^\u0021-\u007e]/g, (character) =>
    character.charCodeAt(0) > 0xff
      ? encodeURIComponent(character)
      : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
