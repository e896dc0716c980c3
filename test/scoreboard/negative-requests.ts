// The negative cases of protocols, first half: requests of browsers and clients, N001 to N104.
import { differing, tried, type Case } from './case.ts'

const authorize = 'openid/authorize'
const basic = 'openid/basic'
const code = 'openid/code'
const consent = 'openid/consent'
const login = 'openid/login'
const pkce = 'openid/pkce'
const redirects = 'openid/redirect-uri'
const odd = 'openid/edge-requests'
const token = 'endpoints/token'
const oddToken = 'endpoints/edge-requests'
const authentication = 'endpoints/client-authentication'
const signed = 'endpoints/private-key-jwt'
const register = 'registration/register'

const atOurPage = '%s is shown and leads nowhere'
const twice = '%s twice is refused and leads nowhere'
const atClient = '%s is refused at the client, with state and issuer'
const otherText = 'registered %s, sent %s: refused on our page'

export const negativeRequests: readonly Case[] = [
  tried('N001', 'unknown client: a page, no redirect', [authorize, atOurPage]),
  tried('N002', 'no client: a page, no redirect', [authorize, atOurPage]),
  tried('N004', 'no redirect URI, two registered: a page', [
    authorize,
    'without redirect URI the only registered one stands in, but not one of two',
  ]),
  tried('N005', 'no redirect URI in an OpenID request: a page', [authorize, atOurPage]),
  tried('N007', 'response_type token: unsupported', [authorize, atClient]),
  tried('N008', 'response_type code id_token: unsupported', [authorize, atClient]),
  tried('N010', 'client_id twice: refused, no redirect', [authorize, twice]),
  tried('N011', 'redirect_uri twice: a page, no redirect', [authorize, twice]),
  tried('N013', 'an unknown parameter is ignored', [basic, 'extra=foobar is ignored']),
  tried('N014', 'an empty parameter was not sent', [odd, 'N014']),
  tried('N016', 'JSON at the authorization endpoint: refused', [
    authorize,
    'a POST of %s is refused and leads nowhere',
  ]),
  tried('N017', 'PUT, DELETE: 405 with Allow', [authorize, '%s is 405 with Allow']),
  tried(
    'N019',
    'spaces too many are folded, other characters are invalid_scope',
    [authorize, 'is granted with %s'],
    [authorize, atClient],
    [token, 'is invalid_scope with %s'],
  ),
  tried('N020', 'an unregistered scope is left out, and the answer says so', [odd, 'N020']),
  tried(
    'N022',
    'without state or nonce the answer has none',
    [authorize, 'is granted without state, and then the answer has none'],
    [basic, 'without nonce and PKCE a code, and no nonce in the ID token'],
    [basic, 'code, token response, ID token and userinfo, from the sign-in on'],
  ),
  tried('N023', 'prompt=none without a session: login_required', [
    basic,
    'login_required at the client, and no page',
  ]),
  tried('N025', 'prompt=login asks again, auth_time is newer', [
    basic,
    'asks again, and the second ID token has a later auth_time',
  ]),
  tried('N026', 'max_age=1 asks again, auth_time is there', [
    basic,
    'later than that asks again; auth_time is there and later',
  ]),
  tried(
    'N028',
    'a foreign or unsigned hint is refused, an expired one is taken',
    [odd, 'N028'],
    ['openid/claims', 'nothing else is one'],
    ['openid/claims', 'our own is taken, also when it has expired'],
    ['openid/claims', 'of another user is login_required'],
  ),
  tried('N029', 'an unsigned request object is never ignored', [
    basic,
    'request_not_supported, as discovery says',
  ]),
  tried(
    'N031',
    'the redirect URI of the object counts, and must be registered',
    [
      'openid/request-object',
      'M070: parameters beside the object are not used, nor are those that it lacks',
    ],
    [
      'openid/request-object',
      'an address inside that is not registered is followed no more than one outside',
    ],
  ),
  tried(
    'N032',
    'Deny: access_denied with state and iss',
    [consent, 'is access_denied with state and issuer; nothing is remembered'],
    ['fapi/authorize', 'user-rejects-authentication'],
  ),
  tried('N034', 'after a password 303, never 307', [login, 'back to what was asked, by 303']),
  tried(
    'N035',
    'pages are framed, kept and referred by nobody',
    [authorize, '%s cannot be framed, kept, or made to load or tell anything'],
    [authorize, '%s may run its own scripts besides, by their hashes'],
    ['endpoints/transport', '%s: nothing is sniffed, no referrer, https for two years'],
  ),
  tried(
    'N037',
    'URLs and headers as long as the platform allows: no failure',
    [odd, 'N037: a URL of more than 16 KB is 400'],
    [odd, 'N037: a header %s of 128 KB is no failure of the server'],
    [authorize, '%s are refused on our page, and nothing is written'],
  ),
  differing(
    'N038',
    'an answer that is sent again gives nothing that was taken back',
    'house.md R1.4: going back or clicking twice goes on with what is true now, by a new decision',
    [
      consent,
      'an answer counts once; given again, or seen again, it goes on with what is true now',
    ],
    [consent, 'Deny counts once, too: Allow after it is too late'],
    ['advisories/codes', 'CVE-2025-46815'],
  ),
  tried(
    'N040',
    'a form changes nothing of the request',
    [consent, 'fields of the request in the form change nothing of it'],
    [login, 'fields of the request in the form change nothing of it'],
  ),
  tried('N041', 'a client at an address that proves nothing is asked about always', [
    consent,
    'is asked about every time: %s',
  ]),
  tried('N043', 'a query is added: refused', [redirects, otherText]),
  tried('N044', 'another query: refused', [redirects, otherText]),
  tried('N046', 'another spelling: refused', [redirects, otherText]),
  tried('N047', 'another host that looks like it: refused', [redirects, otherText]),
  tried('N049', 'another loopback host: refused', [redirects, 'registered %s, sent %s']),
  tried('N050', 'https with another port: refused', [redirects, otherText]),
  tried('N052', 'http to a public host is not registered', [register, 'redirect_uris: %s']),
  tried('N053', 'a fragment is not registered', [register, 'redirect_uris: %s']),
  tried('N055', 'a public client without a challenge: refused', [
    pkce,
    'is required of every public client, whatever it sends instead',
  ]),
  tried('N056', 'plain: refused', [pkce, '%s is invalid_request']),
  tried('N058', 'S512: refused', [pkce, '%s is invalid_request']),
  tried('N059', 'a challenge that is no S256 of 43 characters: refused', [
    pkce,
    '%s is invalid_request',
  ]),
  tried('N061', 'a wrong verifier, or the challenge: refused, burns nothing', [
    pkce,
    '%s is refused and burns nothing',
  ]),
  tried('N062', 'a verifier of a wrong length or alphabet: refused', [
    pkce,
    '%s is refused and burns nothing',
  ]),
  tried('N064', 'GET: 405 with Allow', [token, '%s is 405 with Allow']),
  tried('N065', 'JSON, multipart, no type: refused', [
    token,
    '%s is 415, and says which header a form has',
  ]),
  tried('N067', 'a form with a charset is taken', [token, '%s is accepted']),
  tried(
    'N068',
    'parameters in the URL are not read',
    [oddToken, 'N068: are not read'],
    [oddToken, 'N068: a secret there counts neither alone'],
  ),
  tried('N070', 'a grant that was not registered: unauthorized_client', [
    token,
    'is not for a client that was not registered for it (unauthorized_client)',
  ]),
  tried(
    'N071',
    'a parameter twice: invalid_request',
    [token, '%s twice is invalid_request'],
    [token, '%s: %s'],
    [code, '%s twice'],
    ['endpoints/refresh', 'the refresh token twice is invalid_request, and nothing rotates'],
  ),
  tried(
    'N073',
    'a megabyte: 413 before any work',
    [token, 'a megabyte %s is 413 before anything is looked up'],
    ['advisories/clients', 'CVE-2026-44456'],
  ),
  tried(
    'N074',
    'text that is no UTF-8: invalid_request',
    [oddToken, 'N074'],
    [token, 'a raw byte that is no UTF-8 is invalid_request'],
  ),
  tried('N076', 'a NUL: invalid_request, and nothing is written', [oddToken, 'N076']),
  tried('N077', '10,000 parameters: invalid_request', [token, '%s is invalid_request']),
  tried(
    'N079',
    'a code twice: refused, and what it gave ends',
    [code, 'a fully valid replay is refused and ends all that the code gave'],
    [basic, 'the second time is invalid_grant, and the access token of the first is dead'],
  ),
  tried(
    'N080',
    'a replay that is not valid ends nothing',
    [code, 'after the redemption %s revokes nothing'],
    [code, 'the client with a wrong secret gets nothing, burns nothing and revokes nothing'],
  ),
  tried('N082', 'the code of another client: refused', [
    code,
    'another client with its own secret gets nothing, burns nothing and revokes nothing',
  ]),
  tried('N083', 'a code of a minute ago: refused', [code, 'works for less than a minute']),
  tried('N085', 'the user is gone: refused', [code, 'dies with its user, disabled or deleted']),
  tried('N086', 'the client is gone: refused', [code, 'dies with its client, disabled or deleted']),
  tried('N088', 'a wrong secret in Basic: 401 with a challenge', [
    authentication,
    'challenges whoever fails, in the header and in the body',
  ]),
  tried(
    'N089',
    'an unknown client and a wrong secret: one answer, the same work',
    [authentication, 'has one answer, to the byte, for an unknown client and a wrong secret'],
    [authentication, 'does the same work for an unknown client as for a wrong secret'],
  ),
  tried('N091', 'Basic without a colon: 401', [authentication, 'refuses a header with %s: 401']),
  differing(
    'N092',
    'a secret with colon, %, + and quotes counts, encoded as forms are',
    'a space and letters beyond ASCII are refused at registration (RFC 6749 A.2 has no such letters)',
    [
      authentication,
      'takes a secret with colons, percent, plus and quotes, both halves form-encoded',
    ],
    [oddToken, 'N092'],
  ),
  tried(
    'N094',
    'the scheme has no case; malformed is 401',
    [authentication, 'knows the scheme as %j'],
    [authentication, 'refuses a header with %s: 401'],
  ),
  tried('N095', 'two methods at once: 400', [
    authentication,
    'not even where both are the same client’s, and right',
  ]),
  tried(
    'N097',
    'another method than the registered one: 401',
    [authentication, 'enforces the method that a client has registered'],
    [authentication, 'a public client is known by its id, and refused with any secret'],
    [authentication, '%s authenticates before it reads anything else of the request'],
  ),
  tried('N098', 'no secret, an empty one, one with a space more: 401', [
    authentication,
    'refuses %s: 401',
  ]),
  tried(
    'N100',
    'an assertion twice, also at once: one counts',
    [signed, 'M007: an assertion counts once across the endpoints'],
    [signed, 'of 50 requests with one assertion at %s one wins'],
  ),
  tried(
    'N101',
    'an assertion that ended, or begins in a minute: 401; in 8 seconds: taken',
    ['fapi/token', '%s: invalid_client at PAR and at the token endpoint'],
    ['fapi/token', 'nbf-8-seconds-in-the-future-is-accepted'],
    [signed, 'M010: takes an iat that is 8 s ahead'],
  ),
  tried(
    'N103',
    'none, HS256, another algorithm, keys and extensions in the header: 401',
    [signed, 'M006: only an algorithm of the list, by its exact name, over a key that fits'],
    [signed, 'M015: only a compact JWS without extensions'],
    ['fapi/token', 'ensure-signed-client-assertion-with-RS256-fails'],
  ),
  tried(
    'N104',
    'an assertion of null, an array, deep nesting: 401',
    [oddToken, 'N104: with the header %j is 401'],
    [oddToken, 'N104: with the payload %j, truly signed, is 401'],
  ),
]
