// What scopes allow a client to do, in plain words. A scope that only the deployment knows is shown
// by name.

import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import type { Texts } from './texts/en.ts'

// The limit keeps a consent page short. Further scopes are only counted.
const mostShown = 24

type ScopesProps = {
  scopes: readonly string[]
  texts: Texts
  /** The words that the operator gave to scopes. */
  ofOperator?: ReadonlyMap<string, string> | undefined
}

/** All scopes, one per line. */
export function ScopeList({ scopes, texts, ofOperator }: ScopesProps) {
  const hidden = scopes.length - mostShown
  return (
    <ul class="scopes">
      {scopes.slice(0, mostShown).map((scope) => (
        <li>{words(scope, texts, ofOperator) ?? byName(scope, texts)}</li>
      ))}
      {hidden > 0 && <li>{fill(texts.scopes.more, { count: hidden })}</li>}
    </ul>
  )
}

/** All scopes in fewer lines: those without texts of their own share one line. */
export function ScopeSummary({ scopes, texts, ofOperator }: ScopesProps) {
  const inWords = (scope: string) => words(scope, texts, ofOperator)
  const named = scopes.filter((scope) => inWords(scope) === undefined)
  return (
    <ul class="scopes">
      {scopes.map(inWords).map((known) => known && <li>{known}</li>)}
      {named.length > 0 && <li>{byName(named.join(' '), texts, 40)}</li>}
    </ul>
  )
}

const words = (
  scope: string,
  texts: Texts,
  ofOperator: ScopesProps['ofOperator'],
): string | undefined =>
  new Map(Object.entries(texts.scopes.known)).get(scope) ?? ofOperator?.get(scope)

function byName(scope: string, texts: Texts, longest?: number) {
  return fill(texts.scopes.other, { scope: <code>{displayName(scope, longest)}</code> })
}
