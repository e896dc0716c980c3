// The account page: what has access to the account, and how to end it.

import {
  type AccessEntry,
  type AccessList,
  ClientList,
  type SessionEntry,
  SessionList,
} from './account-access.tsx'
import { ChangePassword, type PasswordChange, passwordScripts } from './account-password.tsx'
import { type ProviderList, Providers } from './account-providers.tsx'
import { fill } from './fill.ts'
import { type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'
import { type ShownUser, UserName } from './user.tsx'

export type AccountProps = {
  user: ShownUser
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
  logout: Form
}

/** Renders the account page. */
export function accountPage(frame: Frame, account: AccountProps): string {
  const { language } = frame
  const texts = textsIn(language)
  const reader = { language, texts, now: account.now, scopeTexts: frame.scopeTexts }
  return renderDocument({
    frame,
    title: texts.account.title,
    isRefusal: account.password?.refusal !== undefined,
    shape: 'room',
    scripts: account.password === undefined ? [] : passwordScripts(account.password),
    aside: (
      <PostForm form={account.logout}>
        <button class="small">{texts.signOut}</button>
      </PostForm>
    ),
    children: (
      <>
        <h1>{texts.account.title}</h1>
        <p class="lead">{fill(texts.signedInAs, { user: <UserName user={account.user} /> })}</p>
        {account.notice && (
          <p class="notice" role="status">
            {texts.account.notices[account.notice]}
          </p>
        )}
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
          <ChangePassword
            change={account.password}
            username={account.user.username}
            frame={frame}
          />
        )}
      </>
    ),
  })
}
