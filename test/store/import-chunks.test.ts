// What a chunk of an import reads and writes, each rule by itself: whom its keys find, what a change
// leaves alone, and what refuses the chunk as a whole.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type {
  ChunkAnswer,
  ChunkKeys,
  ChunkWrites,
  ImportedChange,
} from '../../src/core/people/import/storage.ts'
import { foldLoginName } from '../../src/core/people/login-name.ts'
import type { User } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import {
  audit,
  newClient,
  newGrant,
  newSession,
  now,
  run,
  storeUser,
  userRow,
} from '../support/records.ts'

const { userAdministration, clients, grants, imports, sessions } = openStore(env)

const client = newClient()
await clients.create(client, audit())

const someUser = () => storeUser(userAdministration)

/** Begins an import; returns its id, which is its namespace, too. */
async function begun(): Promise<string> {
  const id = randomSecret(16)
  const rules = { source: 'csv', sourceId: id, onExisting: 'update', dryRun: false } as const
  const matching = { keepSub: false, matchEmail: false, matchUsername: true, adminRoles: false }
  const asking = { askUrl: null, sealedAskKey: null }
  await imports.create({ id, ...rules, ...matching, ...asking, startedAt: now }, audit())
  return id
}

const noKeys: ChunkKeys = { externalIds: [], names: [], subjects: [], links: [], claims: [] }
const noWrites: ChunkWrites = { create: [], change: [], links: [], claims: [] }
const nothing: ChunkAnswer = {
  ...{ created: 0, updated: 0, skipped: 0, failed: 0, reset: 0, totp: 0 },
  skipped_by: {},
  errors: [],
  links: { made: 0, unnamed: 0 },
}

const write = (
  id: string,
  writes: Partial<ChunkWrites>,
  { number = 1, answer = nothing, requestId = 'a request' } = {},
) => {
  const chunk = { number, digest: `chunk ${number}`, answer }
  return imports.writeChunk(id, chunk, { ...noWrites, ...writes }, audit(requestId))
}

describe('What a chunk reads', () => {
  const external = ({ id }: User, sourceId: string, externalId: string) =>
    run('UPDATE users SET source_id = ?2, external_id = ?3 WHERE id = ?1', id, sourceId, externalId)

  /** Five users, of whom the keys of a chunk find one each way. */
  async function readable() {
    const id = await begun()
    const [known, foreign, subject, named] = [
      await someUser(),
      await someUser(),
      await someUser(),
      await someUser(),
    ]
    await external(known, id, 'one')
    await external(foreign, `not ${id}`, 'one')
    await external(await someUser(), id, 'two')
    const keys = {
      externalIds: ['one'],
      names: [foldLoginName(named.username)],
      subjects: [subject.sub],
    }
    return { id, keys: { ...noKeys, ...keys }, known, subject, named }
  }

  it('are the users of its external ids in its namespace, of its subjects and of its names', async () => {
    const { id, keys, known, subject, named } = await readable()
    const found = await imports.readChunk(id, 1, keys)
    const byName = await imports.readChunk(id, 1, { ...noKeys, names: keys.names })
    expect({
      users: found.users.map((user) => user.id).toSorted((one, other) => one - other),
      names: [...found.names],
      stored: found.stored,
      byName: byName.users.map((user) => user.id),
    }).toEqual({
      users: [known.id, subject.id, named.id],
      names: [[foldLoginName(named.username), named.id]],
      stored: null,
      byName: [named.id],
    })
  })

  it('is the answer alone where the same chunk was taken in before', async () => {
    const { id, keys } = await readable()
    const answer = { ...nothing, created: 3 }
    await write(id, {}, { answer })
    const [again, next] = [
      await imports.readChunk(id, 1, keys),
      await imports.readChunk(id, 2, keys),
    ]
    expect({
      again: { stored: again.stored, users: again.users, names: [...again.names] },
      next: { stored: next.stored, users: next.users.length, names: next.names.size },
    }).toEqual({
      again: { stored: { digest: 'chunk 1', answer }, users: [], names: [] },
      next: { stored: null, users: 3, names: 1 },
    })
  })

  it('are its own links and claims', async () => {
    const [id, other] = [await begun(), await begun()]
    const [issuer, elsewhere] = [`https://${id}.example`, `https://${other}.example`]
    for (const [of, subject, userId] of [
      [issuer, 'one', 7],
      [issuer, 'two', 8],
      [elsewhere, 'one', 9],
    ] as const) {
      const insert = `INSERT INTO provider_links (issuer, subject, user_id, created_at)
        VALUES (?1, ?2, ?3, 1)`
      await run(insert, of, subject, userId)
    }
    await write(id, { claims: ['name/one', 'name/two'] })
    await write(other, { claims: ['name/three'] })
    const links = [{ issuer, subject: 'one' }]
    const claims = ['name/one', 'name/three']
    const found = await imports.readChunk(id, 2, { ...noKeys, links, claims })
    expect({ links: [...found.links], claims: [...found.claims] }).toEqual({
      links: [[`${issuer} one`, 7]],
      claims: ['name/one'],
    })
  })
})

describe('What a chunk writes', () => {
  it('is added to the counts of its own import', async () => {
    const [id, other] = [await begun(), await begun()]
    const counts = { created: 1, updated: 2, skipped: 3, failed: 4, reset: 5, totp: 7 }
    await write(id, {}, { answer: { ...nothing, ...counts, links: { made: 6, unnamed: 9 } } })
    await write(id, {}, { number: 2, answer: { ...nothing, created: 10 } })
    expect({ own: await imports.find(id), other: await imports.find(other) }).toMatchObject({
      own: { ...counts, created: 11, links: 6 },
      other: { created: 0, updated: 0, skipped: 0, failed: 0, reset: 0, links: 0, totp: 0 },
    })
  })

  it('claims once what several of its chunks would take', async () => {
    const id = await begun()
    expect(await write(id, { claims: ['name/one'] })).toBe(true)
    expect(await write(id, { claims: ['name/one', 'name/two'] }, { number: 2 })).toBe(true)
    const { claims } = await imports.readChunk(id, 3, {
      ...noKeys,
      claims: ['name/one', 'name/two'],
    })
    expect([...claims].toSorted()).toEqual(['name/one', 'name/two'])
  })
})

describe('A user whom a chunk changes', () => {
  const changeOf = (user: User, facts: Partial<ImportedChange> = {}): ImportedChange => ({
    ...user,
    password: null,
    sealedTotp: null,
    endsEverything: false,
    ...facts,
  })
  const change = async (changed: readonly ImportedChange[], requestId = 'a request') =>
    write(await begun(), { change: changed }, { requestId })

  it('keeps everything that the chunk does not name, and others keep their names', async () => {
    const [user, other] = [await someUser(), await someUser()]
    await run(
      `UPDATE users SET sealed_totp = 'sealed', password_state = 'ask' WHERE id = ?1`,
      user.id,
    )
    const [before, otherBefore] = [await userRow(user), await userRow(other)]
    const username = `new-${user.username}`
    expect(await change([changeOf(user, { username })])).toBe(true)
    const query = 'SELECT folded_name FROM login_names WHERE user_id = ?1'
    const namesOf = async ({ id }: User) =>
      (await env.DB.prepare(query).bind(id).all()).results.map((row) => row.folded_name)
    expect({
      row: await userRow(user),
      other: await userRow(other),
      hasNewName: (await namesOf(user)).includes(foldLoginName(username)),
      hasOldName: (await namesOf(user)).includes(foldLoginName(user.username)),
      othersNameStays: (await namesOf(other)).includes(foldLoginName(other.username)),
    }).toEqual({
      row: { ...before, username, updated_at: now },
      other: otherBefore,
      hasNewName: true,
      hasOldName: false,
      othersNameStays: true,
    })
  })

  it('gets the password with its state, and the factor, that the chunk names', async () => {
    const user = await someUser()
    const before = await userRow(user)
    const password = { passwordHash: 'another hash', passwordState: 'temporary' } as const
    await change([changeOf(user, { password, sealedTotp: 'sealed' })])
    expect(await userRow(user)).toEqual({
      ...before,
      password_hash: 'another hash',
      password_state: 'temporary',
      sealed_totp: 'sealed',
      updated_at: now,
    })
  })

  it.each<[string, Partial<ImportedChange>, boolean]>([
    ['a password', { password: { passwordHash: 'a hash', passwordState: null } }, false],
    ['a factor', { sealedTotp: 'sealed' }, false],
    ['a profile alone', {}, true],
  ])('who has signed in is given %s: %s', async (_what, facts, isTaken) => {
    const user = await someUser()
    await sessions.begin(newSession(user), { user, provedBuckets: [] }, audit())
    expect(await change([changeOf(user, facts)])).toBe(isTaken)
  })

  it('is as they were read, whatever another user is, or nothing of the chunk is written', async () => {
    const [user, other] = [await someUser(), await someUser()]
    await run('UPDATE users SET updated_at = updated_at + 0.001 WHERE id = ?1', user.id)
    const [before, otherBefore] = [await userRow(user), await userRow(other)]
    const name = 'A name'
    expect(await change([changeOf(user, { name }), changeOf(other, { name })])).toBe(false)
    expect([await userRow(user), await userRow(other)]).toEqual([before, otherBefore])
  })

  it('loses sessions and grants if they lose all access, and nobody else does', async () => {
    const kinds = ['ends', 'ends already', 'stays'] as const
    const made = []
    for (const kind of kinds) {
      const user = await someUser()
      const [proof, ids] = [
        { user, provedBuckets: [] },
        { userId: user.id, clientId: client.id },
      ]
      const [session, grant] = [newSession(user), newGrant(ids)]
      await sessions.begin(session, proof, audit())
      await grants.open(grant, proof, audit())
      made.push({ kind, user, grant, session })
    }
    const [, already, stays] = made
    await run('UPDATE users SET not_before = ?2 WHERE id = ?1', already?.user.id ?? 0, now + 5)
    await run('UPDATE users SET not_before = ?2 WHERE id = ?1', stays?.user.id ?? 0, 3)
    const requestId = randomSecret()
    const changed = made.map(({ kind, user }) =>
      changeOf(user, { endsEverything: kind !== 'stays' }),
    )
    expect(await change(changed, requestId)).toBe(true)
    const outcomes = await Promise.all(
      made.map(async ({ user, grant, session }) => {
        const query = `SELECT
            (SELECT not_before FROM users WHERE id = ?1) AS notBefore,
            (SELECT ended_at FROM sessions WHERE id = ?2) AS ended,
            (SELECT revoked_at FROM grants WHERE id = ?3) AS revoked,
            (SELECT COUNT(*) FROM audit_events WHERE request_id = ?4 AND user_id = ?1) AS events,
            (SELECT COUNT(*) FROM revocation_outbox
              WHERE key = 'rev:user-record:' || ?5) AS outdated`
        const values = [user.id, session.id, grant.id, requestId, user.sub]
        return env.DB.prepare(query)
          .bind(...values)
          .first()
      }),
    )
    const ended = { notBefore: now, ended: now, revoked: now, events: 1, outdated: 1 }
    expect(outcomes).toEqual([
      ended,
      { ...ended, notBefore: now + 5 },
      { notBefore: 3, ended: null, revoked: null, events: 0, outdated: 1 },
    ])
  })
})
