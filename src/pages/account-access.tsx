// The account page's lists of what has access: browser sessions, and apps and devices. Every entry
// has its own button in the list's one form, so that a long list stays small.

import type { Child } from 'hono/jsx'
import { browserName } from './browser-name.ts'
import { ClientName, type ShownClient } from './client.tsx'
import { Place } from './destination.tsx'
import { fill } from './fill.ts'
import { EntryButton, type Form, PostForm } from './form.tsx'
import { Ago, Day } from './instant.tsx'
import type { Language } from './language.ts'
import { ScopeSummary } from './scopes.tsx'
import type { Texts } from './texts/en.ts'

/**
 * The most entries that one page shows of each list, so that the page stays small whatever names are
 * in it. Who has more gives the rest behind `olderHref`, so that nothing with access stays unseen.
 */
export const longestList = 6

const longestName = 40

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
  const { account, signOut } = reader.texts
  return (
    <Section
      id="sessions"
      title={account.sessions}
      list={list}
      reader={reader}
      empty={account.sessionsEmpty}
    >
      {list.entries.slice(0, longestList).map((session, index) => (
        <li>
          <div>
            <strong id={`s${index}`}>{browserName(session.userAgent ?? '', reader.texts)}</strong>
            {session.isCurrent && <span class="badge">{account.thisBrowser}</span>}
            <When entry={session} reader={reader} />
          </div>
          <EntryButton name="session" value={session.id} of={`s${index}`}>
            {signOut}
          </EntryButton>
        </li>
      ))}
    </Section>
  )
}

/** Its buttons post `grant=<id>`. */
export function ClientList(props: { list: AccessList<AccessEntry>; reader: Reader }) {
  const { list, reader } = props
  const { account, revoke } = reader.texts
  return (
    <Section
      id="clients"
      title={account.clients}
      list={list}
      reader={reader}
      empty={account.clientsEmpty}
    >
      {list.entries.slice(0, longestList).map((access, index) => (
        <li>
          <div>
            <strong id={`c${index}`}>
              <ClientName client={access.client} texts={reader.texts} longest={longestName} />
            </strong>
            {access.client.verifiedHost && <Place>{access.client.verifiedHost}</Place>}
            <When entry={access} reader={reader} />
            <ScopeSummary scopes={access.scopes} texts={reader.texts} />
          </div>
          <EntryButton name="grant" value={access.id} of={`c${index}`}>
            {revoke}
          </EntryButton>
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
  reader: Reader
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
      {props.list.olderHref && (
        <a class="older" href={props.list.olderHref}>
          {props.reader.texts.account.older}
        </a>
      )}
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
