// Rules of an earlier state that could be taken out, one at a time, without a test near them noticing,
// K01 to K34; each with the test that fails without it.
import { tried, type Case } from './case.ts'

const login = 'openid/login'
const guesses = 'races/password'
const consent = 'openid/consent'
const code = 'openid/code'
const trafficOps = 'dialects/traffic-ops'
const links = 'federation/account-links'
const grants = 'store/grants'
const sessions = 'store/sessions'
const tokens = 'store/token-standing'
const standing = 'store/standing'
const screens = 'store/used-identifiers'
const refresh = 'endpoints/refresh'
const clients = 'endpoints/client-authentication'

export const unnoticedRules: readonly Case[] = [
  tried('K01', 'a browser is known by its mark alone', [
    login,
    'and a browser with %s is not known',
  ]),
  tried('K02', 'a right password takes back the tries of its own name alone', [
    guesses,
    'are not forgotten with the right password: it takes back its own try alone',
  ]),
  tried('K03', 'a screen is answered once', [
    screens,
    'counts for the screen that waits, and only once',
  ]),
  tried(
    'K04',
    'the cookie of Traffic Ops is no session of a browser',
    [trafficOps, 'the cookie signs nobody in on the pages'],
    [trafficOps, 'opens no page: the session of the face is none of a browser'],
  ),
  tried(
    'K05',
    'a session of a browser is no cookie of Traffic Ops',
    [trafficOps, 'a session of the pages is no cookie of the face'],
    [trafficOps, 'is not opened by the session of a browser'],
  ),
  tried('K06', 'a public client of KorAP proves its code', [
    'dialects/korap-authorize',
    'refuses a public client with %s',
  ]),
  tried('K07', 'an old auth_time of a provider is refused', [
    'federation/step-up',
    'that is older than %s allows is refused',
  ]),
  tried(
    'K08',
    'a state of a journey comes back once',
    [links, 'counts once: its answer cannot be brought again'],
    ['federation/sign-in-hostile', 'twenty answers at once: one counts'],
  ),
  tried('K09', 'the domains of a provider count when linking', [links, 'links no account with %s']),
  tried(
    'K10',
    'a disabled client redeems nothing',
    [code, 'dies with its client, disabled or deleted'],
    [grants, 'refuses a client that is %s'],
  ),
  tried('K11', 'a grant ends with the absolute expiry of its session', [
    grants,
    'where its session is past its absolute expiry, and not where it outlives the session',
  ]),
  tried('K12', 'a revoked grant promises no longer access token', [
    grants,
    'is refused for a grant that was revoked: KV forgets it when the last that it knew of expires',
  ]),
  tried(
    'K13',
    'a grant ends with the not_before of its user',
    [grants, 'where %s'],
    [standing, 'that was made at the instant of %s counts'],
  ),
  tried('K14', 'a session ends with the not_before of its user', [
    sessions,
    'from before the user’s not_before counts for nothing',
  ]),
  tried(
    'K15',
    'a grant is none of a client that was made later',
    [grants, 'where %s'],
    [standing, 'that was made at the instant of %s counts'],
  ),
  tried('K16', 'a disabled user has no session', [
    sessions,
    'of a disabled user counts for nothing',
  ]),
  tried(
    'K17',
    'only the browser that was shown a screen answers it',
    [login, 'a screen of another browser is not shown, but what it was about is asked anew'],
    [consent, 'another browser with the very session is not shown it, but asked anew'],
  ),
  tried('K18', 'a screen that has expired is not answered', [
    screens,
    'does not count from the moment on at which the screen expires',
  ]),
  tried('K19', 'a parked code that has expired is none', ['store/parked-codes', '%s']),
  tried('K20', 'another client learns nothing by narrowing', ['store/rotation', 'M033: %s']),
  tried('K21', 'require_pkce alone requires it', [
    'openid/pkce',
    'is required of a confidential client that is registered to use it',
  ]),
  tried('K22', 'a disabled user gets no link', [
    'federation/provider-account',
    'is not made for a disabled user',
  ]),
  tried('K23', 'a grant past its absolute expiry is not refreshed', [
    grants,
    'does nothing for %s, and tells what is there',
  ]),
  tried('K24', 'the use of a session moves its end no further than its absolute expiry', [
    sessions,
    'that is used lives on, never beyond its absolute expiry',
  ]),
  tried('K25', 'any port counts on loopback alone', [
    'protocol/redirect-uri',
    'RFC 9700 4.1.3: the redirect URI of a request',
  ]),
  tried('K26', 'a code expires at its very millisecond', [
    code,
    'does not work at the very millisecond at which it expires',
  ]),
  tried('K27', 'two credentials at once are refused', [
    clients,
    'not even where both are the same client’s, and right',
  ]),
  tried(
    'K28',
    'a revoked token ends',
    [tokens, 'of a client ends with its own revocation alone'],
    [grants, 'ends with its own revocation, and no other token of the grant with it'],
  ),
  tried('K29', 'a client’s own token ends with the epoch', [
    grants,
    'ends where it is from before the epoch',
  ]),
  tried('K30', 'a grant ends with its user disabled', [grants, 'where %s']),
  tried('K31', 'a session ends with the epoch', [
    sessions,
    'from before the epoch counts for nothing',
  ]),
  tried('K32', 'a code ends with the grant that made it', [
    grants,
    'is redeemed while that grant stands, and not once it was revoked',
  ]),
  tried('K33', 'a successor that was used is not given again', [
    refresh,
    'the successor is given again only while it is the current token',
  ]),
  tried('K34', 'a password that was changed meanwhile opens nothing', [
    grants,
    'refuses a user who %s, and leaves no row and no audit',
  ]),
]
