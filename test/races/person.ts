// People of a round: without a password, so that no round waits for a hash.
import { env } from 'cloudflare:workers'
import { digestOf, randomSecret } from '../../src/crypto/secret.ts'
import { admin } from '../support/registry.ts'
import { UserAgent } from '../support/user-agent.ts'

export type Person = { id: number; sub: string; username: string; email: string }

/** Creates a user without a password. */
export async function newPerson(facts: object = {}): Promise<Person> {
  const username = `person-${crypto.randomUUID()}`
  const sent = { username, email: `${username}@example.com`, email_verified: true, ...facts }
  const answer = await admin('POST', '/users', sent)
  if (answer.status !== 201) throw new Error(await answer.text())
  return answer.json<Person>()
}

/** A browser with a session of a user that has just begun, by these methods. */
export async function sessionOf({ id }: Pick<Person, 'id'>, amr = 'pwd'): Promise<UserAgent> {
  const agent = new UserAgent()
  const secret = randomSecret()
  const now = Date.now() / 1000
  await env.DB.prepare(
    `INSERT INTO sessions (id, digest, face, user_id, auth_time, amr, created_at, last_seen_at,
       idle_expires_at, absolute_expires_at, second_factor_at)
       VALUES (?1, ?2, 'browser', ?3, ?4, ?5, ?4, ?4, ?6, ?6, ?7)`,
  )
    .bind(
      ...[randomSecret(16), await digestOf(secret), id, now, amr, now + 86_400],
      amr.split(' ').includes('mfa') ? now : null,
    )
    .run()
  agent.cookies.set('postern_session_8787', secret)
  return agent
}

/** How often something happened to a user, by the audit log. */
export const eventsOf = (kind: string, { id }: Pick<Person, 'id'>): Promise<number | null> =>
  one<number>('SELECT COUNT(*) FROM audit_events WHERE user_id = ? AND kind = ?', id, kind)

/** The one column of the one row of a query. */
export async function one<Value>(query: string, ...values: unknown[]): Promise<Value | null> {
  const [row] = await env.DB.prepare(query)
    .bind(...values)
    .raw<[Value]>()
  return row?.[0] ?? null
}
