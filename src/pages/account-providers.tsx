import type { Child } from 'hono/jsx'
import { displayName, Name } from './display-name.tsx'
import { fill } from './fill.ts'
import { EntryButton, type Form, PostForm } from './form.tsx'
import { Day } from './instant.tsx'
import type { Language } from './language.ts'
import type { ProviderChoice } from './provider-button.tsx'
import type { Texts } from './texts/en.ts'

/** A link to an account at a provider. `linkedAs` is the account's name there, or ''. */
export type LinkEntry = { id: string; label: string; linkedAs: string; createdAt: number }

/** `link` posts `provider=<id>` of a choice; `unlink` posts `link=<id>`. */
export type ProviderList = {
  link: Form
  unlink: Form
  links: readonly LinkEntry[]
  choices: readonly ProviderChoice[]
}

/** The most characters of a name in the lists. */
const longestName = 30

type Reader = { language: Language; texts: Texts }

/** All links, each with a button that removes it, and the providers that can be linked. */
export function Providers(props: { providers: ProviderList; reader: Reader }) {
  const { link, unlink, links, choices } = props.providers
  const { account } = props.reader.texts
  if (links.length + choices.length === 0) return null
  return (
    <section aria-labelledby="providers">
      <h2 id="providers">{account.providers}</h2>
      {links.length > 0 && (
        <PostForm form={unlink}>
          <ul class="entries">
            {links.map((entry, index) => (
              <Entry id={`u${index}`} label={entry.label}>
                <LinkState entry={entry} reader={props.reader} />
                <EntryButton name="link" value={entry.id} of={`u${index}`}>
                  {account.unlink}
                </EntryButton>
              </Entry>
            ))}
          </ul>
        </PostForm>
      )}
      {choices.length > 0 && (
        <PostForm form={link}>
          <ul class="entries">
            {choices.map((choice, index) => (
              <Entry id={`l${index}`} label={choice.label}>
                {account.notLinked}
                <EntryButton name="provider" value={choice.id} of={`l${index}`}>
                  {account.link}
                </EntryButton>
              </Entry>
            ))}
          </ul>
        </PostForm>
      )}
    </section>
  )
}

/** The entry's name, state and button. */
function Entry(props: { id: string; label: string; children: [state: Child, button: Child] }) {
  const [state, button] = props.children
  return (
    <li>
      <div>
        <strong id={props.id}>{displayName(props.label, longestName)}</strong>
        <p class="hint">{state}</p>
      </div>
      {button}
    </li>
  )
}

/** Which account is linked and since when, so that the user can recognize an intruder's link. */
export function LinkState(props: { entry: LinkEntry; reader: Reader }) {
  const { language, texts } = props.reader
  const { linked, linkedAs, since } = texts.account
  const { linkedAs: name, createdAt } = props.entry
  return (
    <>
      {displayName(name)
        ? fill(linkedAs, { user: <Name longest={longestName}>{name}</Name> })
        : linked}
      {' · '}
      {fill(since, { date: <Day language={language} at={createdAt} /> })}
    </>
  )
}
