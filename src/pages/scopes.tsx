// What scopes let a client do, in plain words; a scope that only the deployment knows, by its name.

import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

// A consent page stays readable and small; who is asked for more than this sees a count of the rest.
const mostShown = 24

/** Every scope on a line of its own; `ofResources` are the operator's words for scopes. */
export function ScopeList(props: {
  scopes: readonly string[]
  texts: Texts
  ofResources?: ReadonlyMap<string, string> | undefined
}) {
  const { scopes, texts, ofResources } = props
  const hidden = scopes.length - mostShown
  return (
    <ul class="scopes">
      {scopes.slice(0, mostShown).map((scope) => (
        <li>{words(scope, texts) ?? ofResources?.get(scope) ?? byName(scope, texts)}</li>
      ))}
      {hidden > 0 && <li>{fill(texts.scopes.more, { count: hidden })}</li>}
    </ul>
  )
}

/** The same in few lines: all scopes without words of their own share one. */
export function ScopeSummary(props: { scopes: readonly string[]; texts: Texts }) {
  const { scopes, texts } = props
  const named = scopes.filter((scope) => words(scope, texts) === undefined)
  return (
    <ul class="scopes">
      {scopes.map((scope) => words(scope, texts)).map((known) => known && <li>{known}</li>)}
      {named.length > 0 && <li>{byName(named.join(' '), texts, 40)}</li>}
    </ul>
  )
}

function words(scope: string, texts: Texts): string | undefined {
  return new Map(Object.entries(texts.scopes.known)).get(scope)
}

function byName(scope: string, texts: Texts, longest?: number) {
  return fill(texts.scopes.other, { scope: <code>{displayName(scope, longest)}</code> })
}
