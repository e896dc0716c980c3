// The passwords of imported users: section 7 of the operator's side, "Hashes" and "No hash in the
// file", rows O29, O30 and O36.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { hashMadeBy } from '../crypto/foreign-password/hashes.ts'
import { ScriptedProvider } from '../federation/providers.ts'
import type { Script } from '../federation/servers/scripted.ts'
import { backToNow } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { read, refusal } from '../support/http.ts'
import { beginImport, importRows, newRow, report, userNamed } from '../support/imports.ts'
import { admin, registerClient } from '../support/registry.ts'
import { resetUser, setPasswordAt } from '../support/reset-links.ts'
import { passwordGrant } from '../support/tokens.ts'
import { UserAgent } from '../support/user-agent.ts'
import { invalid } from './operator.ts'

afterEach(backToNow)

const client = await registerClient()
const wrong = { status: 400, error: 'invalid_grant' }

const statusOf = async (username: string, password: string): Promise<number> =>
  (await passwordGrant(client, { username, password })).status

const hashOf = async (username: string): Promise<string | null> => {
  const row = await env.DB.prepare('SELECT password_hash AS hash FROM users WHERE username = ?1')
    .bind(username)
    .first<{ hash: string | null }>()
  return row?.hash ?? null
}

describe('an imported password', () => {
  it('in clear is hashed, and signs its user in', async () => {
    const row = newRow({ password: { plain: 'short' } })
    await importRows(await beginImport(), [row])
    expect({
      stored: (await hashOf(row.username))?.includes('short'),
      right: await statusOf(row.username, 'short'),
      wrong: await statusOf(row.username, 'shorter'),
    }).toEqual({ stored: false, right: 200, wrong: 400 })
  })

  it('as a hash signs its user in, is sealed until then, and is made anew', async () => {
    const { hash, password } = hashMadeBy('bcrypt $2b$')
    const row = newRow({ password: { hash } })
    const answer = await importRows(await beginImport(), [row])
    const imported = await hashOf(row.username)
    const server = new Server()
    const user = { username: row.username, password }
    const signedIn = (await passwordGrant(client, user, {}, server.fetch)).status
    await server.settled()
    expect({
      answer,
      imported,
      signedIn,
      after: await hashOf(row.username),
      again: await statusOf(row.username, password),
    }).toEqual({
      answer: report({ created: 1 }),
      imported: expect.stringMatching(/^\$bcrypt\$k=\w+\$[\w-]+$/),
      signedIn: 200,
      after: expect.stringMatching(/^\$pbkdf2-sha256-chain\$/),
      again: 200,
    })
  })

  it.each([
    ['O29', 'bcrypt of cost 31', `$2b$31$${'a'.repeat(53)}`, 'too_costly'],
    [
      'O29',
      'argon2 of 4 GiB',
      '$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
      'too_costly',
    ],
    [
      'O29',
      'PBKDF2 of 10^9 rounds',
      '$pbkdf2-sha256$i=1000000000$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
      'too_costly',
    ],
    [
      'O29',
      'scrypt of 2^30',
      '$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA',
      'too_costly',
    ],
    ['O30', 'bcrypt cut off', '$2b$10$abc', 'malformed_hash'],
    ['O30', 'an exclamation mark', '!', 'unknown_hash'],
    ['O30', 'a star', '*', 'unknown_hash'],
    ['O30', 'stars', '**********', 'unknown_hash'],
    ['O30', 'nothing', '', 'unknown_hash'],
  ])('%s: %s makes a user without a password, and a fault', async (_id, _name, hash, code) => {
    const row = newRow({ password: { hash } })
    const answer = await importRows(await beginImport(), [row])
    expect({ answer, signsIn: await statusOf(row.username, hash === '' ? '!' : hash) }).toEqual({
      answer: report({
        created: 1,
        reset: 1,
        errors: [{ line: 1, field: 'password.hash', detail: expect.any(String), code }],
      }),
      signsIn: 400,
    })
  })

  it.each([
    [
      'two forms',
      { hash: 'x', plain: 'y' },
      'password',
      'must have exactly one of hash, plain and reset',
    ],
    ['no form', {}, 'password', 'must have exactly one of hash, plain and reset'],
    ['an empty text', { plain: '' }, 'password.plain', 'must not be empty'],
    ['2 KiB', { plain: 'x'.repeat(2048) }, 'password.plain', 'must have at most 1024 bytes'],
  ])('with %s is an error of its row', async (_name, password, field, detail) => {
    const answer = await importRows(await beginImport(), [newRow({ password })])
    const errors = [{ line: 1, field, detail, code: 'invalid' }]
    expect(answer).toEqual(report({ failed: 1, errors }))
  })

  it('of nobody, to be set anew, is counted', async () => {
    const answer = await importRows(await beginImport(), [newRow({ password: { reset: true } })])
    expect(answer).toEqual(report({ created: 1, reset: 1 }))
  })
})

describe('an update of somebody who has never signed in', () => {
  it.each(['has been reset', 'has set a password of their own'])(
    'leaves the password of whoever %s',
    async (what) => {
      const source = { source_id: crypto.randomUUID() }
      const row = newRow({ password: { plain: 'the old password' } })
      await importRows(await beginImport(source), [row])
      const id = (await userNamed(row.username))?.id ?? 0
      const link = await resetUser({ id })
      if (what !== 'has been reset') await setPasswordAt(new UserAgent(), link, 'one of their own')
      const update = await beginImport({ ...source, on_existing: 'update' })
      await importRows(update, [{ ...row, name: 'Updated' }])
      expect({
        name: (await userNamed(row.username))?.name,
        old: await statusOf(row.username, 'the old password'),
        own: await statusOf(row.username, 'one of their own'),
      }).toEqual({ name: 'Updated', old: 400, own: what === 'has been reset' ? 400 : 200 })
    },
  )
})

describe('a TOTP secret', () => {
  const secret = 'JBSWY3DPEHPK3PXP'

  it('is stored sealed, counted, and sealed again with the rest', async () => {
    const row = newRow({ totp: secret })
    const answer = await importRows(await beginImport(), [row])
    const { sealed } = Object(
      await env.DB.prepare('SELECT sealed_totp AS sealed FROM users WHERE username = ?1')
        .bind(row.username)
        .first(),
    )
    const { body } = await read(await admin('POST', '/keys/rewrap'))
    expect({ answer, isSealed: /^\w+\.[\w-]+$/.test(sealed), body }).toMatchObject({
      answer: report({ created: 1, totp: 1 }),
      isSealed: true,
      body: { remaining: { totp_secrets: 0, import_keys: 0 } },
    })
    expect(sealed).not.toContain(secret)
  })

  it('that is not base32 is an error of its row', async () => {
    const answer = await importRows(await beginImport(), [newRow({ totp: 'not base 32!' })])
    const errors = [{ line: 1, field: 'totp', detail: 'must be base32', code: 'invalid' }]
    expect(answer).toEqual(report({ failed: 1, errors }))
  })
})

describe('a password that the old system is asked for', () => {
  async function importAsked(script: Omit<Script, 'body'> & { body?: unknown }) {
    const endpoint = new ScriptedProvider()
    await endpoint.answer('/check', script)
    const begun = await admin('POST', '/imports', { source: 'okta', ask: endpoint.url('/check') })
    const { id, ask_key } = await begun.json<{ id: string; ask_key: string }>()
    const row = newRow({ password: { reset: true } })
    await importRows(id, [row])
    return { endpoint, id, key: ask_key, username: row.username }
  }

  const match = { body: { match: true } }

  it('signs its user in, and the endpoint is not asked again', async () => {
    const { endpoint, username } = await importAsked(match)
    const server = new Server()
    const signIn = async (password: string) =>
      (await passwordGrant(client, { username, password }, {}, server.fetch)).status
    const first = await signIn('the old password')
    await server.settled()
    expect({
      first,
      again: await signIn('the old password'),
      other: await signIn('another password'),
      asked: (await endpoint.requests('/check')).length,
    }).toEqual({ first: 200, again: 200, other: 400, asked: 1 })
  })

  it('is sent with a signature of the key that the import began with', async () => {
    const { endpoint, key, username } = await importAsked(match)
    await statusOf(username, 'the old password')
    const [request] = await endpoint.requests('/check')
    const header = String(request?.headers['postern-signature'])
    const [, seconds = '', signature = ''] = /^t=(\d+),v1=(.+)$/.exec(header) ?? []
    const algorithm = { name: 'HMAC', hash: 'SHA-256' }
    const bytes = new TextEncoder()
    const hmacKey = await crypto.subtle.importKey('raw', bytes.encode(key), algorithm, false, [
      'verify',
    ])
    const signed = bytes.encode(`${seconds}.${request?.body}`)
    expect({
      method: request?.method,
      body: JSON.parse(request?.body ?? ''),
      isSigned: await crypto.subtle.verify(
        'HMAC',
        hmacKey,
        Uint8Array.fromBase64(signature),
        signed,
      ),
    }).toEqual({
      method: 'POST',
      body: { username, password: 'the old password' },
      isSigned: true,
    })
  })

  it('signs 10 first sign-ins in at once, and one hash stays', async () => {
    const { username } = await importAsked(match)
    const server = new Server()
    const user = { username, password: 'the old password' }
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => passwordGrant(client, user, {}, server.fetch)),
    )
    await server.settled()
    expect({
      statuses: answers.map(({ status }) => status),
      after: await statusOf(username, user.password),
    }).toEqual({ statuses: Array(10).fill(200), after: 200 })
  })

  it.each([
    ['a no', { body: { match: false } }],
    ['a yes that is no boolean', { body: { match: 'true' } }],
    ['a redirect', { status: 302, headers: { Location: 'https://example.com/' } }],
    ['500', { status: 500, body: { match: true } }],
    ['1 MiB', { body: `{"match": true, "x": "${'x'.repeat(1_048_576)}"}` }],
    ['HTML', { body: '<html>', headers: { 'Content-Type': 'text/html' } }],
  ])('O36: answered by %s is a wrong password', async (_name, script) => {
    const { username } = await importAsked(script)
    expect(await refusal(passwordGrant(client, { username, password: 'any' }))).toEqual(wrong)
  })

  it('O36: answered slowly, or not at all, is 503', async () => {
    const slow = await importAsked({ ...match, delay: 3_500 })
    const gone = await importAsked({ drops: true })
    const unavailable = { status: 503, error: 'temporarily_unavailable' }
    const ask = ({ username }: { username: string }) =>
      refusal(passwordGrant(client, { username, password: 'any' }))
    expect({ slow: await ask(slow), gone: await ask(gone) }).toEqual({
      slow: unavailable,
      gone: unavailable,
    })
  })

  it('O36: is asked for at no address that the server must not call', async () => {
    const ask = async (url: string) =>
      read(await admin('POST', '/imports', { source: 'okta', ask: url }))
    expect({
      http: await ask('http://example.com/check'),
      private: await ask('https://10.0.0.1/check'),
      text: await ask('nothing'),
    }).toEqual({
      http: invalid({ field: 'ask', detail: 'must be https' }),
      private: invalid({ field: 'ask', detail: 'has an address that is not public' }),
      text: invalid({ field: 'ask', detail: 'is not an absolute URL' }),
    })
  })

  it('is asked for within the limit of tries, whatever the answer', async () => {
    const { endpoint, username } = await importAsked({ body: { match: false } })
    const statuses = []
    for (let nth = 0; nth < 12; nth++) statuses.push(await statusOf(username, `guess ${nth}`))
    expect({
      last: statuses.slice(-2),
      asked: (await endpoint.requests('/check')).length,
    }).toEqual({ last: [429, 429], asked: 10 })
  })

  it('is asked for as the first import said, else as the newest update of its source', async () => {
    const [first, second] = [new ScriptedProvider(), new ScriptedProvider()]
    await first.answer('/check', match)
    await second.answer('/check', match)
    const source = { source_id: crypto.randomUUID() }
    const rows = [newRow({ password: { reset: true } }), newRow({ password: { reset: true } })]
    const [asked, unasked] = rows
    await importRows(await beginImport({ ...source, ask: first.url('/check') }), rows.slice(0, 1))
    await importRows(await beginImport(source), rows.slice(1))
    const ask = second.url('/check')
    const update = await beginImport({ ...source, ask, on_existing: 'update' })
    await importRows(update, rows)
    expect({
      asked: await statusOf(asked?.username ?? '', 'the old password'),
      unasked: await statusOf(unasked?.username ?? '', 'the old password'),
      first: (await first.requests('/check')).length,
      second: (await second.requests('/check')).length,
    }).toEqual({ asked: 200, unasked: 200, first: 1, second: 1 })
  })

  it('O14: of an administrator is sent to no endpoint of an import that gives no such role', async () => {
    const endpoint = new ScriptedProvider()
    await endpoint.answer('/check', match)
    const source = { source_id: crypto.randomUUID(), admin_roles: true }
    const ask = endpoint.url('/check')
    const row = newRow({ roles: ['admin'], password: { reset: true } })
    await importRows(await beginImport(source), [row])
    await importRows(await beginImport({ ...source, ask, on_existing: 'update' }), [row])
    const evil = new ScriptedProvider()
    await evil.answer('/check', match)
    const theirs = { source_id: source.source_id, on_existing: 'update' }
    await beginImport({ ...theirs, ask: evil.url('/check') })
    expect({
      status: await statusOf(row.username, 'the old password'),
      asked: (await endpoint.requests('/check')).length,
      evil: (await evil.requests('/check')).length,
    }).toEqual({ status: 200, asked: 1, evil: 0 })
  })

  it('signs nobody in whom a reset has overtaken, though the reset leaves the same text', async () => {
    const { username } = await importAsked(match)
    const id = (await userNamed(username))?.id ?? 0
    const server = new Server()
    let isReset = false
    server.plan(async ({ text }) => {
      if (isReset || !text.includes('INSERT INTO grants')) return null
      isReset = true
      await resetUser({ id })
      // The reset began before the sign-in did.
      const back = 'UPDATE users SET not_before = not_before - 60 WHERE id = ?1'
      await env.DB.prepare(back).bind(id).run()
      return null
    })
    const user = { username, password: 'the old password' }
    const answer = await refusal(passwordGrant(client, user, {}, server.fetch))
    expect({ isReset, answer }).toEqual({ isReset: true, answer: wrong })
  })

  it('is asked for nobody who is disabled, and not once the operator has set another', async () => {
    const { endpoint, username } = await importAsked(match)
    const id = (await userNamed(username))?.id
    await admin('PATCH', `/users/${id}`, { disabled: true })
    const disabled = await statusOf(username, 'the old password')
    await admin('PATCH', `/users/${id}`, { disabled: false, password: 'set by the operator' })
    expect({
      disabled,
      old: await statusOf(username, 'the old password'),
      set: await statusOf(username, 'set by the operator'),
      asked: (await endpoint.requests('/check')).length,
    }).toEqual({ disabled: 400, old: 400, set: 200, asked: 0 })
  })
})
