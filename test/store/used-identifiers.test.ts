// A screen is answered once, while it waits: one statement decides that, whatever was looked up
// before. What else an answer writes depends on it.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { NewConsent } from '../../src/core/authorization/storage.ts'
import type { Answer } from '../../src/core/server/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, newSession, now, storeUser } from '../support/records.ts'

const { consents, sessions, usedIdentifiers, userAdministration } = openStore(env)

const user = await storeUser(userAdministration)

/** An answer that counts to a screen that waits for 100 seconds. */
const newAnswer = (): Answer => ({
  digest: randomSecret(),
  expiresAt: now + 100,
  operation: randomSecret(),
  now: now + 1,
})

const consent = (): NewConsent => ({
  clientId: randomSecret(),
  covered: [{ resource: '', scope: 'openid' }],
  grantedAt: now,
  described: null,
})

/** The three writes that answer a screen, each with whether it counted. */
const answers: [string, (answer: Answer) => Promise<boolean>][] = [
  ['a decision that writes nothing', (answer) => usedIdentifiers.use(answer)],
  ['a consent', (answer) => consents.grantFor(answer, user.id, consent(), audit())],
  [
    'a sign-in',
    async (answer) => {
      const proof = { user, provedBuckets: [] }
      return (await sessions.beginFor(answer, newSession(user), null, proof, audit())) !== null
    },
  ],
]

describe.each(answers)('%s', (_what, give) => {
  it('counts for the screen that waits, and only once', async () => {
    const answer = newAnswer()
    const second = { ...answer, operation: randomSecret() }
    expect({ first: await give(answer), second: await give(second) }).toEqual({
      first: true,
      second: false,
    })
  })

  it('does not count from the moment on at which the screen expires', async () => {
    const answer = newAnswer()
    const late = { ...answer, operation: randomSecret(), now: now + 100 }
    expect({
      late: await give(late),
      before: await give({ ...answer, now: now + 99.999 }),
    }).toEqual({ late: false, before: true })
  })
})

describe('What an answer writes that does not count', () => {
  it('is nothing: no consent, no line of audit', async () => {
    const answer = newAnswer()
    await usedIdentifiers.use(answer)
    const given = consent()
    const requestId = randomSecret()
    const again = { ...answer, operation: randomSecret() }
    await consents.grantFor(again, user.id, given, audit(requestId))
    const rows = await env.DB.prepare(
      `SELECT (SELECT COUNT(*) FROM resource_consents WHERE client_id = ?1) AS consents,
         (SELECT COUNT(*) FROM audit_events WHERE request_id = ?2) AS events`,
    )
      .bind(given.clientId, requestId)
      .first()
    expect(rows).toEqual({ consents: 0, events: 0 })
  })
})

describe('An identifier', () => {
  it('is used by the operation that used it, and by none where nothing did', async () => {
    const [first, second] = [newAnswer(), newAnswer()]
    await usedIdentifiers.use(first)
    await usedIdentifiers.use(second)
    expect({
      second: await usedIdentifiers.findUse(second.digest),
      unused: await usedIdentifiers.findUse(randomSecret()),
    }).toEqual({ second: { operation: second.operation }, unused: null })
  })

  it('that another operation used is not answered by one that has used another', async () => {
    const [own, others] = [newAnswer(), newAnswer()]
    await usedIdentifiers.use(own)
    await usedIdentifiers.use(others)
    const mixed = { ...others, operation: own.operation }
    const given = consent()
    await consents.grantFor(mixed, user.id, given, audit())
    const row = await env.DB.prepare('SELECT 1 FROM resource_consents WHERE client_id = ?')
      .bind(given.clientId)
      .first()
    expect(row).toBe(null)
  })

  it('is spent once: of several the one that was spent before is told, and none is spent', async () => {
    const [spent, fresh] = [newAnswer(), newAnswer()]
    expect({
      none: await usedIdentifiers.spend([]),
      first: await usedIdentifiers.spend([spent]),
      again: await usedIdentifiers.spend([fresh, spent]),
      fresh: await usedIdentifiers.spend([fresh]),
    }).toEqual({ none: null, first: null, again: spent.digest, fresh: null })
  })
})

describe('An identifier whose write has an unknown outcome', () => {
  const server = new Server()
  const store = openStore(server.env).usedIdentifiers
  const failure = { status: 503 }

  it('is used where the row is of this operation', async () => {
    const answer = newAnswer()
    server.plan(atCall(0, 'fails after the commit'))
    expect(await store.use(answer)).toBe(true)
  })

  it('is not where there is no row, or one of another operation', async () => {
    const [none, others] = [newAnswer(), newAnswer()]
    await usedIdentifiers.use({ ...others, operation: randomSecret() })
    for (const answer of [none, others]) {
      server.plan(atCall(0, 'fails'))
      await expect(store.use(answer)).rejects.toMatchObject(failure)
    }
  })

  it('is spent where the row is of this operation', async () => {
    const [first, second] = [newAnswer(), newAnswer()]
    server.plan(atCall(0, 'fails after the commit'))
    expect(await store.spend([first, second])).toBe(null)
  })

  it('is not where there is no row, or one of another operation, which is no replay yet', async () => {
    const [none, others] = [newAnswer(), newAnswer()]
    await usedIdentifiers.use(others)
    for (const identifier of [none, others]) {
      server.plan(atCall(0, 'fails'))
      await expect(store.spend([identifier])).rejects.toMatchObject(failure)
    }
  })

  it('is looked for once where one of the others was spent before', async () => {
    const [spent, fresh] = [newAnswer(), newAnswer()]
    await usedIdentifiers.spend([spent])
    server.plan(() => null)
    expect(await store.spend([spent, fresh])).toBe(spent.digest)
    expect(server.calls).toHaveLength(2)
  })
})

describe('A row of an identifier', () => {
  it('keeps until when it counts, whichever way it was used', async () => {
    const [used, spent] = [newAnswer(), newAnswer()]
    await usedIdentifiers.use(used)
    await usedIdentifiers.spend([spent])
    const query = 'SELECT expires_at FROM used_identifiers WHERE digest = ?1'
    const expiryOf = ({ digest }: Answer) => env.DB.prepare(query).bind(digest).first('expires_at')
    expect([await expiryOf(used), await expiryOf(spent)]).toEqual([now + 100, now + 100])
  })
})
