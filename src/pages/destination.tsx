// Where a redirect_uri leads, in words a person can judge: the whole host for a site, the app's
// scheme for an app. The redirect_uri is a registered one; it is parsed all the same.

import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]']

/** The sentence that tells where the browser goes next. */
export function Destination(props: { redirectUri: string; texts: Texts }) {
  const { consent } = props.texts
  const url = URL.parse(props.redirectUri)
  if (!url) return null
  // Hosts are shown in full and in punycode: what is cut off or drawn alike can deceive.
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return (
      <p class="destination">
        {fill(consent.destinationApp, { place: <Place>{url.protocol}</Place> })}
      </p>
    )
  const sentence = loopbackHosts.includes(url.hostname)
    ? consent.destinationDevice
    : consent.destinationSite
  return <p class="destination">{fill(sentence, { place: <Place>{url.host}</Place> })}</p>
}

function Place(props: { children: string }) {
  return <bdi class="place">{props.children}</bdi>
}
