// Whether somebody is a person: a service of Cloudflare judges a token that its widget has made on our
// page.
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { HumanCheckKeys } from '../../server/settings-people.ts'

/** The pages with a widget; a token of one does not count on another. */
export type HumanAction = 'sign-up' | 'sign-in'

/** The name of the input that the widget adds to its form. */
const tokenInput = 'cf-turnstile-response'

/** The service makes no longer tokens. */
const longestToken = 2_048

/** Asks the service about a token; `unknown` = it did not answer in time, or not in its words. */
export type HumanCheck = (
  as: AuthorizationServer,
  keys: HumanCheckKeys,
  token: string,
  action: HumanAction,
) => Promise<'human' | 'robot' | 'unknown'>

/**
 * Returns whether a form comes from a person, as far as that is checked. If the service is down, a
 * sign-up waits for it, but nobody is locked out of the account that they have.
 */
export async function isHuman(
  as: AuthorizationServer,
  form: { get(name: string): string | undefined },
  action: HumanAction,
): Promise<boolean> {
  const keys = as.settings.people.humanCheck
  if (keys === null) return true
  const token = form.get(tokenInput) ?? ''
  if (token === '' || token.length > longestToken) return false
  const verdict = await as.checkHuman(as, keys, token, action)
  return verdict === 'human' || (verdict === 'unknown' && action === 'sign-in')
}
