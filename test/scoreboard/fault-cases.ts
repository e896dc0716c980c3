// The table of faults, F01 to F40: what is injected, and the promise that holds all the same.
import { differing, tried, type Case } from './case.ts'

const kv = 'faults/kv'
const d1 = 'faults/d1'
const keys = 'faults/clock-and-keys'
const everyAwait = 'faults/every-await'
const abandoned = 'faults/abandoned'
const races = 'races/refresh'
const schema = 'faults/older-schema'

const wholeLife = 'a whole life of a grant goes as if nothing were'

export const faultCases: readonly Case[] = [
  tried(
    'F01',
    'KV throws: D1 answers, and readiness names KV',
    [kv, wholeLife],
    ['endpoints/health', 'names the %s that fails'],
  ),
  tried('F02', 'KV knows nothing yet: D1 answers', [kv, wholeLife]),
  tried('F03', 'KV has an old word: a revoked grant is refused', [
    kv,
    'an absent revocation in KV lets nobody in: D1 decides',
  ]),
  differing(
    'F04',
    'KV refuses to write after a rotation: the client has its token, the next refresh works',
    'KV holds no refresh token; what it holds for an outage of D1 may be missing',
    ['advisories/tokens', 'workers-oauth-provider 0.6.0'],
    ['faults/outage-over', 'call $nth $fault: the grant goes on by one generation'],
  ),
  tried('F05', 'KV refuses a revocation: refused at once, KV is told by cron', [
    kv,
    '%s: 200, refused at once, and cron tells KV later',
  ]),
  tried('F06', 'KV is away for long: nobody is shut out, nobody let in', [kv, wholeLife]),
  tried(
    'F07',
    'a KV key for less than a minute: kept for a minute',
    [abandoned, 'a revocation that KV hears of late, when few seconds are left'],
    ['endpoints/refresh', 'in the last %i s of the grant it is still no failure'],
  ),
  tried(
    'F08',
    'D1 fails at the client: 503, never invalid_client',
    [d1, 'a client that is remembered goes on meanwhile, an unknown one hears 503'],
    [d1, 'a wrong secret is not called wrong while nobody can tell'],
    [everyAwait, '$name: with D1 away it is 503, never a word about credentials'],
  ),
  tried('F09', 'a rotation is not applied: 503, the old token is good', [
    d1,
    'not applied: 503, and the old token is still good',
  ]),
  tried(
    'F10',
    'the word of a commit is lost: the row tells',
    [d1, 'applied, and the word was lost: the row tells whose it was'],
    [d1, 'applied, and the row cannot be read either: 503, and a plain retry'],
  ),
  tried(
    'F11',
    'D1 is silent: 503 by our own deadline, no write twice',
    [d1, '%s ends by its own deadline with 503'],
    [d1, 'a write that may have happened is not done a second time'],
  ),
  tried(
    'F12',
    'the last statement of a batch fails: nothing of it is there',
    [
      'store/users-clients-keys',
      'a username that is another’s e-mail address is taken, and nothing of the batch remains',
    ],
    [abandoned, 'at its call %i leaves a whole client or none'],
  ),
  tried(
    'F13',
    'the deciding statement matches nothing: no row appears',
    ['store/grants', 'refuses where a consent or a session is demanded that is not there'],
    ['store/grants', 'of ten at once one is redeemed, nine are replays of it'],
    ['store/used-identifiers', 'is nothing: no consent, no line of audit'],
  ),
  tried('F14', 'no query is sent to a replica', ['store/replicas', 'F14']),
  tried(
    'F15',
    '50 redemptions at once: one grant',
    ['races/codes', 'every loser was a valid replay'],
    ['races/codes', 'two isolates decide as one'],
    ['races/codes', 'thieves without verifier or secret neither win nor harm'],
  ),
  tried('F16', '50 refreshes at once: one successor', [
    races,
    'advance the generation once, and every answer carries the same successor',
  ]),
  tried('F17', '50 refreshes at once without grace: one wins', [
    races,
    'one wins, the others look',
  ]),
  tried(
    'F18',
    'a refresh beside what ends its grant: no token lives',
    [races, '%s: afterwards no token of the grant counts, whoever came first'],
    [races, 'a password change: nobody who signed in with the old one stays'],
  ),
  tried(
    'F19',
    'sign-ups of one address at once: one user, one answer',
    [
      'openid/sign-up',
      'P11: 50 sign-ups of one address at once: one user, and all answers are alike',
    ],
    ['store/users-clients-keys', 'F19: of ten at once with one e-mail address in ten spellings'],
  ),
  tried(
    'F20',
    'registrations at once, or while D1 fails: all or nothing',
    ['registration/register', 'N128'],
    [abandoned, 'at its call %i leaves a whole client or none'],
  ),
  tried(
    'F21',
    'decisions about one device at once: one final state',
    ['races/device', 'of two users who allow one device at once, it belongs to one'],
    ['openid/device', 'says what stands where it is sent twice'],
  ),
  tried(
    'F22',
    'one jti 50 times at once: one passes',
    ['endpoints/private-key-jwt', 'of 50 requests with one assertion at %s one wins'],
    ['races/dpop', 'client_credentials'],
  ),
  tried(
    'F23',
    'the worker ends after a rotation: a retry gets the same successor',
    [d1, 'applied, and the row cannot be read either: 503, and a plain retry'],
    [abandoned, 'at call %i, which %s: another request goes on, by one generation'],
  ),
  tried('F24', 'the worker ends after a redemption: a retry is a replay, nobody gains', [
    d1,
    'applied, and the row cannot be read either: 503, and a retry is a replay',
  ]),
  tried('F25', 'the worker ends after a revocation: refused, KV is told by cron', [
    kv,
    '%s: 200, refused at once, and cron tells KV later',
  ]),
  tried('F26', 'the client goes: the state is before the write or after it', [
    abandoned,
    'at call %i, which %s: another request goes on, by one generation',
  ]),
  differing(
    'F27',
    'CPU time ends in a password hash: the try is counted, nobody is let in',
    'npm run deploy names the plan and cannot read it: the platform tells no command which plan an account has',
    [abandoned, 'the try is counted already, and nobody is let in'],
    ['crypto/password', 'never asks for more than 100,000 iterations in one call'],
    ['operator/deploy', '--help says what there is and deploys nothing'],
  ),
  tried(
    'F28',
    'clocks a minute apart: everything goes on',
    [keys, 'by %i ms: a grant goes on from one to the other'],
    ['clocks/steps', 'proofs and assertions of a client with the right time count at both'],
    ['fapi/token', '%s: invalid_client at PAR and at the token endpoint'],
  ),
  tried(
    'F29',
    'a clock goes back: at most so much younger, nothing counts twice',
    ['clocks/steps', 'back by %i ms: what has expired is at most so much younger'],
    ['clocks/steps', 'back by %i ms: what counts once still does'],
    [keys, 'a superseded refresh token gets no grace from it'],
  ),
  tried(
    'F30',
    'keys are rotated under load: each token verifies',
    ['clocks/rotation', 'two rotations: every token verifies by every JWKS that may be held'],
    [keys, 'published at once, in use when every kept JWKS has gone'],
  ),
  tried(
    'F31',
    'no signing key, or a malformed secret: 503, nothing unsigned, no other key',
    [keys, 'the master key is not the one that wrapped it: 503'],
    ['endpoints/general', 'settings.ts: a worker with a fault answers 503 and does nothing'],
  ),
  tried(
    'F32',
    'two releases on one schema: both serve',
    ['operator/upgrade', 'O38: the release before serves on the new schema'],
    ['operator/upgrade', 'O38: once the code was rolled back, every grant goes on'],
  ),
  tried(
    'F33',
    'half of the migrations: readiness is red, endpoints answer 503',
    [schema, 'O38: readiness names each migration that has not been applied'],
    [schema, 'O38: where the schema lacks what this release reads, that is 503'],
  ),
  tried(
    'F34',
    'another server is slow, huge, broken, redirects: a deadline, a limit, a clean refusal',
    ['federation/outbound', 'waits three seconds for the whole body'],
    ['federation/outbound', 'reads 64 KiB and not a byte more'],
    ['federation/outbound', 'follows no redirect: %i'],
    ['federation/sign-in-hostile', 'a token endpoint that answers %s'],
  ),
  tried(
    'F35',
    'a client does not take its logout notice: the user is signed out, retries end',
    ['openid/back-channel-logout', 'never answers: the browser is not kept waiting'],
    ['openid/back-channel-logout', '%s: is told again by cron, under the issuer of the settings'],
    [
      'openid/back-channel-logout',
      'a client that does not answer has two attempts at a time, after ever longer pauses',
    ],
  ),
  tried(
    'F36',
    'the Rate Limiting binding throws or is absent: D1 counts',
    [d1, '%s: D1 still counts the tries of the account'],
    ['abuse/limits', 'admits where the binding throws'],
  ),
  tried(
    'F37',
    'isolates come and go: nothing of one request is another’s',
    [d1, 'many users at once in one isolate: each gets what is his own'],
    [d1, 'what one isolate began every other continues'],
  ),
  tried(
    'F38',
    'the database is full: writes 503, tokens are still verified',
    ['faults/full-database', 'still verifies tokens'],
    ['faults/full-database', 'answers sign-ins with 503 and when to come back'],
  ),
  tried(
    'F39',
    'a restored database: the epoch refuses all from before',
    [keys, 'refuses every grant and token from before, and nothing from after'],
    ['clocks/restore', 'refuses everything from before, whether D1 still knows it or not'],
  ),
  tried(
    'F40',
    'an emptied KV: nothing changes',

    [kv, wholeLife],
  ),
]
