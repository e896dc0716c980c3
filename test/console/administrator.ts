// Administrators at the console: users with a role, in a browser that has just signed in.
import { type TestUser, registerUser } from '../support/registry.ts'
import type { Answerer } from '../support/http.ts'
import type { Place, UserAgent } from '../support/user-agent.ts'
import { shownText } from '../support/user-agent.ts'
import { signedIn } from '../openid/flow.ts'

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

/** What a person reads below the navigation. */
export const content = (place: Place): string => {
  const text = shownText({ ...place, html: place.html.replace(/<header>.*<\/header>/s, '') })
  return text
}
