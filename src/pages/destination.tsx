// Where a redirect_uri leads, in words a person can judge: the host for a site, the scheme for an
// app. The redirect_uri is a registered one; it is parsed all the same.

import { isLoopbackHost } from '../protocol/redirect-uri.ts'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

/** The sentence that tells where the browser goes next. */
export function Destination(props: { redirectUri: string; texts: Texts }) {
  const [sentence, place] = destination(URL.parse(props.redirectUri), props.texts)
  return <p>{fill(sentence, { place: <Place>{place}</Place> })}</p>
}

function destination(url: URL | null, { consent }: Texts): [sentence: string, place: string] {
  if (!url) return [consent.destinationSite, '?']
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return [consent.destinationApp, displayName(url.protocol)]
  return isLoopbackHost(url.hostname)
    ? [consent.destinationDevice, url.host]
    : [consent.destinationSite, url.host]
}

// DNS allows 253, which nobody reads; what tells whose host it is stands at the end.
const longestPlace = 100

/** A host as it is registered, in ASCII: what is drawn alike can deceive. */
export function Place(props: { children: string }) {
  const host = props.children
  return (
    <bdi class="place">
      {host.length > longestPlace ? `…${host.slice(1 - longestPlace)}` : host}
    </bdi>
  )
}
