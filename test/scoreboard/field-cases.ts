// What users of other servers reported in public, each as a case for this one.
import { tried, type Case } from './case.ts'

const reach = 'operator/reach'

export const fieldCases: readonly Case[] = [
  tried(
    '01-double-submit-sign-in',
    'a double click on Sign in meets no error',
    [
      'openid/login',
      'a double click signs in, whether or not its browser took the cookie of the first answer',
    ],
    ['browser/consent', 'gets an impatient double click to the client'],
  ),
  tried(
    '02-second-click-consents',
    'the second half of a double click consents to nothing',
    ['pages/stylesheet', 'takes no click in its first moment, also where motion is reduced'],
    [
      'browser/consent',
      'takes no click in its first moment: it may be the second half of a double click',
    ],
  ),
  tried(
    '03-second-tab-consent',
    'what one tab was allowed the other need not ask for',
    ['openid/consent', 'two tabs: what one of them was allowed the other need not ask for'],
    ['browser/consent', 'in another tab goes on with what the first one was allowed'],
  ),
  tried('04-silent-redirect-uri', 'a consent counts at the client’s other address', [
    'openid/consent',
    'not again at another redirect URI of the client: a silent renewal has one of its own',
  ]),
  tried(
    '05-cors-credentials',
    'a page may read an answer to a request with credentials',
    ['endpoints/cors', 'may be read by %s, an origin of the client'],
    ['endpoints/cors', 'that refuse may be read as well, once it is known who asks'],
  ),
  tried('06-response-mode-fragment', 'response_mode=fragment answers behind #', [
    'openid/authorize',
    'puts code, state and issuer behind #',
  ]),
  tried('07-two-resources', 'two resources are two audiences', [
    'endpoints/token',
    'several make an audience of several, each once',
  ]),
  tried('08-client-credentials-no-scope', 'a machine without a scope gets a token without one', [
    'endpoints/token',
    'gives a token without scope where it asks for none',
  ]),
  tried('09-https-local', 'https of wrangler itself serves tokens that count', [
    reach,
    'npx wrangler dev --local-protocol https works with tokens that count',
  ]),
  tried('10-custom-domain-in-wrangler-toml', 'a route for the deployment does not disturb', [
    reach,
    'a custom domain in wrangler.toml does not disturb npm start',
  ]),
  tried(
    '11-issuer-given-and-ignored',
    'an ISSUER that is given is the issuer, or one line says why not',
    [reach, 'with ISSUER serves as that issuer under its host and loopback, and nothing else'],
    ['operator/start', 'an ISSUER that no client would accept'],
  ),
  tried('12-bind-address', 'HOST chooses the address', [
    reach,
    'replaces them before it listens on every address, and says so',
  ]),
  tried('13-username-space', 'the space of a phone’s keyboard is no part of a name', [
    'openid/login',
    'what a keyboard does to names and passwords',
  ]),
  tried('14-password-normalization', 'a password is one, composed or decomposed', [
    'openid/login',
    'what a keyboard does to names and passwords',
  ]),
  tried(
    '15-basic-unencoded-secret',
    'a secret is taken encoded and as it is',
    ['endpoints/client-authentication', 'takes a secret with %s as it was sent, too'],
    ['endpoints/client-authentication', 'takes a secret with colons, percent, plus and quotes'],
  ),
  tried(
    '16-scope-spaces',
    'spaces too many are no scope names',
    ['endpoints/token', '%j is read write'],
    ['openid/agents', 'M055: %s is granted'],
  ),
  tried('17-discovery-preflight', 'public documents allow every header', [
    'endpoints/cors',
    'M057: %s allows the header mcp-protocol-version',
  ]),
  tried('19-wildcards', 'a wildcard is refused with a word about wildcards', [
    'admin/clients',
    'a wildcard is refused with a word about what to do instead',
  ]),
  tried('20-out-of-band', 'the out-of-band address is refused, with what to register instead', [
    'admin/odd-names',
    'out of band is registered by nobody, who are told what to register instead',
  ]),
]
