// NIST SP 800-63B-4 (revision 4), sections 2 to 5, as far as they speak about what a verifier does with
// passwords, codes, passkeys, tries, sessions and recovery: in our own words. Left out are rows about
// biometrics, telephones, postal mail and federal agencies, which have nothing here to be about.
import type { Requirement } from './requirement.ts'
import { met, notMet, onDemand } from './requirement.ts'

const [shall, should] = [1, 2] as const

export const nist: readonly Requirement[] = [
  met(
    '2.1.3',
    shall,
    'a session has an end that activity does not move',
    '14 days, at most a day of idleness, both settings',
    [['store/sessions', 'that is used lives on, never beyond its absolute expiry']],
  ),
  onDemand(
    '2.2.3',
    should,
    'with two factors: 24 hours in all, one hour idle',
    'SESSION_LIFETIME and SESSION_IDLE_LIFETIME; the defaults are longer, and max_age asks for less',
    [['openid/basic', 'asks again, and the second ID token has a later auth_time']],
  ),
  onDemand(
    '2.2.1',
    shall,
    'two factors where they are needed',
    'a policy for the deployment, a client or a role',
    [
      ['openid/totp-enrolment', 'leads whoever has none to set one up'],
      ['openid/acr', 'require_acr: a password alone is no grant'],
    ],
  ),
  met('2.2.2', shall, 'one way to sign in that cannot be phished', 'passkeys', [
    ['openid/passkeys', 'P14: but not for the challenge of another screen'],
  ]),
  met(
    '3.1.1.1',
    shall,
    'no rule but a list says which password is too weak',
    'length, one’s own names, and the list',
    [['openid/sign-up', 'is none of the common ones that the operator has listed in KV']],
  ),
  met('3.1.1.2 (1)', shall, 'passwords have eight characters or more', 'eight', [
    ['account/profile', 'refuses a first one that is too short'],
  ]),
  notMet(
    '3.1.1.2 (1), 15',
    should,
    'passwords have 15 characters or more',
    'eight are enough, because a second factor and a limit of tries stand beside them',
    [],
  ),
  met('3.1.1.2 (2)', should, 'passwords may have 64 characters', 'up to 1,024 bytes', [
    ['crypto/password', 'counts every byte beyond 72'],
  ]),
  met(
    '3.1.1.2 (4)',
    should,
    'any character counts, in one normal form',
    'NFKC; a code point is a character',
    [['crypto/password', 'spellings are one password']],
  ),
  met(
    '3.1.1.2 (6)',
    shall,
    'no password has to be changed by date',
    'only after an operator’s reset',
    [['openid/temporary-password', 'is changed after the sign-in']],
  ),
  met(
    '3.1.1.2 (9)',
    shall,
    'the whole password is compared',
    'a longer one is refused, never cut',
    [
      ['crypto/password', 'counts every byte beyond 72'],
      ['crypto/password', 'matches exactly what was set'],
    ],
  ),
  onDemand(
    '3.1.1.2, list',
    shall,
    'new passwords are compared with a list of common ones',
    'with the list that the operator puts into KV; without one, with the person’s own names alone',
    [['openid/sign-up', 'is none of the common ones that the operator has listed in KV']],
  ),
  met(
    '3.1.1.2, paste',
    shall,
    'password managers can fill it in, and people can see it',
    'autocomplete names the field, and a button shows it',
    [['browser/sign-in', 'shows the password that is typed']],
  ),
  met(
    '3.1.1.2, hash',
    shall,
    'passwords are salted and hashed at a cost',
    '600,000 rounds of PBKDF2 or Argon2id, a salt of 128 bits',
    [
      ['crypto/password', 'stores the parameters, the key id, a salt of 128 bits'],
      [
        'crypto/password',
        'never asks for more than 100,000 iterations in one call, and for 600,000 in all',
      ],
    ],
  ),
  met(
    '3.1.1.2, key',
    should,
    'a secret that is kept elsewhere takes part',
    'each hash is sealed under MASTER_KEY',
    [['crypto/password', 'cannot be checked with the database alone']],
  ),
  met('3.1.2.2', shall, 'a recovery code counts once', 'one statement decides', [
    ['openid/totp-enrolment', 'P21: counts once'],
    ['openid/totp-enrolment', 'P21: twenty at once are one sign-in'],
  ]),
  met(
    '3.1.2.2, hash',
    shall,
    'recovery codes of less than 112 bits are hashed with a salt, or a key',
    'keyed under MASTER_KEY',
    [['secrets', 'O19: %s']],
  ),
  notMet(
    '3.1.3.1',
    shall,
    'mail is no second channel for authentication',
    'a code by mail signs in where the operator allows it; it counts as one factor, never as the second',
    [['openid/mail-sign-in', 'P20: is asked for it after the code']],
  ),
  met(
    '3.1.3.2',
    shall,
    'a code that was sent counts once, for ten minutes, and tries are limited',
    'five tries',
    [
      ['endpoints/forgot', 'P03: is dead after five wrong ones'],
      ['endpoints/forgot', 'P10: the mail before is dead after the next one'],
    ],
  ),
  met('3.1.4.2', shall, 'a code of an app counts once', 'the step is remembered', [
    ['openid/second-factor', 'P19: counts once, also in another browser'],
    ['openid/second-factor', 'P19: of an earlier step counts no more'],
  ]),
  met('3.1.4.2, tries', shall, 'tries of codes are limited', 'five, then 15 minutes', [
    ['openid/second-factor', 'P19: five wrong codes lock the user for 15 minutes'],
  ]),
  met('3.1.4.2, secret', shall, 'the secrets of apps are protected', 'sealed under MASTER_KEY', [
    ['secrets', 'O19: %s'],
  ]),
  met(
    '3.1.7.2',
    shall,
    'a passkey counts with the person verified',
    'user verification is demanded',
    [
      ['openid/own-passkeys', 'by options that ask for a verified user'],
      ['openid/passkeys', 'P14: but not with %s: refused, one event'],
    ],
  ),
  notMet(
    '3.2.2',
    shall,
    'at most 100 failed tries in a row for an account',
    '100 for a name in 15 minutes, then one a minute, and an account has two names: a lock that strangers can close is a weapon against its owner',
    [
      ['races/password', 'guesses from many addresses are too many in the end'],
      ['races/password', 'do not tell whose names belong together'],
      ['advisories/people', 'CVE-2025-24806'],
    ],
  ),
  met(
    '3.2.2, browsers',
    should,
    'strangers cannot lock somebody out',
    'a browser that the account knows counts for itself',
    [['races/password', '27 accounts under attack from one address']],
  ),
  met(
    '3.2.5',
    shall,
    'what resists phishing is bound to the name of the server',
    'the origin of a passkey is compared',
    [
      ['openid/passkeys', 'is the host of the issuer, or a domain above it: %s'],
      ['openid/passkeys', 'P14: but not with %s: refused, one event'],
    ],
  ),
  met(
    '3.2.7',
    shall,
    'what was sent once is worth nothing again',
    'challenges, codes and half sign-ins count once',
    [
      ['races/passkeys', 'P14: one challenge used 20 times at once signs in once'],
      ['openid/second-factor', 'P20: goes on once'],
    ],
  ),
  met(
    '3.2.12',
    shall,
    'secrets are random, by an approved generator',
    'crypto.getRandomValues; 256 bits',
    [['crypto/secret', 'a secret has 256 random bits']],
  ),
  met(
    '4.1.2.1',
    shall,
    'a new factor needs a sign-in as strong as the account has',
    'a fresh sign-in, with the second factor; a provider’s sign-in is whole, because the provider asks for the factors of its own accounts',
    [
      ['openid/totp-enrolment', 'are created by a fresh sign-in alone'],
      ['openid/older-session', '%s before it has proved that factor'],
    ],
  ),
  met(
    '4.1.2.1, notice',
    shall,
    'people are told of a new factor',
    'by mail, where the deployment sends any',
    [
      ['account/notices', 'that a passkey was added or removed'],
      ['account/notices', 'that an authenticator app was added or removed'],
    ],
  ),
  notMet(
    '4.2.1.1',
    shall,
    'a saved recovery code has 64 bits',
    'ten codes of 50 bits each, behind the password and a limit of five tries',
    [['openid/totp-enrolment', 'are ten of ten characters']],
  ),
  met('4.2.1.2', shall, 'a recovery code by mail counts for 24 hours at most', 'half an hour', [
    ['endpoints/forgot', 'counts for half an hour'],
  ]),
  met(
    '4.2.2.2',
    shall,
    'an account with two factors is not recovered by mail alone',
    'a new password never removes the second factor',
    [['endpoints/forgot', 'is asked for with the new password, and stays']],
  ),
  met('4.2.3', shall, 'people are told of a recovery', 'by mail to the address of the account', [
    ['endpoints/forgot', 'that was set is told to the address of the account'],
  ]),
  notMet('4.6', shall, 'two addresses for notices', 'an account has one address', []),
  met('5.1', shall, 'the secret of a session is random and new at each sign-in', '256 bits', [
    ['browser/sign-in', 'gives a new session at every sign-in, and ends the one before'],
  ]),
  met('5.1, end', shall, 'a secret ends with the sign-out', 'at the server, whoever has a copy', [
    ['openid/account', 'ends the session and says so; the cookie that a thief kept is dead'],
  ]),
  met(
    '5.1, forgery',
    shall,
    'forms prove where they come from',
    'a token of the browser, and Sec-Fetch-Site',
    [['openid/login', 'a form %s is 403, and nobody is signed in']],
  ),
  met(
    '5.1.1',
    shall,
    'the cookie is for https, this host and no script',
    '__Host-, Secure, HttpOnly, SameSite=Lax',
    [
      ['openid/login', 'over https are bound to this very host'],
      ['browser/sign-in', 'sets cookies for this server alone'],
    ],
  ),
  met(
    '5.2',
    shall,
    'a session ends by itself, and a new sign-in begins anew',
    'absolute and idle ends',
    [['store/sessions', 'ends at its absolute expiry']],
  ),
]
