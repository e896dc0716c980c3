// Where a redirect_uri leads, in words that a person can judge: the host of a website, or the
// scheme of an app. The redirect_uri is registered; it is parsed nevertheless.

import { isLoopbackHost } from '../protocol/redirect-uri.ts'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

/** The sentence that says where the browser goes next. */
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

// DNS allows 253 characters, which nobody reads. The end of a host name shows who owns it.
const longestPlace = 100

/** A host in its registered ASCII form, because look-alike letters can deceive. */
export function Place(props: { children: string }) {
  const host = props.children
  return (
    <bdi class="place">
      {host.length > longestPlace ? `…${host.slice(1 - longestPlace)}` : host}
    </bdi>
  )
}
