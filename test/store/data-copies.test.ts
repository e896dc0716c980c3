// The copies of people's data: how often one is admitted, and that each list has what is of its user
// alone.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, now, run, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, dataCopies } = openStore(env)

/** Seconds between two whole copies. */
const window = 1000

const admitAt = (userId: number, seconds: number) =>
  dataCopies.admit(userId, window, { ...audit(), at: now + seconds })
const endAt = (userId: number, seconds: number, isWhole: boolean) =>
  dataCopies.end(userId, now + seconds, isWhole)

let users = 0
/** The id of a user who has asked for no copy. */
const someId = (): number => {
  users += 1
  return users
}

describe('A copy of the data of a user', () => {
  it('is admitted again once the last whole one is as old as the window', async () => {
    const id = someId()
    await admitAt(id, 0)
    await endAt(id, 0, true)
    expect({
      before: await admitAt(id, window - 0.5),
      then: await admitAt(id, window),
      after: await admitAt(id, window + 0.5),
    }).toEqual({ before: now, then: null, after: now + window })
  })

  it('counts for a minute while nothing is known of its end, after a whole one, too', async () => {
    const [id, again] = [someId(), someId()]
    await admitAt(id, 0)
    await admitAt(again, -window)
    await endAt(again, -window, true)
    await admitAt(again, 0)
    const outcomes = async (of: number) => ({
      before: await admitAt(of, 59.5),
      then: await admitAt(of, 60),
    })
    expect({ first: await outcomes(id), later: await outcomes(again) }).toEqual({
      first: { before: now, then: null },
      later: { before: now, then: null },
    })
  })

  it('counts no longer where it was not whole', async () => {
    const id = someId()
    await admitAt(id, 0)
    await endAt(id, 0, false)
    expect(await admitAt(id, 1)).toBeNull()
  })

  it('is ended by its user and its instant alone', async () => {
    const [id, other] = [someId(), someId()]
    await admitAt(id, 0)
    await admitAt(other, 0)
    await endAt(other, 0, false)
    await endAt(id, -5, false)
    expect({ own: await admitAt(id, 1), other: await admitAt(other, 2) }).toEqual({
      own: now,
      other: null,
    })
  })

  it('is refused by the last one of its own user, whatever others did before', async () => {
    const [other, id] = [someId(), someId()]
    await admitAt(other, -30)
    await admitAt(id, 0)
    expect({ own: await admitAt(id, 1), other: await admitAt(other, 1) }).toEqual({
      own: now,
      other: now - 30,
    })
  })

  it('is one event where it is admitted, and none where it is refused', async () => {
    const id = someId()
    const eventsOf = async (seconds: number) => {
      const requestId = randomSecret()
      await dataCopies.admit(id, window, { ...audit(requestId), at: now + seconds })
      const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
      return (await env.DB.prepare(query).bind(requestId).all()).results.length
    }
    expect({ admitted: await eventsOf(0), refused: await eventsOf(1) }).toEqual({
      admitted: 1,
      refused: 0,
    })
  })
})

describe('A list of a copy', () => {
  it('has the passkeys of its user alone, and no recovery code', async () => {
    const [user, other] = [await storeUser(userAdministration), await storeUser(userAdministration)]
    for (const [id, kind, name] of [
      [user.id, 'passkey', 'own'],
      [user.id, 'recovery', 'a code'],
      [other.id, 'passkey', 'of another'],
    ] as const) {
      const insert =
        'INSERT INTO credentials (id, user_id, kind, name, created_at) VALUES (?1, ?2, ?3, ?4, 1)'
      await run(insert, randomSecret(), id, kind, name)
    }
    expect((await dataCopies.list('passkeys', user.id, 9, null)).items).toEqual([
      { name: 'own', synced: false, user_agent: null, created_at: 1, last_used_at: null },
    ])
  })

  it('names the client of each grant and consent', async () => {
    const user = await storeUser(userAdministration)
    for (const name of ['One', 'Two']) {
      const client = newClient()
      await clients.create(
        { ...client, metadata: { ...client.metadata, client_name: name } },
        audit(),
      )
      const grant = newGrant({ userId: user.id, clientId: client.id })
      await grants.open(grant, { user, provedBuckets: [] }, audit())
      await run(
        `INSERT INTO resource_consents VALUES (?1, ?2, '', 'openid', 1)`,
        ...[user.id, client.id],
      )
    }
    const namesIn = async (list: 'grants' | 'consents') =>
      (await dataCopies.list(list, user.id, 9, null)).items.map((item) => item.client_name)
    expect({ grants: await namesIn('grants'), consents: await namesIn('consents') }).toEqual({
      grants: ['One', 'Two'],
      consents: ['One', 'Two'],
    })
  })
})
