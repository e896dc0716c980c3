import { isObject } from '../json.ts'
import { firstText, listOf, textOf } from './members.ts'
import type { Identity } from './source.ts'

/** Which members of an account name its provider and its subject there. */
type AccountMembers = {
  provider: string
  subject: readonly string[]
  /** Providers that are the source itself, such as `email`. */
  own?: readonly string[]
}

/** The accounts at providers in a list of them: those with a provider and a subject. */
export const identitiesOf = (
  accounts: unknown,
  { provider, subject, own = [] }: AccountMembers,
): Identity[] =>
  listOf(accounts)
    .filter(isObject)
    .flatMap((account) => {
      const name = textOf(account[provider])
      const id = firstText(account, subject)
      const isAbsent = name === undefined || id === undefined || own.includes(name)
      return isAbsent ? [] : [{ names: [name], subject: id }]
    })
