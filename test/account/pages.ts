// What the tests of the pages under /account share.
import { env } from 'cloudflare:workers'
import { pass } from '../openid/flow.ts'
import type { Place, UserAgent } from '../support/user-agent.ts'

/** Sends the form of a page under /account, whose action is the page itself. */
export const send = async (
  agent: UserAgent,
  path: string,
  fields: Record<string, string> = {},
): Promise<Place> => agent.submit(await agent.open(path), fields, { action: path })

/** Sends a page's form again, with other fields. */
export const sendAgain = (
  agent: UserAgent,
  place: Place,
  path: string,
  fields: Record<string, string>,
): Promise<Place> => agent.submit(place, fields, { action: path })

/** What is left of a place for a claim. */
export const at = ({ status, path, title }: Place) => ({
  status,
  path,
  title: title.split(' · ')[0],
})

/** Lets so much time pass that a sign-in is not fresh any more. */
export const becomeStale = (): void => pass(301)

/** One row of the database. */
export const row = (query: string, ...values: (string | number)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .first<Record<string, unknown>>()
