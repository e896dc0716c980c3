// The account page's lists of access: browser sessions, and apps and devices. All entries share the
// list's one form and have one button each, which keeps a long list small.

import type { Child } from 'hono/jsx'
import { browserName } from './browser-name.ts'
import { ClientName, type ShownClient } from './client.tsx'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import { EntryButton, type Form, PostForm } from './form.tsx'
import { longestList } from './home.tsx'
import { Ago, Day, Moment } from './instant.tsx'
import type { Language } from './language.ts'
import { placeIn } from './place-name.ts'
import { ScopeSummary } from './scopes.tsx'
import type { Texts } from './texts/en.ts'

const longestName = 28

/** A signed-in browser. `userAgent` is its own description. */
export type SessionEntry = {
  id: string
  isCurrent: boolean
  createdAt: number
  lastUsedAt: number
  userAgent?: string
  /** City and country of the sign-in, such as `Berlin, DE`. */
  place?: string
  /** The time zone of whoever reads the page. */
  timeZone?: string
}

/** An app or device with access: a grant, or a remembered consent without a grant. */
export type AccessEntry = {
  id: string
  client: ShownClient
  scopes: readonly string[]
  createdAt: number
  lastUsedAt?: number
}

/** Entries in display order. `form` is what their buttons post. */
export type AccessList<Entry> = { form: Form; entries: readonly Entry[]; olderHref?: string }

type Reader = {
  language: Language
  texts: Texts
  now: number
  /** What the operator says about scopes, by scope. */
  scopeTexts?: ReadonlyMap<string, string> | undefined
}

/** The list of sessions. Its buttons post `session=<id>`. */
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

/** The list of apps and devices. Its buttons post `grant=<id>`. */
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
            <When entry={access} reader={reader} />
            <ScopeSummary
              scopes={access.scopes}
              texts={reader.texts}
              ofOperator={reader.scopeTexts}
            />
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

/** Where, since when and when last; with a time of day where there is a time zone for it. */
function When(props: {
  entry: { createdAt: number; lastUsedAt?: number; place?: string; timeZone?: string }
  reader: Reader
}) {
  const { language, texts, now } = props.reader
  const { createdAt, lastUsedAt, place, timeZone } = props.entry
  return (
    <p class="hint">
      {place && `${displayName(placeIn(language, place))} · `}
      {fill(texts.account.since, {
        date: timeZone ? (
          <Moment language={language} at={createdAt} timeZone={timeZone} />
        ) : (
          <Day language={language} at={createdAt} />
        ),
      })}
      {' · '}
      {lastUsedAt === undefined
        ? texts.account.neverUsed
        : fill(texts.account.lastUsed, {
            time: <Ago language={language} at={lastUsedAt} now={now} />,
          })}
    </p>
  )
}
