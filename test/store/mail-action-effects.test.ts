// What is given with a link, and what ends with the password that one sets.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { MailPurpose, NewMailAction } from '../../src/core/people/mail/storage.ts'

import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newSession, now, run, storeUser, userRow } from '../support/records.ts'

const { userAdministration, mailActions, sessions } = openStore(env)

const someUser = () => storeUser(userAdministration)
const actionOf = (purpose: MailPurpose, facts: Partial<NewMailAction> = {}): NewMailAction => ({
  ...{ digest: randomSecret(), purpose, address: null, codeDigest: null, browserDigest: null },
  ...{ sealed: null, createdAt: now, expiresAt: now + 600 },
  ...facts,
})
const useOf = ({ purpose, digest }: NewMailAction) => ({
  ...{ purpose, digest, operation: randomSecret(), now: now + 1 },
})
const mailOf = () => ({
  ...{ id: randomSecret(16), sealed: 'sealed', purpose: 'notice', userId: null },
  ...{ createdAt: now, dueAt: now },
})

describe('A password that is set by a link', () => {
  it('ends all else of the user, sends its mails, and is one event', async () => {
    const [user, other] = [await someUser(), await someUser()]
    await run('UPDATE users SET updated_at = ?1 WHERE id = ?2', now + 50, user.id)
    const [own, others] = [newSession(user), newSession(other)]
    await sessions.begin(own, { user, provedBuckets: [] }, audit())
    await sessions.begin(others, { user: other, provedBuckets: [] }, audit())
    const name = randomSecret()
    for (const bucket of [`${name}:an address`, 'another:an address']) {
      await run(
        'INSERT INTO sign_in_attempts (bucket, tries, window_started_at) VALUES (?1, 3, 1)',
        bucket,
      )
    }
    for (const { id } of [user, other]) {
      await run(
        `INSERT INTO resource_consents (user_id, client_id, resource, scope, granted_at)
         VALUES (?1, 'a client', '', 'read', 1)`,
        id,
      )
      await run(
        'INSERT INTO provider_links (issuer, subject, user_id, created_at) VALUES (?1, ?1, ?2, ?3)',
        ...[randomSecret(), id, now],
      )
    }
    const action = actionOf('reset')
    await mailActions.give(user.id, action, [])
    const reset = {
      ...{ userId: user.id, passwordHash: 'new', nameDigests: [name] },
      suspicion: { since: now, kept: [] },
    }
    const mail = mailOf()
    const requestId = randomSecret()
    expect(await mailActions.setPassword(useOf(action), reset, [mail], audit(requestId))).toBe(true)
    const idsOf = async (query: string) => (await env.DB.prepare(query).all()).results
    expect({
      user: await userRow(user),
      sessions: await idsOf('SELECT id FROM sessions WHERE ended_at IS NULL'),
      consents: await idsOf('SELECT user_id AS id FROM resource_consents'),
      links: await idsOf('SELECT user_id AS id FROM provider_links'),
      tries: await idsOf('SELECT bucket AS id FROM sign_in_attempts'),
      mails: await idsOf(`SELECT id FROM mails WHERE id = '${mail.id}'`),
      events: (await idsOf(`SELECT id FROM audit_events WHERE request_id = '${requestId}'`)).length,
    }).toMatchObject({
      user: { password_hash: 'new', updated_at: now + 50.001 },
      sessions: expect.not.arrayContaining([{ id: own.id }]),
      consents: [{ id: other.id }],
      links: [{ id: other.id }],
      tries: [{ id: 'another:an address' }],
      mails: [{ id: mail.id }],
      events: 2,
    })
    expect(await sessions.find(others.digest, now + 2)).not.toBe(null)
  })
})

describe('What is given', () => {
  it('may be mails alone', async () => {
    const mails = [mailOf(), mailOf()]
    await mailActions.give((await someUser()).id, null, mails)
    const ids = JSON.stringify(mails.map(({ id }) => id))
    const query = 'SELECT 1 FROM mails WHERE id IN (SELECT value FROM json_each(?1))'
    expect((await env.DB.prepare(query).bind(ids).all()).results).toHaveLength(2)
  })

  it('is found with its user, or for nobody yet', async () => {
    const user = await someUser()
    const [own, nobodys] = [actionOf('sign-in'), actionOf('sign-in', { address: 'a@b.example' })]
    await mailActions.give(user.id, own, [])
    await mailActions.give(null, nobodys, [])
    const find = ({ digest }: NewMailAction) => mailActions.find('sign-in', digest, now + 1)
    expect({ own: await find(own), nobodys: await find(nobodys) }).toMatchObject({
      own: { user: { id: user.id }, counts: true },
      nobodys: { user: null, counts: true, address: 'a@b.example' },
    })
  })
})
