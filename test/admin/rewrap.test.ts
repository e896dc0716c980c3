// MASTER_KEY is rotated: what was sealed under the old key is sealed anew, in bites, beside whatever
// else goes on, until the old key may go.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { hashMadeBy } from '../crypto/foreign-password/hashes.ts'
import { Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { importedUser, storedKind } from '../support/imported.ts'
import { beginImport, importRows, newRow } from '../support/imports.ts'
import { admin, registerClient, registerUser, type TestUser } from '../support/registry.ts'
import { clientCredentials, passwordGrant } from '../support/tokens.ts'

const oldKey = 'test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
const newKey = `new:${'B'.repeat(42)}A`
const both = () => new Server({ MASTER_KEY: `${newKey},${oldKey}` })
const withNew = () => new Server({ MASTER_KEY: newKey })

const client = await registerClient()
let users: TestUser[] = []

beforeEach(async () => {
  await env.DB.batch(
    ['users', 'login_names', 'signing_keys', 'providers', 'imports'].map((table) =>
      env.DB.prepare(`DELETE FROM ${table}`),
    ),
  )
  // Of the third, another system has made the hash.
  const { hash, password } = hashMadeBy('{SSHA}')
  users = [await registerUser(), await registerUser(), await importedUser(hash, password)]
  const provider = {
    id: 'elsewhere',
    issuer: 'https://provider.example',
    label: 'Elsewhere',
    client_id: 'a client',
    client_secret: 'a secret',
  }
  const answer = await admin('POST', '/providers', provider)
  if (!answer.ok) throw new Error(await answer.text())
  // A key for the requests of an import, and the TOTP secret of a user.
  const ask = 'https://old.example.com/check'
  const row = newRow({ totp: 'JBSWY3DPEHPK3PXP' })
  await importRows(await beginImport({ ask }), [row])
  await clientCredentials(client, {}, new Server().fetch)
})

const rewrap = async ({ fetch }: Server) => read(await admin('POST', '/keys/rewrap', {}, fetch))

const done = (rewrapped: number) => ({
  status: 200,
  body: {
    rewrapped,
    remaining: {
      password_hashes: 0,
      signing_keys: 0,
      provider_secrets: 0,
      totp_secrets: 0,
      import_keys: 0,
      mails: 0,
      mail_actions: 0,
    },
  },
})

const statusesOf = async ({ fetch }: Server): Promise<number[]> => {
  const answers = await Promise.all(users.map((user) => passwordGrant(client, user, {}, fetch)))
  return answers.map(({ status }) => status)
}

const sealedUnder = async (): Promise<unknown> => {
  const { results } = await env.DB.prepare(
    `SELECT password_hash AS sealed FROM users WHERE password_hash IS NOT NULL
     UNION ALL SELECT wrapped_private_key FROM signing_keys
     UNION ALL SELECT wrapped_client_secret FROM providers
     UNION ALL SELECT sealed_ask_key FROM imports WHERE sealed_ask_key IS NOT NULL
     UNION ALL SELECT sealed_totp FROM users WHERE sealed_totp IS NOT NULL`,
  ).all<{ sealed: string }>()
  return [
    ...new Set(results.map(({ sealed }) => /k=([^$]+)|^(\w+)\./.exec(sealed)?.slice(1).join(''))),
  ]
}

describe('sealing anew under the first key of MASTER_KEY', () => {
  it('reaches passwords, signing keys, secrets of providers and what imports seal; then the old key may go', async () => {
    const keys = Object(await (await admin('GET', '/keys')).json()).items.length
    expect(await rewrap(both())).toEqual(done(users.length + keys + 3))
    expect(await sealedUnder()).toEqual(['new'])
    const alone = withNew()
    expect(await statusesOf(alone)).toEqual([200, 200, 200])
    expect((await clientCredentials(client, {}, alone.fetch)).status).toBe(200)
  })

  it('seals what another system made as it is: nobody has typed a password', async () => {
    await rewrap(both())
    expect(await Promise.all(users.map(storedKind))).toEqual(['own', 'own', 'sha1'])
  })

  it('may be asked for again, and by several at once', async () => {
    await Promise.all([rewrap(both()), rewrap(both()), rewrap(both())])
    expect(await rewrap(both())).toEqual(done(0))
    expect(await statusesOf(withNew())).toEqual([200, 200, 200])
  })

  it('takes a bounded number of rows a call and says what is left', async () => {
    const copy = env.DB.prepare(
      `INSERT INTO users (sub, pairwise_salt, username, password_hash, created_at, updated_at)
       SELECT 'sub-' || value, '', 'name-' || value, password_hash, 1, 1
       FROM users, json_each(?1) WHERE users.id = ?2`,
    )
    const numbers = JSON.stringify(Array.from({ length: 600 }, (_, index) => index))
    await copy.bind(numbers, users[0]?.id).run()
    const server = both()
    expect(await rewrap(server)).toMatchObject({
      body: { rewrapped: 500, remaining: { password_hashes: 103 } },
    })
    expect(await rewrap(server)).toMatchObject({ body: { remaining: { password_hashes: 0 } } })
  })

  it('leaves a password that is changed meanwhile to whoever changes it', async () => {
    const server = both()
    const [user] = users
    const changed = { password: crypto.randomUUID() }
    server.plan(async ({ text }) => {
      if (text.includes('UPDATE users SET password_hash')) {
        await admin('PATCH', `/users/${user?.id}`, changed)
      }
      return null
    })
    await rewrap(server)
    server.plan(() => null)
    await rewrap(server)
    const answer = await passwordGrant(
      client,
      { username: user?.username ?? '', ...changed },
      {},
      withNew().fetch,
    )
    expect(answer.status).toBe(200)
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'broken off at its storage call %i, every password still works',
    async (call) => {
      const server = both()
      server.plan((_, nth) => (nth === call ? 'fails after the commit' : null))
      await rewrap(server)
      server.plan(() => null)
      expect(await statusesOf(server)).toEqual([200, 200, 200])
      await rewrap(server)
      expect(await statusesOf(withNew())).toEqual([200, 200, 200])
    },
  )

  it('passes over what no listed key opens, and counts it as remaining', async () => {
    expect(await rewrap(withNew())).toMatchObject({
      status: 200,
      body: { rewrapped: 0, remaining: { password_hashes: users.length, provider_secrets: 1 } },
    })
    expect(await statusesOf(both())).toEqual([200, 200, 200])
  })
})
