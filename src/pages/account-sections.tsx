// The pages under /account, in one table: the navigation, the overview and the addresses that a fresh
// sign-in can lead back to derive from it.

import type { Child } from 'hono/jsx'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { rpIdOf } from '../core/server/rp-id.ts'
import { Name } from './display-name.tsx'
import { fill } from './fill.ts'
import { languages } from './language.ts'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'
import type { ShownUser } from './user.tsx'

/** What the overview says about an account. */
export type AccountFacts = {
  user: ShownUser
  email: string | null
  isEmailVerified: boolean
  hasPassword: boolean
  hasTotp: boolean
  /** The language that the person chose; null = none. */
  locale: string | null
  passkeys: number
  recoveryCodes: number
  sessions: number
  apps: number
}

type Group = keyof Texts['accountPages']['groups']
export type SectionName = keyof Texts['accountPages']['sections']

/** A page under /account, or a part of /account itself. */
export type Section = {
  name: SectionName
  path: `/account${string}`
  group: Group
  /** Whether a deployment has the page; absent = every one. */
  isShown?: (as: AuthorizationServer) => boolean
  /** Its state, in a few words. */
  state: (facts: AccountFacts, texts: Texts) => Child
}

/** The most characters of a name in the overview, which stays small with any names in it. */
const longestName = 28

const counted = (sentence: string, count: number, { accountPages }: Texts): Child =>
  count === 0 ? accountPages.none : fill(sentence, { count })

const hasFactors = ({ settings }: AuthorizationServer): boolean => settings.factors.mfa !== 'off'

export const accountSections: readonly Section[] = [
  {
    name: 'profile',
    path: '/account/profile',
    group: 'you',
    state: ({ user }) => <Name longest={longestName}>{user.username}</Name>,
  },
  {
    name: 'email',
    path: '/account/email',
    group: 'you',
    isShown: ({ mailer }) => mailer !== null,
    state: ({ email, isEmailVerified }, { accountPages }) =>
      email === null ? (
        accountPages.none
      ) : (
        <>
          <Name longest={longestName}>{email}</Name> ·{' '}
          {accountPages[isEmailVerified ? 'verified' : 'notVerified']}
        </>
      ),
  },
  {
    name: 'language',
    path: '/account/language',
    group: 'you',
    state: ({ locale }, { accountPages }) => {
      const language = languages.find((known) => known === locale)
      return language === undefined ? accountPages.byBrowser : textsIn(language).languageName
    },
  },
  {
    name: 'password',
    path: '/account/password',
    group: 'signIn',
    state: ({ hasPassword }, { accountPages }) => accountPages[hasPassword ? 'set' : 'notSet'],
  },
  {
    name: 'passkeys',
    path: '/account/passkeys',
    group: 'signIn',
    isShown: (as) => rpIdOf(as) !== null,
    state: ({ passkeys }, texts) => counted(texts.accountPages.added, passkeys, texts),
  },
  {
    name: 'totp',
    path: '/account/totp',
    group: 'signIn',
    isShown: hasFactors,
    state: ({ hasTotp }, { accountPages }) => accountPages[hasTotp ? 'on' : 'off'],
  },
  {
    name: 'recoveryCodes',
    path: '/account/recovery-codes',
    group: 'signIn',
    isShown: hasFactors,
    state: ({ recoveryCodes }, texts) => counted(texts.accountPages.left, recoveryCodes, texts),
  },
  {
    name: 'browsers',
    path: '/account#sessions',
    group: 'access',
    state: ({ sessions }, texts) => counted(texts.accountPages.signedIn, sessions, texts),
  },
  {
    name: 'apps',
    path: '/account#clients',
    group: 'access',
    state: ({ apps }, texts) => counted(texts.accountPages.withAccess, apps, texts),
  },
  {
    name: 'data',
    path: '/account/data',
    group: 'data',
    state: (_facts, { accountPages }) => accountPages.dataState,
  },
  {
    name: 'delete',
    path: '/account/delete',
    group: 'data',
    isShown: ({ settings }) => settings.people.selfDelete,
    state: (_facts, { accountPages }) => accountPages.deleteState,
  },
]

/** Returns the sections that a deployment has. */
export const sectionsOf = (as: AuthorizationServer): readonly Section[] =>
  accountSections.filter(({ isShown }) => isShown?.(as) ?? true)
