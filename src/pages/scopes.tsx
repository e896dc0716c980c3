// What scopes allow a client to do, in plain words. A scope that only the deployment knows is shown
// by name.

import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

// The limit keeps a consent page short. Further scopes are only counted.
const mostShown = 24

/** All scopes, one per line. `ofResources` are the words that the operator gave to scopes. */
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

/** All scopes in fewer lines: those without texts of their own share one line. */
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
