import { describe, expect, it } from 'vitest'
import {
  isHttps,
  isLoopbackUri,
  matchesRedirectUri,
  originFault,
  provenHosts,
  provesItsHost,
  redirectUriFault,
} from '../../src/protocol/redirect-uri.ts'

describe('RFC 9700 2.1, RFC 8252 7: what may be registered', () => {
  it.each([
    'https://a.example/cb',
    'https://a.example:8443/cb?x=1',
    'http://127.0.0.1/cb',
    'http://[::1]:7000/cb',
    'http://localhost/cb',
    `https://a.example/${'a'.repeat(1982)}`,
    'com.example.app:/cb',
    'com.example.app://cb',
    'vscode://publisher.extension/cb',
    'msauth.com.example.app://auth',
  ])('takes %s', (uri) => expect(redirectUriFault(uri)).toBeNull())

  it.each([
    ['plain http', 'http://a.example/cb'],
    ['http to a name that only looks like loopback', 'http://localhost.evil.example/cb'],
    ['http to a host before an @', 'http://localhost@evil.example/cb'],
    ['https without a host', 'https:a.example/cb'],
    ['https with one slash', 'https:/a.example/cb'],
    ['https with three slashes', 'https:///a.example/cb'],
    ['http without a host', 'http:/localhost/cb'],
    ['a fragment', 'https://a.example/cb#x'],
    ['an empty fragment', 'https://a.example/cb#'],
    ['a backslash', 'https://a.example\\@evil.example/cb'],
    ['user information', 'https://a@evil.example/cb'],
    ['a password without a name', 'https://:a@evil.example/cb'],
    ['the out-of-band flow', 'urn:ietf:wg:oauth:2.0:oob'],
    ['2,001 characters', `https://a.example/${'a'.repeat(1983)}`],
    ['no scheme', '//a.example/cb'],
    ['a path alone', '/cb'],
    ['nothing', ''],
    ['a space', 'https://a.example/c b'],
    ['a line break', 'https://a.example/\r\nx'],
    ['characters beyond ASCII', 'https://ä.example/cb'],
    ['https to a host with a dot at its end', 'https://localhost./cb'],
    ['the same, percent-encoded', 'https://a.example%2e/cb'],
    ['http to loopback with a dot at its end', 'http://localhost./cb'],
    ['a private-use scheme without a slash', 'app:cb'],
    ['a private-use scheme and nothing', 'app:'],
    ['a drive of Windows', 'c:/windows/system32/notepad.exe'],
    ['a URN', 'urn:example:cb'],
    ['code', 'javascript:alert(1)'],
    ['code in capitals', 'JavaScript:alert(1)'],
    ['code with slashes', 'javascript://a.example/%0Aalert(1)'],
    ['a document', 'data:text/html,x'],
    ['a file', 'file:///etc/passwd'],
    ['more than 2,000 characters', `https://a.example/${'a'.repeat(2000)}`],
  ])('refuses %s', (_what, uri) => expect(redirectUriFault(uri)).toEqual(expect.any(String)))
})

describe('RFC 8252 7.3: a redirect that stays on the device', () => {
  it.each([
    ['http://127.0.0.1/cb', true],
    ['http://[::1]:7000/cb', true],
    ['https://localhost/cb', false],
    ['http://a.example/cb', false],
    ['com.example.app:/cb', false],
    ['no URI', false],
  ])('%s: %s', (uri, expected) => expect(isLoopbackUri(uri)).toBe(expected))

  it('any port, up to 65535, of one of several addresses', () => {
    const registered = ['https://a.example/cb', 'http://127.0.0.1/cb', 'http://localhost/cb']
    expect(
      [
        ...['http://127.0.0.1:1/cb', 'http://127.0.0.1:65535/cb', 'http://127.0.0.1:65536/cb'],
        ...['http://127.0.0.1:1/cb#x', 'xhttp://127.0.0.1/cb', 'http://127.0.0.1:1/cb\\x'],
      ].map((uri) => matchesRedirectUri(uri, registered)),
    ).toEqual([true, true, false, false, false, false])
  })
})

describe('The hosts that TLS proves', () => {
  it('each once, without those of other schemes and of this machine', () => {
    const uris = ['https://a.example/1', 'https://a.example/2', 'https://b.example/', 'app:/cb']
    expect(provenHosts([...uris, 'http://c.example/', 'https://localhost/'])).toEqual([
      'a.example',
      'b.example',
    ])
  })

  it.each([
    ['https://a.example/', true],
    ['http://a.example/', false],
    ['https', false],
  ])('%s is https: %s', (text, expected) => expect(isHttps(text)).toBe(expected))
})

describe('RFC 8252 7.1: a private-use scheme is one that nobody else acts on', () => {
  it.each([
    ...['smb', 'resource', 'livescript', 'mocha', 'feed', 'microsoft-edge', 'intent', 'ms-msdt'],
    ...['ms-word', 'search-ms', 'shell', 'vnd.libreoffice.command', 'vnd.sun.star.webdav', 'afp'],
    ...['chrome-extension', 'moz-extension', 'x-apple.systempreferences', 'itms-services', 'tel'],
    ...['view-source', 'ldap', 'ssh', 'apt', 'MS-Settings'],
  ])('refuses %s', (scheme) =>
    expect([`${scheme}:/cb`, `${scheme}://cb`].map(redirectUriFault)).toEqual(
      Array(2).fill(
        'has a scheme that browsers, office suites or operating systems handle themselves',
      ),
    ),
  )
})

describe('What is refused with a word about what to do instead', () => {
  const noWildcard =
    'must not have a wildcard: register every address, or one fixed address that redirects'

  it.each([
    'https://*.example/cb',
    'https://*/cb',
    'https://a.example/*',
    'https://%2A.example/cb',
    'http://localhost:*/cb',
    'com.example.app://*',
  ])('the wildcard in %s', (uri) => expect(redirectUriFault(uri)).toBe(noWildcard))

  it('the wildcard of an origin', () => expect(originFault('https://*.example')).toBe(noWildcard))

  it.each(['urn:ietf:wg:oauth:2.0:oob', 'urn:ietf:wg:oauth:2.0:oob:auto'])('%s', (uri) =>
    expect(redirectUriFault(uri)).toBe(
      'is the out-of-band flow, which is unsafe (RFC 8252): register http://127.0.0.1/callback, to which a request may add any port',
    ),
  )
})

describe('Fetch 3.2: the origins that may be registered', () => {
  it.each(['https://a.example', 'https://a.example:8443', 'http://localhost:3000'])(
    'takes %s',
    (text) => expect(originFault(text)).toBeNull(),
  )

  it.each(['https://a.example/', 'https://A.example', 'null', 'a.example', 'app://a'])(
    'refuses %s',
    (text) => expect(originFault(text)).toBe('must be an origin'),
  )

  it('refuses a host with a dot at its end', () =>
    expect(originFault('https://a.example.')).toBe('must have a host without a trailing dot'))
})

describe('RFC 9700 4.1.3: the redirect URI of a request', () => {
  it.each([
    ['the very text', 'https://a.example/cb', 'https://a.example/cb'],
    ['loopback on another port', 'http://127.0.0.1:51004/cb', 'http://127.0.0.1/cb'],
    ['loopback on another port than registered', 'http://[::1]:2/cb', 'http://[::1]:1/cb'],
    ['loopback without the registered port', 'http://localhost/cb', 'http://localhost:1/cb'],
    ['M054: an empty path on loopback as a slash', 'http://127.0.0.1:33418/', 'http://127.0.0.1'],
    ['a slash on loopback as an empty path', 'http://[::1]:33418', 'http://[::1]/'],
  ])('matches %s', (_what, requested, registered) =>
    expect(matchesRedirectUri(requested, [registered])).toBe(true),
  )

  it.each([
    ['an added query', 'https://a.example/cb?x=1', 'https://a.example/cb'],
    ['another query', 'https://a.example/cb?x=2', 'https://a.example/cb?x=1'],
    ['another case of the host', 'https://A.example/cb', 'https://a.example/cb'],
    ['another case of the scheme', 'HTTPS://a.example/cb', 'https://a.example/cb'],
    ['the default port', 'https://a.example:443/cb', 'https://a.example/cb'],
    ['another port on https', 'https://a.example:8443/cb', 'https://a.example/cb'],
    ['another port on plain http elsewhere', 'http://a.example:1/cb', 'http://a.example/cb'],
    ['another port on an address nearby', 'http://10.0.0.1:2/cb', 'http://10.0.0.1:1/cb'],
    ['percent-encoding', 'https://a.example/%63b', 'https://a.example/cb'],
    ['dot segments', 'https://a.example/x/../cb', 'https://a.example/cb'],
    ['a trailing slash', 'https://a.example/cb/', 'https://a.example/cb'],
    ['a longer host', 'https://a.example.evil.example/cb', 'https://a.example/cb'],
    ['user information', 'https://a.example@evil.example/cb', 'https://a.example/cb'],
    ['a backslash', 'https://evil.example\\@a.example/cb', 'https://a.example/cb'],
    ['a fragment', 'https://a.example/cb#x', 'https://a.example/cb'],
    ['another spelling of loopback', 'http://localhost:1/cb', 'http://127.0.0.1/cb'],
    ['another loopback address', 'http://127.0.0.2:1/cb', 'http://127.0.0.1/cb'],
    ['IPv6 for IPv4', 'http://[::1]:1/cb', 'http://127.0.0.1/cb'],
    ['https on a loopback address', 'https://127.0.0.1:1/cb', 'https://127.0.0.1/cb'],
    ['M054: a path where none is registered', 'http://127.0.0.1:33418/x', 'http://127.0.0.1'],
    ['an empty path elsewhere', 'https://a.example/', 'https://a.example'],
    ['another path on loopback', 'http://127.0.0.1:1/evil', 'http://127.0.0.1/cb'],
    ['a port beyond 65535', 'http://127.0.0.1:65536/cb', 'http://127.0.0.1/cb'],
    ['a port that is an @', 'http://127.0.0.1:1@evil.example/cb', 'http://127.0.0.1/cb'],
    ['nothing', '', 'https://a.example/cb'],
  ])('refuses %s', (_what, requested, registered) =>
    expect(matchesRedirectUri(requested, [registered])).toBe(false),
  )

  it('tells which host TLS proves', () => {
    const uris = ['https://a.example/cb', 'https://localhost/cb', 'http://localhost/cb', 'a.b:/cb']
    expect(uris.map(provesItsHost)).toEqual([true, false, false, false])
  })
})
