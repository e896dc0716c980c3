import { displayName, Name } from './display-name.tsx'
import { fill } from './fill.ts'
import { EntryButton, type Form, PostForm } from './form.tsx'
import type { Texts } from './texts/en.ts'

/** A provider elsewhere; `linkedAs` is the name the account has there, '' if it told none. */
export type ProviderEntry = { id: string; label: string; linkedAs?: string }

/** Both forms post `provider=<id>`. */
export type ProviderList = { link: Form; unlink: Form; entries: readonly ProviderEntry[] }

/** The providers one can sign in with, each to be linked or unlinked. */
export function Providers(props: { providers: ProviderList; texts: Texts }) {
  const { link, unlink, entries } = props.providers
  const { account } = props.texts
  const linked = entries.filter((entry) => entry.linkedAs !== undefined)
  const others = entries.filter((entry) => entry.linkedAs === undefined)
  if (entries.length === 0) return null
  return (
    <section aria-labelledby="providers">
      <h2 id="providers">{account.providers}</h2>
      {linked.length > 0 && (
        <Choices
          prefix="u"
          form={unlink}
          entries={linked}
          action={account.unlink}
          texts={props.texts}
        />
      )}
      {others.length > 0 && (
        <Choices
          prefix="l"
          form={link}
          entries={others}
          action={account.link}
          texts={props.texts}
        />
      )}
    </section>
  )
}

type ChoicesProps = {
  /** Of the ids of its entries. */
  prefix: string
  form: Form
  entries: readonly ProviderEntry[]
  action: string
  texts: Texts
}

function Choices(props: ChoicesProps) {
  return (
    <PostForm form={props.form}>
      <ul class="entries">
        {props.entries.map((provider, index) => (
          <li>
            <div>
              <strong id={`${props.prefix}${index}`}>{displayName(provider.label)}</strong>
              <p class="hint">
                <State provider={provider} texts={props.texts} />
              </p>
            </div>
            <EntryButton name="provider" value={provider.id} of={`${props.prefix}${index}`}>
              {props.action}
            </EntryButton>
          </li>
        ))}
      </ul>
    </PostForm>
  )
}

function State(props: { provider: ProviderEntry; texts: Texts }) {
  const { linked, linkedAs, notLinked } = props.texts.account
  const name = props.provider.linkedAs
  if (name === undefined) return <>{notLinked}</>
  return (
    <>{displayName(name) ? fill(linkedAs, { user: <Name longest={40}>{name}</Name> }) : linked}</>
  )
}
