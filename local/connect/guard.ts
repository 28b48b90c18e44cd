import { Problem } from '../../lambdas/domain/problem.ts'
import type { HeaderLists } from './headers.ts'

/**
 * Lets pass what comes from this machine and no foreign web page: whoever gets through acts with
 * the caller's AWS credentials. Throws a `Problem` (403) for a host name that is not this machine's
 * (a page whose name was rebound to 127.0.0.1) and for a browser's request from another site.
 */
export function refuseForeign(method: string, headers: HeaderLists): void {
  const host = headers.host?.[0] ?? ''
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(host)) {
    throw foreign(
      `The request was made for host ${JSON.stringify(host)}. This proxy answers only to ` +
        '127.0.0.1 and localhost.',
    )
  }
  const origin = headers.origin?.[0]
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    throw foreign(
      `A web page of ${origin} made the request. Only pages that this proxy has served may; ` +
        'give other programs their own credentials for the front door.',
    )
  }
  const site = headers['sec-fetch-site']?.[0] ?? 'none'
  const isLink =
    (method === 'GET' || method === 'HEAD') &&
    headers['sec-fetch-mode']?.[0] === 'navigate' &&
    headers['sec-fetch-dest']?.[0] === 'document'
  if (site !== 'none' && site !== 'same-origin' && !isLink) {
    throw foreign(
      'A web page of another site made the request. Open the address of this proxy in the browser ' +
        'instead.',
    )
  }
}

function foreign(detail: string): Problem {
  return new Problem({ status: 403, title: 'Foreign request', detail })
}
