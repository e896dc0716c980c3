// Whole tables, page by page: each row once, and each grant judged by its own client.
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, now, run, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, exports } = openStore(env)

const user = await storeUser(userAdministration)

async function someGrant() {
  const client = newClient()
  await clients.create(client, audit())
  const grant = newGrant({ userId: user.id, clientId: client.id })
  expect(await grants.open(grant, { user, provedBuckets: [] }, audit())).toBe('opened')
  return { id: grant.id, clientId: client.id }
}

it('A page goes on behind the last row of the one before', async () => {
  for (const subject of ['one', 'two', 'three']) {
    const insert = `INSERT INTO provider_links (issuer, subject, user_id, created_at)
      VALUES ('https://id.example', ?1, ?2, 1)`
    await run(insert, subject, user.id)
  }
  const first = await exports.links(2, 0)
  const second = await exports.links(2, Number(first.nextCursor))
  expect({
    first: first.items.map(({ subject }) => subject),
    second: second.items.map(({ subject }) => subject),
    next: second.nextCursor,
  }).toEqual({ first: ['one', 'two'], second: ['three'], next: null })
})

it('The grants are those that live, by what became of their own clients', async () => {
  const [first, disabled, last] = [await someGrant(), await someGrant(), await someGrant()]
  await run('UPDATE clients SET disabled_at = 1 WHERE id = ?1', disabled.clientId)
  const { items } = await exports.grants(now, 9, 0)
  expect(items.map(({ id }) => id)).toEqual([first.id, last.id])
})
