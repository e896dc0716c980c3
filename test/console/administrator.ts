// Administrators at the console: users with a role, in a browser that has just signed in.
import { signedIn } from '../openid/flow.ts'
import type { Answerer } from '../support/http.ts'
import { type TestUser, registerUser } from '../support/registry.ts'
import { type Place, type UserAgent, shownText } from '../support/user-agent.ts'

/** A browser of a new user with this role. */
export async function administrator(
  role: string | null = 'admin',
  to?: Answerer,
): Promise<{ agent: UserAgent; user: TestUser }> {
  const user = await registerUser({ role, name: 'Grace Hopper' })
  return { agent: await signedIn(user, to), user }
}

/** What a claim about a place is made of. */
export const shown = ({ status, title, path }: Place) => ({ status, title, path })

/** What a person reads beside the navigation. */
export const content = (place: Place): string =>
  shownText({ ...place, html: place.html.replace(/<header>.*<\/header>/s, '') })

/** The texts of the cells of the list with this name, row by row. */
export function rowsOf(place: Place, label: string): string[][] {
  const table = new RegExp(`aria-label="${label}">(.*?)</table>`, 's').exec(place.html)?.[1] ?? ''
  const body = table.slice(table.indexOf('<tbody'))
  return [...body.matchAll(/<tr\b.*?<\/tr>/gs)].map(([row]) =>
    [...row.matchAll(/<t[hd]\b.*?<\/t[hd]>/gs)].map(([cell]) =>
      shownText({ ...place, html: cell }),
    ),
  )
}

/** The 403 page, which says nothing of what is behind it. */
export const denied = (path: string) => ({
  status: 403,
  title: 'You have no access to this · Postern',
  path,
})
