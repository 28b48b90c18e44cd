/** Headers as Node gives them when each occurrence counts. */
export type HeaderLists = Readonly<Record<string, readonly string[] | undefined>>

// They describe one connection, and this proxy ends one and opens another (RFC 9110, section 7.6.1).
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
// Set anew, or meaningless behind the front door.
const REPLACED = new Set([
  'authorization',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'origin',
  'referer',
])

/**
 * Headers of a caller's request that go to the front door. Its own `authorization` and `x-amz-*`
 * headers would break the signature. A browser's origin becomes the front door's, which is the only
 * one that MLflow takes changes from.
 */
export function requestHeaders(headers: HeaderLists, frontDoor: URL): Record<string, string[]> {
  const named = connectionOptions(headers)
  const kept: Record<string, string[]> = {}
  for (const [name, values] of Object.entries(headers)) {
    if (!values || HOP_BY_HOP.has(name) || REPLACED.has(name) || named.has(name)) continue
    if (name.startsWith('x-amz-') || name.startsWith('x-forwarded-')) continue
    kept[name] = name === 'cookie' ? [values.join('; ')] : [...values]
  }
  if (headers.origin) kept.origin = [frontDoor.origin]
  return kept
}

/**
 * Headers of the front door's answer that go to the caller; redirects to the front door come back
 * here.
 */
export function responseHeaders(
  headers: HeaderLists,
  frontDoor: URL,
  own: string,
): Record<string, string[]> {
  const named = connectionOptions(headers)
  const base = `${frontDoor.origin}${frontDoor.pathname.replace(/\/+$/, '')}`
  const kept: Record<string, string[]> = {}
  for (const [name, values] of Object.entries(headers)) {
    if (!values || HOP_BY_HOP.has(name) || named.has(name)) continue
    kept[name] =
      name === 'location'
        ? values.map((value) => (value.startsWith(base) ? own + value.slice(base.length) : value))
        : [...values]
  }
  return kept
}

function connectionOptions(headers: HeaderLists): Set<string> {
  return new Set(
    (headers.connection ?? []).flatMap((value) =>
      value.split(',').map((option) => option.trim().toLowerCase()),
    ),
  )
}
