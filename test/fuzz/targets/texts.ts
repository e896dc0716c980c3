// The small grammars of requests: parameters, scope, URLs, names, headers.
import { parseScope } from '../../../src/protocol/scope.ts'
import { encodeParameters, parseParameters } from '../../../src/protocol/parameters.ts'
import { OAuthError } from '../../../src/protocol/error.ts'
import { isDocumentAddress, documentAddressFault } from '../../../src/protocol/document-address.ts'
import { canonicalName } from '../../../src/protocol/distinguished-name.ts'
import {
  matchesRedirectUri,
  originFault,
  redirectUriFault,
} from '../../../src/protocol/redirect-uri.ts'
import { outboundUrlFault } from '../../../src/protocol/outbound-url.ts'
import { ipv6Groups } from '../../../src/protocol/ip-address.ts'
import { resourceKey } from '../../../src/protocol/resource-key.ts'
import { isResourceIndicator } from '../../../src/core/clients/metadata.ts'
import { addressPrefix, networkOf } from '../../../src/core/people/address.ts'
import { chooseLanguage } from '../../../src/pages/language.ts'
import { prefers } from '../../../src/http/accept.ts'
import { freshnessOf } from '../../../src/protocol/freshness.ts'
import { readCredentials } from '../../../src/core/clients/authentication.ts'
import { readBearer } from '../../../src/http/credentials.ts'
import { withoutFormula } from '../../../src/protocol/csv.ts'
import { promise, refusable, textTarget } from '../target.ts'

const uris = [
  'https://client.example/callback?state=1',
  'http://127.0.0.1:49152/callback',
  'http://[::1]/',
  'http://localhost',
  'com.example.app:/callback',
  'https://[2606:4700::1111]/cb',
  'https://münchen.example/',
]

/** A form may say `+` for a space and not for anything else; what is read is printed back as it was. */
const parameters = textTarget(
  'parameters',
  [
    'grant_type=authorization_code&code=abc&redirect_uri=https%3A%2F%2Fclient.example%2Fcb',
    'scope=openid+email&resource=https://a.example/&resource=https://b.example/',
    'a=&b=%C3%A9&=c&d',
  ],
  (text) =>
    refusable([OAuthError], () => {
      const read = parseParameters(text, { mayRepeat: (name) => name === 'resource' })
      const printed = encodeParameters(read)
      const again = parseParameters(printed, { mayRepeat: (name) => name === 'resource' })
      promise(encodeParameters(again) === printed, 'parameters are read back as they were', printed)
      promise(
        [...read.values()].every((value) => !value.includes('\0')),
        'no NUL passes',
      )
      promise(
        !read.has('__proto__') || text.includes('__proto__') || text.includes('%'),
        'own names',
      )
      return `${read.size} names, ${read.repeated?.size ?? 0} repeated`
    }),
)

const scope = textTarget('scope', ['openid profile email', 'read', 'a  b', 'a b a'], (text) =>
  refusable([OAuthError], () => {
    const names = parseScope(text)
    promise(new Set(names).size === names.length, 'each scope once', names)
    promise(
      parseScope(names.join(' ')).join(' ') === names.join(' '),
      'a scope is read back',
      names,
    )
    return `${Math.min(names.length, 5)} names`
  }),
)

const redirectUri = textTarget('redirect-uri', uris, (text) => {
  const fault = redirectUriFault(text)
  if (fault !== null) return fault.slice(0, 40)
  const url = new URL(text)
  promise(matchesRedirectUri(text, [text]), 'a registered URI matches itself', text)
  promise(
    !matchesRedirectUri('https://evil.example/', [text]) || text === 'https://evil.example/',
    'M036',
    text,
  )
  promise(
    url.username === '' && url.password === '' && url.hash === '',
    'no user, no fragment',
    text,
  )
  promise(/^[!-[\]-~]+$/.test(text), 'visible ASCII alone', text)
  return url.protocol
})

const matchingRedirectUri = textTarget('requested-redirect-uri', uris, (text) => {
  if (!matchesRedirectUri(text, uris)) return 'refused'
  const url = new URL(text)
  const registered = uris.map((uri) => new URL(uri))
  const same = registered.filter(
    (one) =>
      one.hostname === url.hostname && one.pathname === url.pathname && one.search === url.search,
  )
  promise(same.length > 0, 'RFC 8252 7.3: only the port may differ', text)
  return `accepted ${url.hostname}`
})

const origin = textTarget('origin', ['https://client.example', 'http://localhost:3000'], (text) => {
  const fault = originFault(text)
  if (fault === null) promise(new URL(text).origin === text, 'an origin is printed as it is', text)
  return fault?.slice(0, 30) ?? 'accepted'
})

// RFC 9700 2.6: nothing of the inside is ever fetched.
const inside =
  /^(?:localhost|(?:127|10|0)(?:\.\d+){3}|169\.254(?:\.\d+){2}|192\.168(?:\.\d+){2}|\[::|\[f[cde]|.*\.(?:local|internal|localhost))$/

const outbound = textTarget(
  'outbound-url',
  [
    ...uris,
    'https://idp.example/.well-known/openid-configuration',
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1.nip.io/',
    'https://[::ffff:10.0.0.1]/',
  ],
  (text) => {
    const fault = outboundUrlFault(text, { ports: [8443] })
    if (fault !== null) return fault.slice(0, 40)
    const url = new URL(text)
    promise(url.protocol === 'https:' && !inside.test(url.hostname), 'only public hosts', text)
    promise(['', '8443'].includes(url.port), 'only ports that are allowed', text)
    promise(!url.hostname.endsWith('.') && url.username === '', 'one spelling of a host', text)
    return url.hostname.startsWith('[') ? 'accepted IPv6' : 'accepted'
  },
)

const documentAddress = textTarget(
  'document-address',
  [
    'https://client.example/app.json',
    'https://client.example:8443/a/b?c=d',
    'http://127.0.0.1:8080/x',
  ],
  (text) => {
    const fault = documentAddressFault(text)
    if (fault !== null) return fault.slice(0, 40)
    if (!isDocumentAddress(text, true)) return 'not a document'
    promise(
      !text.includes('#') && (URL.parse(text)?.username ?? '') === '',
      'no fragment, no user',
      text,
    )
    return URL.canParse(text) ? 'accepted' : 'accepted, and no URL'
  },
)

const distinguishedName = textTarget(
  'distinguished-name',
  [
    'CN=Steve Kille,O=Isode Limited,C=GB',
    'OU=Sales+CN=J.  Smith,DC=example',
    'CN=a\\,b\\20\\\\ ,2.5.4.3=\\C3\\A9',
  ],
  (text) => {
    const name = canonicalName(text)
    if (name === null) return 'refused'
    // RFC 4514 2: spaces around separators do not count.
    promise(canonicalName(` ${text} `) === name, 'spaces around a name do not count', text)
    promise(canonicalName(`${text},CN=a`) !== name, 'a further attribute counts', text)
    return `accepted ${JSON.parse(name).length}`
  },
)

const resource = textTarget(
  'resource',
  ['https://api.example/mcp?x=1', 'urn:example:api', 'HTTPS://API.example:443'],
  (text) => {
    if (!isResourceIndicator(text)) return 'refused'
    const key = resourceKey(text)
    promise(resourceKey(key) === key, 'a key is its own key', text, key)
    return new URL(text).protocol.slice(0, 8)
  },
)

const address = textTarget(
  'client-address',
  ['203.0.113.7', '2001:db8::1', '::ffff:10.0.0.1', ''],
  (text) => {
    const prefix = addressPrefix(text)
    promise(prefix.length <= 64, 'a prefix is bounded', text)
    promise(networkOf(text).length <= 40, 'a network is bounded', text)
    const groups = ipv6Groups(text)
    promise(groups === null || groups.every(Number.isInteger), 'eight whole numbers', text, groups)
    return `${groups === null ? 'no IPv6' : groups.length} ${networkOf(text) === 'unknown'}`
  },
)

const accept = textTarget(
  'accept',
  [
    'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8',
    'application/token-introspection+jwt',
    '*/*;q=0',
  ],
  (text) => String(prefers(text, 'application/token-introspection+jwt', 'application/json')),
)

const language = textTarget(
  'languages',
  ['de-AT,de;q=0.9,en;q=0.8', 'de en', '*', 'fr;q=1,de;q=0.001'],
  (text) => {
    const languages = [chooseLanguage(text, undefined), chooseLanguage(undefined, text)]
    promise(
      languages.every((one) => one === 'en' || one === 'de'),
      'a language of ours',
      languages,
    )
    return languages.join(' ')
  },
)

const freshness = textTarget(
  'cache-control',
  ['max-age=60, s-maxage="120"', 'no-store', 'public, max-age=1'],
  (text) => {
    const headers = new Headers()
    const value = text.replace(/[^\x20-\x7e]/g, '').trim()
    for (const name of ['Cache-Control', 'Expires', 'Age']) headers.set(name, value)
    const seconds = freshnessOf(headers, 1_700_000_000)
    promise(Number.isFinite(seconds) && seconds >= 0, 'RFC 9111: seconds', text, seconds)
    return seconds > 0 ? 'fresh' : 'stale'
  },
)

const latin1 = (text: string): string => text.replace(/[^\x20-\x7e\x80-\xff]/g, '').trim()

const basic = textTarget(
  'basic',
  ['Basic Y2xpZW50OnNlY3JldA==', 'basic Y2xpZW50JTNBMTpzJTI2', 'Basic Og==', 'Bearer abc'],
  (text) =>
    refusable([OAuthError], () => {
      const parameters = new Map([['client_id', 'client']])
      const { clientId, clientSecret, method } = readCredentials(
        { authorization: latin1(text), parameters },
        { headerWins: true },
      )
      promise(
        clientSecret === undefined || clientId !== undefined,
        'no secret without a client',
        text,
      )
      return `${method.name} ${clientSecret === undefined}`
    }),
)

const bearer = textTarget(
  'bearer',
  ['Bearer abc.def-ghi~+/==', 'DPoP abc', 'bearer   x'],
  (text) => {
    const read = readBearer(
      new Request('https://a.example', { headers: { Authorization: latin1(text) } }),
    )
    if (typeof read === 'string') return read
    promise(/^[\w.~+/-]+=*$/.test(read.token), 'RFC 6750 2.1: a b64token', text)
    return 'token'
  },
)

const csvCell = textTarget('csv-cell', ['=cmd()', 'a', '@x', '\t=1'], (text) => {
  const cell = withoutFormula(text)
  promise(!/^[=+\-@\t\r]/.test(cell), 'no cell is a formula', text)
  return String(cell === text)
})

export const textTargets = [
  ...[parameters, scope, redirectUri, matchingRedirectUri, origin, outbound, documentAddress],
  ...[distinguishedName, resource, address, accept, language, freshness, basic, bearer, csvCell],
]
