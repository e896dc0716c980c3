import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

// A consent page stays readable and small; who is asked for more than this sees a count of the rest.
const mostShown = 24

/** What a list of scopes lets a client do, each in plain words; unknown scopes by their name. */
export function ScopeList(props: { scopes: readonly string[]; texts: Texts }) {
  const shown = props.scopes.slice(0, mostShown)
  const hidden = props.scopes.length - shown.length
  return (
    <ul class="scopes">
      {shown.map((scope) => (
        <li>{description(scope, props.texts)}</li>
      ))}
      {hidden > 0 && <li>{fill(props.texts.scopes.more, { count: hidden })}</li>}
    </ul>
  )
}

function description(scope: string, texts: Texts) {
  const { other, more: _, ...known } = texts.scopes
  const words = new Map(Object.entries(known)).get(scope)
  return words ?? fill(other, { scope: <code>{displayName(scope)}</code> })
}
