// What attackers found in an earlier state, A01 to A34: each was mended by its kind.
import { tried, type Case } from './case.ts'

const authorize = 'openid/authorize'
const guesses = 'races/password'
const consent = 'openid/consent'
const account = 'openid/account'
const code = 'openid/code'
const providers = 'federation/provider-account'
const links = 'federation/account-links'
const logout = 'openid/rp-initiated-logout'
const notices = 'openid/back-channel-logout'
const introspect = 'endpoints/introspect'
const general = 'endpoints/general'
const transport = 'endpoints/transport'
const masterKey = 'faults/master-key'
const stepUp = 'federation/step-up'
const claims = 'openid/claims'
const trafficOps = 'dialects/traffic-ops'
const korap = 'dialects/korap-authorize'

export const reviewFindings: readonly Case[] = [
  tried(
    'A01',
    'strangers write nothing; a request is bounded',
    [authorize, '%s are refused on our page, and nothing is written'],
    ['abuse/floods', '%s: writes nothing'],
  ),
  tried(
    'A02',
    'nobody is shut out by the tries of somebody else',
    [guesses, '27 accounts under attack from one address: all their owners sign in from another'],
    [guesses, 'a try that its address may not make counts for no account'],
    [
      'openid/login',
      'but nobody can lock out a browser that the account has signed in with before',
    ],
  ),
  tried(
    'A03',
    'consent covers and names its resource; a machine gets its own alone',
    [consent, 'a consent does not cover %s'],
    [consent, 'shows one that nobody registered by its host, a registered one as it is'],
    [
      'endpoints/token',
      'in a deployment a client in its own name names only what is registered for it',
    ],
  ),
  tried(
    'A04',
    'the scope authorize is no consent’s; what it makes ends with its grant',
    [korap, 'is not open to a client that a person allowed the scope authorize'],
    [korap, 'what a token makes ends with its grant: %s'],
    [korap, 'does not go beyond what the user allowed the client at our own page'],
  ),
  tried(
    'A05',
    'an address and its verification come from one document',
    [providers, 'a flag of userinfo says nothing about an address of the ID token'],
    [providers, 'two words about email_verified are refused'],
  ),
  tried('A06', 'addresses are equal but for ASCII case, or different', [
    providers,
    'an address that is another one after compatibility folding is refused',
  ]),
  tried('A07', 'a link by address needs both sides verified', [
    providers,
    'needs an address that is verified here, too',
  ]),
  tried(
    'A08',
    'a username in the form of an address is the account’s own',
    [providers, 'is in the form of an address only as the account’s own verified address'],
    [providers, 'is a neutral one where the provider’s is an address: %s'],
  ),
  tried(
    'A09',
    'links need a fresh sign-in, are told, and end with a new password',
    [links, 'link after five minutes asks who it is, and comes back'],
    [links, 'unlink after five minutes asks who it is'],
    [links, 'by the operator does the same'],
    [links, 'ends the links of the last 30 days, but not those that are kept by name'],
    [links, 'sees and ends the links of a user'],
    ['account/notices', 'that an account at a provider was linked or unlinked'],
  ),
  tried('A10', 'a new password or “everywhere else” gives the session a new secret', [
    account,
    'gives this session a new secret: a copy of its cookie is dead',
  ]),
  tried(
    'A11',
    'no answer tells of a logout that did not happen',
    [logout, 'with a hint that no address could hold it signs out'],
    [logout, 'with a state that no address can hold it is refused, and nobody is signed out'],
  ),
  tried(
    'A12',
    'a row is no code; one authorization, one redemption',
    [code, 'what stands in the row of a parked one is no code, nor part of one'],
    [code, 'is one authorization, whatever other code has the same facts sealed in it'],
    [code, 'is one code however its last character is written'],
  ),
  tried(
    'A13',
    'logout notices are fair between clients',
    [notices, 'a healthy client is told by the request that ends the session'],
    [notices, 'a client that does not answer has two attempts at a time'],
  ),
  tried('A14', 'a client is told although its grant has expired', [
    notices,
    'a client whose %s shorter than the session, after cron has cleaned up',
  ]),
  tried(
    'A15',
    'rows that people cause are bounded in size and rate',
    ['store/audit', 'an audit row is bounded, whatever came with the request'],
    [account, 'what ends nothing leaves no row, however long its name is'],
    [account, 'one person’s events of one kind are at most 20 a minute'],
  ),
  tried(
    'A16',
    'who a user is is told to whom it concerns',
    [introspect, 'of a pairwise client’s token: the pairwise subject, and the name to the client'],
    [introspect, 'of a token for a resource: its client and that resource’s server alone'],
    [introspect, 'a refresh token concerns the client that it was issued to and nobody else'],
  ),
  tried('A17', 'a face tells who somebody is to tokens that may know it', [
    'dialects/cms',
    'with the scope %s of a client %o',
  ]),
  tried(
    'A18',
    'plain http is refused, HSTS and nosniff are everywhere',
    [transport, '%s: nothing is sniffed, no referrer, https for two years'],
    [transport, '%s is refused before anything is done (%j)'],
    [transport, 'a GET of the page %s goes on over https, at the issuer'],
  ),
  tried(
    'A19',
    'a foreign Host is 421; links are the issuer’s',
    [general, 'in production %s is another server: 421, and nothing is done'],
    [general, 'in production what was made of %s is at an address of the issuer'],
  ),
  tried(
    'A20',
    'private schemes that something else acts on, wildcards, final dots: not registered',
    ['protocol/redirect-uri', 'RFC 9700 2.1, RFC 8252 7: what may be registered'],
    ['protocol/redirect-uri', 'RFC 8252 7.1: a private-use scheme is one that nobody else acts on'],
    ['admin/odd-names', 'A20'],
  ),
  tried(
    'A21',
    'names of blanks, marks and invisible letters: refused',
    ['core/people/login-name', 'what cannot be a username: RFC 8265, UsernameCaseMapped'],
    ['core/people/login-name', 'what cannot be an e-mail address'],
    ['admin/odd-names', 'A21'],
    ['account/profile', 'A21: is none that a reader takes for another, or for nothing'],
  ),
  tried(
    'A22',
    'special-use names and names that spell an address: refused',
    ['federation/outbound-url', 'refuses %s: %s'],
    ['admin/odd-names', 'A22'],
  ),
  tried(
    'A23',
    'a rotation of MASTER_KEY takes nobody for a thief and no password for wrong',
    [masterKey, 'has no moment at which a grant, a password or a token stops working'],
    [masterKey, 'is 503 at refresh, introspection and revocation, and nothing ends'],
    [masterKey, 'is 503 and not wrong, and no try is counted'],
    ['endpoints/health', 'names the rows that no listed key opens'],
    ['admin/rewrap', 'reaches passwords, signing keys, secrets of providers'],
  ),
  tried(
    'A24',
    'max_age goes to the provider, whose auth_time counts',
    [stepUp, 'is what the client asks of us: %j'],
    [stepUp, 'that is older than %s allows is refused'],
    [stepUp, 'proves no new sign-in: the session states what it did before (%j)'],
  ),
  tried(
    'A25',
    'a client of many grants ends by one row',
    ['store/grants', 'has one row for a client that was deleted, however many grants it had'],
    ['store/grants', 'has one row for a user who was %s'],
  ),
  tried('A26', 'a parameter twice is an answer at the client', [
    authorize,
    '%s: %j is refused at the client',
  ]),
  tried(
    'A27',
    'a form of another site signs nobody in',
    [trafficOps, '$path refuses $page, and sets no cookie'],
    [trafficOps, '%s takes JSON alone from a page of its own origin'],
  ),
  tried('A28', 'throttling does not tell whose names belong together', [
    guesses,
    'do not tell whose names belong together',
  ]),
  tried('A29', 'everything with access is shown and ends', [
    account,
    'an app with 205 grants is one entry, 105 sessions are each; ending all ends them, too',
  ]),
  tried(
    'A30',
    'a thief in step is found out',
    [
      'races/refresh',
      'a thief who keeps in step within the grace shares two successors and no third',
    ],
    ['races/refresh', 'a public client that lost two answers in a row goes on'],
  ),
  tried(
    'A31',
    'sub in the claims parameter binds the user',
    [claims, '5.5.1: sub binds the user: %s'],
    [claims, '3.1.2.2: sub binds the user beside an id_token_hint of somebody else, too'],
  ),
  tried(
    'A32',
    'a compromised key is withdrawn at once',
    ['admin/keys', 'ends it at once: out of the JWKS, none of its tokens counts, a new key signs'],
    ['admin/keys', 'is refused wherever a token or a hint is taken'],
  ),
  tried(
    'A33',
    'an encoded path is nothing',
    [general, 'nothing is at %s: no address has a second spelling'],
    [general, 'nothing is where %%%s is written for an unreserved character'],
  ),
  tried(
    'A34',
    'grace after a clock went back, dead links, client revocation, a lost secret, odd issuers',
    ['faults/clock-and-keys', 'a superseded refresh token gets no grace from it'],
    [links, 'does not take a link to a provider that is %s for another way in'],
    ['admin/clients', 'ends its lines, its own tokens and codes on their way'],
    ['admin/idempotency', 'gives the secret that opens what the first try made'],
    ['admin/odd-names', 'A34'],
    [general, 'in production no issuer is %s'],
  ),
]
