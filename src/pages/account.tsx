// The account page: what the account has, what has access to it, and how to end it.

import {
  type AccessEntry,
  type AccessList,
  ClientList,
  type SessionEntry,
  SessionList,
} from './account-access.tsx'
import { type AccountFrame, accountSection } from './account-frame.tsx'
import { ChangePassword, type PasswordChange } from './account-password.tsx'
import { type ProviderList, Providers } from './account-providers.tsx'
import type { AccountFacts, Section } from './account-sections.tsx'
import { fill } from './fill.ts'
import { type Form, PostForm } from './form.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'
import { passwordScripts } from './throttled.tsx'
import { UserName } from './user.tsx'

export type AccountProps = {
  facts: AccountFacts
  /** NumericDate seconds. */
  now: number
  /** The last completed action. */
  notice?: keyof Texts['account']['notices']
  /** Posts `session=<id>`. */
  sessions: AccessList<SessionEntry>
  /** Posts `grant=<id>`. */
  clients: AccessList<AccessEntry>
  everywhere: Form
  providers?: ProviderList
  /** Absent if the user has no password here. Posts `current_password`, `new_password`. */
  password?: PasswordChange
}

/** Renders the account page. */
export function accountPage(frame: AccountFrame, account: AccountProps): string {
  const { language } = frame
  const texts = textsIn(language)
  const reader = { language, texts, now: account.now, scopeTexts: frame.scopeTexts }
  const { facts, notice } = account
  return accountSection(frame, {
    current: 'overview',
    lead: fill(texts.signedInAs, { user: <UserName user={facts.user} /> }),
    ...(notice === undefined ? {} : { notice: texts.account.notices[notice] }),
    isRefusal: account.password?.refusal !== undefined,
    scripts: account.password === undefined ? [] : passwordScripts(account.password.refusal),
    children: (
      <>
        <Overview sections={frame.sections} facts={facts} texts={texts} />
        <p>{texts.account.introduction}</p>
        <SessionList list={account.sessions} reader={reader} />
        <ClientList list={account.clients} reader={reader} />
        <section>
          <PostForm form={account.everywhere} class="row">
            <p>{texts.account.everywhereHint}</p>
            <button class="danger">{texts.account.everywhere}</button>
          </PostForm>
        </section>
        {account.providers && <Providers providers={account.providers} reader={reader} />}
        {account.password && (
          <ChangePassword change={account.password} username={facts.user.username} frame={frame} />
        )}
      </>
    ),
  })
}

const groups = ['you', 'signIn', 'access', 'data'] as const

/** Every section with its state, in groups. */
function Overview(props: { sections: readonly Section[]; facts: AccountFacts; texts: Texts }) {
  const { sections, facts, texts } = props
  return (
    <div class="cards">
      {groups.map((group) => (
        <section>
          <h2>{texts.accountPages.groups[group]}</h2>
          <ul>
            {sections
              .filter((section) => section.group === group)
              .map(({ name, path, state }) => (
                <li>
                  <a href={path}>{texts.accountPages.sections[name]}</a>
                  <span class="hint">{state(facts, texts)}</span>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </div>
  )
}
