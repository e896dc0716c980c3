// OWASP ASVS 5.0, chapter V10 (OAuth and OIDC): every row, in our own words, how it is met, and the tests
// that show it. A row for clients or APIs is about what this server is to providers, and about the kit.
import type { Requirement } from './requirement.ts'
import { met, notMet, onDemand } from './requirement.ts'

export const asvs: readonly Requirement[] = [
  met(
    '10.1.1',
    2,
    'tokens reach only those who need them',
    'codes alone pass the browser; tokens are in answers to the client, and those of providers are not kept',
    [
      ['advisories/codes', 'CVE-2026-7571'],
      ['secrets', 'O19: %s'],
    ],
  ),
  met(
    '10.1.2',
    2,
    'an answer counts in the browser and the transaction that asked',
    'state, nonce and verifier of a trip to a provider are random and bound to the browser',
    [
      ['federation/sign-in-hostile', 'a state of another browser'],
      ['advisories/people', 'GHSA-x445-f3h2-j279'],
    ],
  ),
  met('10.2.1', 2, 'as a client: no forged answers', 'PKCE and state at every provider', [
    ['federation/sign-in', 'goes there with PKCE, nonce and a state'],
    ['federation/sign-in-hostile', 'no state, an empty one'],
  ]),
  met(
    '10.2.2',
    2,
    'as a client of several servers: no mix-up',
    'iss is compared, and every provider has a callback of its own',
    [
      ['federation/sign-in-hostile', 'an answer of another issuer'],
      ['advisories/people', 'GHSA-x445-f3h2-j279'],
    ],
  ),
  met(
    '10.2.3',
    3,
    'as a client: no more scope than is needed',
    'openid, profile and email, unless the operator names others',
    [['federation/sign-in', 'goes there with PKCE, nonce and a state']],
  ),
  met('10.3.1', 2, 'an API takes tokens that are meant for it', 'the kit compares aud', [
    ['kit/protect-resource', 'M093: refuses a token %s'],
  ]),
  met(
    '10.3.2',
    2,
    'an API decides by what was delegated',
    'the kit compares the scope of each request',
    [['kit/protect-resource', 'M094: too little scope is 403']],
  ),
  met(
    '10.3.3',
    2,
    'an API knows users by what is never given to somebody else',
    'a sub is random and used once',
    [
      ['kit/protect-resource', 'serves who has a token for it, and says what the token says'],
      ['endpoints/client-authentication', 'no client can be given the id of a user'],
    ],
  ),
  met(
    '10.3.4',
    2,
    'an API that needs a strong or fresh sign-in judges it',
    'the kit judges acr and auth_time and asks for more',
    [
      ['kit/protect-resource', 'RFC 9470: no sign-in, or one too old'],
      ['kit/protect-resource', 'RS7: learns how and when'],
    ],
  ),
  onDemand(
    '10.3.5',
    3,
    'an API takes tokens that are bound to a key alone',
    'DPoP for resources with dpop_required; others take bearer tokens',
    [
      ['kit/proof', 'and refuses a proof of another key, and none'],
      ['endpoints/token-exchange', 'DP5: a resource that demands a proof'],
    ],
  ),
  met(
    '10.4.1',
    1,
    'redirect URIs are compared as text with those of the client',
    'byte for byte; the port of a loopback address alone is free (RFC 8252 7.3)',
    [
      ['advisories/codes', 'openauth#299'],
      ['protocol/redirect-uri', 'refuses %s'],
    ],
  ),
  met(
    '10.4.2',
    1,
    'a code counts once, and its replay ends what it gave',
    'one statement decides; a replay that is valid otherwise revokes the grant',
    [
      ['openid/code', 'a fully valid replay is refused and ends all'],
      [
        'races/codes',
        'every loser was a valid replay, so that what the winner got is dead: one grant, revoked',
      ],
    ],
  ),
  met('10.4.3', 1, 'a code is short-lived', '60 seconds', [
    ['openid/code', 'works for less than a minute'],
  ]),
  notMet(
    '10.4.4',
    1,
    'a client has the grants that it needs; no implicit and no password grant',
    'grants are those of the registration, and there is no implicit grant; the password grant exists for clients that an operator registers as trusted, because systems that people move from have it',
    [
      ['endpoints/token', 'is for trusted clients only'],
      ['advisories/clients', 'CVE-2026-41427'],
    ],
  ),
  met(
    '10.4.5',
    1,
    'stolen refresh tokens of public clients are found or useless',
    'rotation with reuse detection, or a binding to a key',
    [
      ['endpoints/refresh', 'a token older than the one before ends its grant at once'],
      ['endpoints/refresh-shared', 'M032: without proof or with another key'],
    ],
  ),
  met(
    '10.4.6',
    2,
    'PKCE with S256 for every code',
    'for all public clients; an operator can switch it off for one confidential client',
    [
      ['openid/pkce', 'is required of every public client'],
      ['openid/pkce', 'is refused and burns nothing'],
      ['advisories/codes', 'GHSA-9h47-pqcx-hjr4'],
    ],
  ),
  met(
    '10.4.7',
    2,
    'clients that register themselves are judged, and people are warned',
    'their metadata is judged, they are never trusted, and the consent page says what is proved',
    [
      ['registration/register', 'M053: one redirect that runs a script'],
      ['openid/consent', 'at %s the page says: %s'],
    ],
  ),
  met(
    '10.4.8',
    2,
    'a refresh token ends at an absolute time',
    '90 days, however often it is used',
    [['endpoints/refresh', '90 days after the sign-in']],
  ),
  met('10.4.9', 2, 'people can revoke tokens themselves', 'on the account page', [
    ['openid/account', 'ends its line at once and asks for consent the next time'],
  ]),
  met(
    '10.4.10',
    2,
    'confidential clients authenticate at every endpoint',
    'by the method that they registered',
    [
      ['endpoints/client-authentication', 'enforces the method that a client has registered'],
      ['endpoints/client-authentication', 'authenticates before it reads anything else'],
    ],
  ),
  met(
    '10.4.11',
    2,
    'a client has the scopes that it needs',
    'what is not registered is not granted',
    [
      ['endpoints/token', 'names outside of what the client may have are left out'],
      ['openid/consent', 'does not show scopes that would not be granted'],
    ],
  ),
  onDemand(
    '10.4.12',
    3,
    'a client uses the response modes that it needs alone',
    'query, fragment, form_post and their JWT forms are taken; the profile fapi2 binds them by PAR',
    [['openid/par', 'PA5: what stands beside client_id and request_uri does not count']],
  ),
  onDemand(
    '10.4.13',
    3,
    'codes are asked for by PAR alone',
    'a client with require_pushed_authorization_requests, and every client of the profile fapi2',
    [
      ['endpoints/par', 'is a member of the client that is shown as it was registered'],
      ['fapi/authorize', 'ensure-unsigned-authorization-request-without-using-par-fails'],
    ],
  ),
  onDemand(
    '10.4.14',
    3,
    'all access tokens are bound to a key',
    'for clients of the profile fapi2, and for resources that demand it',
    [['fapi/token', 'ensure-holder-of-key-required']],
  ),
  onDemand(
    '10.4.15',
    3,
    'authorization details of a server-side client come from its back end',
    'with PAR or a signed request, which the client or the profile can require',
    [['openid/carried-details', 'is judged when it is pushed']],
  ),
  onDemand(
    '10.4.16',
    3,
    'clients authenticate by public keys alone',
    'private_key_jwt and mutual TLS, which the profile fapi2 requires',
    [
      ['endpoints/private-key-jwt', 'CA8: a secret, Basic or a bare client_id'],
      ['fapi/registration', 'M098: %s is 400 and names %s'],
    ],
  ),
  met('10.5.1', 2, 'as a relying party: an ID token counts once', 'the nonce is that of the trip', [
    ['federation/sign-in-hostile', 'a code of another sign-in: its token has another nonce'],
  ]),
  met(
    '10.5.2',
    2,
    'as a relying party: people are known by iss and sub',
    'a link is by both, never by the address alone',
    [
      ['federation/provider-account', 'needs an address that is verified here, too'],
      ['advisories/people', 'CVE-2026-9092'],
    ],
  ),
  met(
    '10.5.3',
    2,
    'as a relying party: metadata of another issuer is refused',
    'the issuer has to be the configured one',
    [['federation/sign-in-hostile', 'metadata that %s']],
  ),
  met('10.5.4', 2, 'as a relying party: an ID token is for us', 'aud is our own id, alone', [
    ['advisories/people', 'GHSA-g5h5-m4hm-xjrr'],
  ]),
  met(
    '10.5.5',
    2,
    'a logout token is told from all others',
    'ours are typed, have the event and no nonce; we take none, because no provider signs people out here',
    [['openid/back-channel-logout', 'is no ID token']],
  ),
  met('10.6.1', 2, 'no tokens in the front channel', 'response_type is code', [
    ['advisories/codes', 'CVE-2026-7571'],
  ]),
  met(
    '10.6.2',
    2,
    'nobody is signed out by a link of somebody else',
    'without a hint of the same session the person is asked',
    [
      ['openid/rp-initiated-logout', 'without a hint the user is asked'],
      ['openid/rp-initiated-logout', 'a hint of another user signs nobody out unasked'],
    ],
  ),
  met(
    '10.7.1',
    2,
    'people consent, every time where the client is not proved',
    'an address that proves nothing is asked about each time; an operator can trust a client',
    [
      ['openid/consent', 'is asked about every time: %s'],
      ['openid/consent', 'is asked about every time although it is trusted'],
    ],
  ),
  met(
    '10.7.2',
    2,
    'the consent page says who gets what, and for how long',
    'client, scopes, resources, details, lasting access',
    [
      ['openid/consent', 'names client, scopes, place and user'],
      ['openid/consent', 'shows one that nobody registered by its host'],
    ],
  ),
  met(
    '10.7.3',
    2,
    'people see and take back what they have allowed',
    'on the account page; less than before is a new consent',
    [
      ['openid/account', 'shows browsers and apps, each once'],
      ['advisories/codes', 'better-auth#11318'],
    ],
  ),
]
