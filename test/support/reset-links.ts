// One-time links by which people set a new password.
import { formOf, type Place, type UserAgent } from './user-agent.ts'
import { issuer, type Answerer } from './http.ts'
import { admin, type TestUser } from './registry.ts'

export type ResetLink = { link: string; expires_at: number }

/** Resets a user as an operator does, and returns the link. */
export const resetUser = async (user: Pick<TestUser, 'id'>, to?: Answerer): Promise<ResetLink> =>
  (await admin('POST', `/users/${user.id}/reset`, undefined, to)).json<ResetLink>()

/** The path and query of a link. */
export const pathOf = ({ link }: ResetLink): string => link.slice(issuer.length)

/** Sends the form of a link's page with a new password. */
export const sendPassword = (
  agent: UserAgent,
  place: Place,
  new_password: string,
): Promise<Place> => agent.submit(place, { new_password }, { action: formOf(place).action })

/** Follows a link and sets a password, in the browser of `agent`. */
export const setPasswordAt = async (
  agent: UserAgent,
  link: ResetLink,
  password: string,
): Promise<Place> => sendPassword(agent, await agent.open(pathOf(link)), password)

/** What a person sees of the outcome. */
export const seen = ({ status, title }: Place) => ({ status, title: title.split(' · ')[0] })

export const isSet = { status: 200, title: 'Your new password is set' }
export const isDead = { status: 400, title: 'This link no longer works' }
