// Names and addresses that a reader, a browser or an operating system takes for something else.
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { read } from '../support/http.ts'
import { beginImport, importRows, newRow } from '../support/imports.ts'
import { admin } from '../support/registry.ts'
import { registerAt } from '../registration/registrant.ts'

const open = new Server({ REGISTRATION: 'open' })

/** A refusal of the operator's interface that names this member, and no other. */
const faultOf = (field: string, detail: unknown = expect.any(String)) => ({
  status: 400,
  body: expect.objectContaining({ errors: [{ field, detail }] }),
})

describe('RFC 8252 7.1, RFC 9700 4.1.3: a redirect URI', () => {
  const register = async (uri: string) => {
    const metadata = { client_name: 'An app', redirect_uris: [uri] }
    const { status, body } = await registerAt(open.fetch, metadata)
    return {
      operator: await read(await admin('POST', '/clients', metadata)),
      self: { status, error: body['error'] },
    }
  }
  const refused = (detail?: unknown) => ({
    operator: faultOf('redirect_uris.0', detail),
    self: { status: 400, error: 'invalid_redirect_uri' },
  })

  it.each([
    'app:cb',
    'x:',
    'smb://host/cb',
    'resource:/cb',
    'livescript:/cb',
    'mocha:/cb',
    'feed:/cb',
    'microsoft-edge:/cb',
    'https://localhost./cb',
    'https://*.example/cb',
  ])('A20: %s is registered by nobody', async (uri) =>
    expect(await register(uri)).toEqual(refused()),
  )

  it('out of band is registered by nobody, who are told what to register instead', async () =>
    expect(await register('urn:ietf:wg:oauth:2.0:oob')).toEqual(
      refused(expect.stringContaining('register http://127.0.0.1/callback')),
    ))
})

describe('RFC 8265, RFC 5321: the names of a user', () => {
  const letter = String.fromCodePoint
  it.each<[string, 'username' | 'email', string]>([
    ['a braille blank', 'username', letter(0x2800)],
    ['thirty combining marks', 'username', `a${letter(0x301).repeat(30)}`],
    ['a private-use character', 'username', `a${letter(0xe000)}`],
    ['a no-break space inside', 'username', `a${letter(0xa0)}b`],
    ['a variation selector', 'username', `adm${letter(0xfe0f)}in`],
    ['an address without a dot', 'email', 'a@b'],
    ['an address with a variation selector', 'email', `a${letter(0xfe0f)}@b.example`],
    ['an address with a dot at its end', 'email', 'a@b.example.'],
  ])('A21: %s makes no user, by an operator or an import', async (_what, field, text) => {
    const sent = { username: `user-${crypto.randomUUID()}`, [field]: text }
    const { created, errors } = await importRows(await beginImport(), [newRow(sent)])
    expect({
      operator: await read(await admin('POST', '/users', sent)),
      imported: { created, fields: errors.map((error) => error.field) },
    }).toEqual({ operator: faultOf(field), imported: { created: 0, fields: [field] } })
  })
})

describe('RFC 3986 3.2, RFC 6761: the issuer of a provider', () => {
  const register = async (issuer: string) =>
    read(
      await admin('POST', '/providers', {
        ...{ label: 'Up', client_id: 'x', client_secret: 'y', issuer },
      }),
    )

  it.each(['https:/up.example', 'https:///up.example', 'https:up.example', 'https:////up.example'])(
    'A34: %s is no https address',
    async (issuer) => expect(await register(issuer)).toEqual(faultOf('issuer')),
  )

  it.each([
    'kubernetes.default.svc',
    'db.localdomain',
    'x.test',
    'x.invalid',
    'x.onion',
    'x.alt',
    'metadata.internal',
    '1.0.0.10.in-addr.arpa',
    '10.0.0.1.nip.io',
    'app.192-168-1-1.sslip.io',
  ])('A22: %s is nobody’s address', async (host) =>
    expect(await register(`https://${host}`)).toEqual(faultOf('issuer')),
  )
})
