// The negative cases of protocols, second half: tokens, registrations, people and addresses, N106 to N179.
import { differing, tried, type Case } from './case.ts'

const refresh = 'endpoints/refresh'
const shared = 'endpoints/refresh-shared'
const revoke = 'endpoints/revoke'
const introspect = 'endpoints/introspect'
const userinfo = 'endpoints/userinfo'
const general = 'endpoints/general'
const cors = 'endpoints/cors'
const discovery = 'endpoints/discovery'
const assertion = 'endpoints/jwt-bearer'
const races = 'races/refresh'
const register = 'registration/register'
const fapi = 'fapi/authorize'
const proofs = 'fapi/dpop'
const device = 'openid/device'
const login = 'openid/login'
const logout = 'openid/back-channel-logout'
const privateAddresses = 'registration/private-addresses'
const refusedInRegistration = 'RFC 7591 3.2.2: what is refused, without a trace'

export const negativeTokens: readonly Case[] = [
  tried(
    'N106',
    '50 refreshes at once: one generation, one successor; without grace one wins',
    [races, 'advance the generation once, and every answer carries the same successor'],
    [races, 'one wins, the others look like theft'],
  ),
  tried('N107', 'a retry within the grace: the same successor', [
    refresh,
    'a retry within the grace gets the same successor and begins no second branch',
  ]),
  tried('N109', 'the token of another client: refused, its grant lives', [
    refresh,
    'another client’s is invalid_grant, and the grant it belongs to lives on',
  ]),
  tried('N110', 'a wider scope: refused, no rotation', [refresh, 'refuses %s and does not rotate']),
  tried(
    'N112',
    'a resource that was not granted: refused, nothing written',
    [shared, 'M033: a resource that was not granted is invalid_target'],
    [shared, 'M033: the refusal, too, has waited for storage once and written nothing'],
  ),
  tried('N113', 'the end of a grant counts, however often it is used', [
    refresh,
    '90 days after the sign-in: invalid_grant, although it was used every day',
  ]),
  tried('N115', 'in the last seconds of a grant: no failure', [
    refresh,
    'in the last %i s of the grant it is still no failure',
  ]),
  tried('N116', 'a new password, a disabled user, a sign-out everywhere: refused', [
    refresh,
    '%s: the refresh token and the access tokens are dead at once',
  ]),
  tried('N118', 'the ID token of a refresh has the same iss, sub, aud and auth_time', [
    'openid/basic',
    'gives tokens whose ID token has the same iss, sub, aud and auth_time',
  ]),
  tried(
    'N119',
    'a registration that is no JSON object, or too large: refused, no row',
    [register, 'N119, O01: a body that is %s'],
    [register, 'N119, O01: a body of 1 MB'],
    [register, 'N119, O01, U17: the media type %s'],
  ),
  tried('N121', 'links that are programs or private: refused', [register, 'N121: %s = %s']),
  tried(
    'N122',
    'a name with markup or of 10 kB: text, or refused',
    ['openid/consent', 'shows a name with %s as text'],
    [register, refusedInRegistration],
  ),
  tried('N124', 'grants and responses that contradict, an unknown method: refused', [
    register,
    refusedInRegistration,
  ]),
  tried('N125', 'a sector that does not list the redirects: refused', [
    register,
    refusedInRegistration,
  ]),
  tried(
    'N127',
    'no initial access token, a wrong one, one in the body: 401',
    [register, 'N127: by default needs an initial access token'],
    [register, 'N127: %s refuses a wrong initial access token'],
  ),
  tried('N128', 'a hundred registrations at once: a hundred clients, digests alone stored', [
    register,
    'N128',
  ]),
  tried('N130', 'a deleted client: its tokens and codes are dead', [
    'registration/manage',
    'O07, N130',
  ]),
  tried(
    'N131',
    'a token that is unknown or revoked: 200',
    [revoke, '%s: 200, and nothing is written'],
    [revoke, 'a token that was revoked before'],
  ),
  tried(
    'N133',
    'no credentials: 401; no token: 400',
    [revoke, 'nobody without credentials, or with wrong ones: 401'],
    [revoke, 'nobody without a token, or with two: 400'],
  ),
  tried('N134', 'a wrong hint: revoked all the same', [revoke, 'the hint %s does not matter']),
  tried('N136', 'D1 fails: 503, and never 200', [
    'advisories/tokens',
    'GHSA-7mqr-2v3q-v2wm, CVE-2020-15223',
  ]),
  tried('N137', 'no credentials: 401', [introspect, 'nobody with wrong credentials or none: 401']),
  tried('N139', 'a public client asks about another: inactive', [
    introspect,
    'a public client about its own tokens, and about no other’s',
  ]),
  tried(
    'N140',
    'the key set is public, complete and kept for a bounded time',
    [discovery, 'has public members only, each key its name, use and algorithm, no name twice'],
    [discovery, '%s may be kept for a while and read by any page'],
  ),
  tried(
    'N142',
    'access tokens say what they are; an ID token is none',
    ['endpoints/token', 'name issuer, user, audience, client, times, scope and line'],
    [discovery, 'verifies an access token for a stranger who knows nothing but the issuer'],
    ['openid/claims', 'takes no token of a client, no ID token, and no token in the query'],
  ),
  tried('N143', 'no token: 401 and a bare challenge', [
    userinfo,
    'no token: 401 with a challenge that says no more',
  ]),
  tried('N145', 'a token under another scheme: 401', [
    userinfo,
    'the scheme %s is not Bearer, whatever the token',
  ]),
  tried('N146', 'a token in header and form: 400', [
    userinfo,
    'the token in header and form: invalid_request',
  ]),
  tried('N148', 'a token without openid: insufficient_scope', [
    userinfo,
    'a token without openid: insufficient_scope',
  ]),
  tried(
    'N149',
    'each of the broken proofs of the conformance module: refused',
    [proofs, '%s: 401'],
    [proofs, '%s: 200'],
    [proofs, 'more than one DPoP in the header: 401'],
    [proofs, 'signed using RS256: 401'],
    [proofs, 'DPoP reuse: the first use of jti is 200, the second 401'],
    [proofs, 'the port is not considered if that is the default for the scheme'],
    [proofs, "changed to 'Bearer': 401"],
    ['endpoints/dpop', 'M019: %s: invalid_dpop_proof'],
  ),
  tried(
    'N151',
    'a code for one key, a proof of another: refused, not burnt',
    ['openid/dpop', 'M023: another key, or none, neither redeems the code nor burns it'],
    ['fapi/token', '%s: another key is refused and does not burn the code, its own is taken'],
    ['fapi/token', 'ensure-mismatched-dpop-jkt-fails'],
  ),
  tried('N152', 'a bound refresh token without its key: refused, nothing ends', [
    shared,
    'M032: without proof or with another key 20 times 400, nothing written, nothing revoked',
  ]),
  tried(
    'N154',
    'a request_uri inside a pushed request: refused',
    ['endpoints/par', 'M061: a request_uri in the form is invalid_request'],
    ['openid/request-object', 'RFC 9101 6: what is no request object of the client'],
  ),
  tried(
    'N155',
    'a reference of another client, an old one, a used one: no code',
    [fapi, 'attempt-to-use-request_uri-for-different-client'],
    [fapi, 'attempt-to-use-expired-request_uri'],
    [fapi, 'par-attempt-reuse-request_uri'],
  ),
  tried(
    'N157',
    'polls: too fast, pending, denied, expired, of another client',
    [device, 'DV5: slows a device down that does not wait'],
    [device, 'DV5: waits for the user, then gives tokens'],
    [device, 'says what stands where it is sent twice'],
    [device, 'DV5: expired_token after ten minutes'],
    [device, 'M076: polls of another client slow nobody down'],
  ),
  tried(
    'N158',
    'user codes: guesses are limited, nobody approves for somebody else',
    [device, 'DV4: refuses the eleventh code of a user after ten wrong ones'],
    [device, 'takes no form that was not shown in this browser to this session'],
    ['advisories/codes', 'GHSA-cq3f-vc6p-68fh'],
  ),
  tried(
    'N160',
    'an assertion about a user that does not count: invalid_grant, nothing stored',
    ['endpoints/edge-requests', 'N160'],
    [assertion, 'JB3: is used once, with a jti or without'],
  ),
  tried('N161', 'a sign-in from elsewhere: 403, no session', [
    login,
    'a form %s is 403, and nobody is signed in',
  ]),
  tried('N163', 'cookies: prefix, Secure, HttpOnly, Lax', [
    login,
    'over https are bound to this very host',
  ]),
  differing(
    'N164',
    'an unknown user and a wrong password: one answer, the same work',
    'no test is timed: the same storage calls and the same number of hashes stand for the time',
    [login, 'same page, same headers, same storage calls'],
    ['races/password', 'of a name that nobody has are counted and hashed all the same'],
    ['crypto/password', 'costs the same work where there is no such user'],
  ),
  tried(
    'N166',
    'passwords: a cap, never cut, every byte counts, one normalisation',
    [login, 'one with a NUL, and one of a megabyte, are refused before any work'],
    [login, 'one of 1 KiB counts to its last byte'],
    [login, '%s signs in'],
    ['crypto/password', 'counts every byte beyond 72'],
  ),
  tried('N167', 'no address of the request is followed after a sign-in', [
    login,
    'never to an address of the request: %s',
  ]),
  tried('N169', 'after a sign-out: login_required, and a logout token as it should be', [
    logout,
    'the client gets a logout token (%s), then the browser',
  ]),
  tried(
    'N170',
    'addresses in private networks: refused when registered, nothing sent',
    [privateAddresses, '%s: %s is 400 for whoever registers it, and no request leaves'],
    [privateAddresses, 'a provider at %s is 400, and no request leaves'],
    ['federation/client-documents', 'M043: with %s is refused, and no request goes out'],
    ['federation/outbound-url', 'refuses %s: %s'],
  ),
  differing(
    'N172',
    'a name that spells a private address is refused',
    'what a public name resolves to cannot be seen or pinned in a Worker: SECURITY.md says so',
    ['federation/outbound-url', 'refuses %s: %s'],
  ),
  tried(
    'N173',
    'an address of this server is not fetched, and the platform’s flag is set',
    [privateAddresses, '%s: %s is 400 for whoever registers it, and no request leaves'],
    ['federation/outbound', 'refuses our own address'],
    ['scoreboard/rows', 'N173'],
  ),
  tried(
    'N175',
    'CORS as designed: credentials never with *, Vary, preflights that list',
    [cors, '%s: any https or loopback origin may try'],
    [cors, '%s: anyone may ask, with any header, without credentials'],
    [cors, 'may be read by %s, an origin of the client'],
  ),
  tried(
    'N176',
    'null and foreign origins may read nothing',
    [cors, 'not the origin %j'],
    [cors, 'may not be read by %j, and are given all the same'],
  ),
  differing(
    'N178',
    'no other method and no other spelling reaches an endpoint',
    'a Worker is never asked with TRACE: the platform refuses it; an invented method stands for it',
    [general, '%s is no other way to the token endpoint'],
    [general, 'nothing is at %s: no address has a second spelling'],
    [general, 'an invented method at %s is refused'],
    [discovery, '%s answers HEAD, and 405 to what would write'],
  ),
  tried(
    'N179',
    'issuer and links come from the settings alone',
    [general, 'headers that proxies set change nothing'],
    [general, 'in production %s is another server: 421, and nothing is done'],
    ['openid/config', 'N179'],
  ),
]
