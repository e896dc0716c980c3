// The account page's lists of what has access: browser sessions, and apps and devices. Every entry
// has its own button in the list's one form, so that a long list stays small.

import type { Child } from 'hono/jsx'
import { browserName } from './browser-name.ts'
import { ClientName, type ShownClient } from './client.tsx'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import { type Form, PostForm } from './form.tsx'
import { Ago, Day } from './instant.tsx'
import type { Language } from './language.ts'
import { ScopeList } from './scopes.tsx'
import type { Texts } from './texts/en.ts'

/** The most entries of one list on one page; the rest is behind `olderHref`. */
export const longestList = 10

/** A browser that is signed in. `userAgent` is what it called itself. */
export type SessionEntry = {
  id: string
  isCurrent: boolean
  createdAt: number
  lastUsedAt: number
  userAgent?: string
}

/** An app or device that was given access: a grant, or a remembered consent without one. */
export type AccessEntry = {
  id: string
  client: ShownClient
  scopes: readonly string[]
  createdAt: number
  lastUsedAt?: number
}

/** Entries in the order to be shown; `form` is what their buttons post. */
export type AccessList<Entry> = { form: Form; entries: readonly Entry[]; olderHref?: string }

type Reader = { language: Language; texts: Texts; now: number }

/** Its buttons post `session=<id>`. */
export function SessionList(props: { list: AccessList<SessionEntry>; reader: Reader }) {
  const { list, reader } = props
  const { account } = reader.texts
  return (
    <Section
      id="sessions"
      title={account.sessions}
      list={list}
      empty={account.sessionsEmpty}
      older={account.older}
    >
      {list.entries.slice(0, longestList).map((session) => {
        const name = browserName(session.userAgent ?? '', reader.texts)
        return (
          <li>
            <div>
              <strong>{name}</strong>
              {session.isCurrent && <span class="badge">{account.thisBrowser}</span>}
              <When entry={session} reader={reader} />
            </div>
            <button
              name="session"
              value={session.id}
              class="small"
              aria-label={fill(account.signOutOneOf, { name }).join('')}
            >
              {account.signOutOne}
            </button>
          </li>
        )
      })}
    </Section>
  )
}

/** Its buttons post `grant=<id>`. */
export function ClientList(props: { list: AccessList<AccessEntry>; reader: Reader }) {
  const { list, reader } = props
  const { account, unnamedClient } = reader.texts
  return (
    <Section
      id="clients"
      title={account.clients}
      list={list}
      empty={account.clientsEmpty}
      older={account.older}
    >
      {list.entries.slice(0, longestList).map((access) => (
        <li>
          <div>
            <strong>
              <ClientName client={access.client} texts={reader.texts} />
            </strong>
            {access.client.verifiedHost && <span class="host">{access.client.verifiedHost}</span>}
            <When entry={access} reader={reader} />
            <ScopeList scopes={access.scopes} texts={reader.texts} />
          </div>
          <button
            name="grant"
            value={access.id}
            class="small"
            aria-label={fill(account.revokeOne, {
              name: displayName(access.client.name) || unnamedClient,
            }).join('')}
          >
            {reader.texts.revoke}
          </button>
        </li>
      ))}
    </Section>
  )
}

function Section<Entry>(props: {
  id: string
  title: string
  list: AccessList<Entry>
  empty: string
  older: string
  children?: Child
}) {
  return (
    <section aria-labelledby={props.id}>
      <h2 id={props.id}>{props.title}</h2>
      {props.list.entries.length === 0 ? (
        <p class="hint">{props.empty}</p>
      ) : (
        <PostForm form={props.list.form}>
          <ul class="entries">{props.children}</ul>
        </PostForm>
      )}
      {props.list.olderHref && <a href={props.list.olderHref}>{props.older}</a>}
    </section>
  )
}

function When(props: { entry: { createdAt: number; lastUsedAt?: number }; reader: Reader }) {
  const { language, texts, now } = props.reader
  const { createdAt, lastUsedAt } = props.entry
  return (
    <p class="hint">
      {fill(texts.account.since, { date: <Day language={language} at={createdAt} /> })}
      {' · '}
      {lastUsedAt === undefined
        ? texts.account.neverUsed
        : fill(texts.account.lastUsed, {
            time: <Ago language={language} at={lastUsedAt} now={now} />,
          })}
    </p>
  )
}
