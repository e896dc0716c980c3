// Names and addresses that a reader, a browser or an operating system takes for something else.
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { admin } from '../support/registry.ts'
import { registerAt } from '../registration/registrant.ts'

const open = new Server({ REGISTRATION: 'open' })

describe('RFC 8252 7.1, RFC 9700 4.1.3: a redirect URI', () => {
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
  ])('A20: %s is registered by nobody', async (uri) => {
    const metadata = { client_name: 'An app', redirect_uris: [uri] }
    expect({
      operator: (await admin('POST', '/clients', metadata)).status,
      self: (await registerAt(open.fetch, metadata)).status,
    }).toEqual({ operator: 400, self: 400 })
  })
})

describe('RFC 8265, RFC 5321: the names of a user', () => {
  const letter = String.fromCodePoint
  it.each([
    ['a braille blank', { username: letter(0x2800) }],
    ['thirty combining marks', { username: `a${letter(0x301).repeat(30)}` }],
    ['a private-use character', { username: `a${letter(0xe000)}` }],
    ['a no-break space inside', { username: `a${letter(0xa0)}b` }],
    ['a variation selector', { username: `adm${letter(0xfe0f)}in` }],
    ['an address without a dot', { email: 'a@b' }],
    ['an address with a variation selector', { email: `a${letter(0xfe0f)}@b.example` }],
    ['an address with a dot at its end', { email: 'a@b.example.' }],
  ])('A21: %s makes no user', async (_what, facts) => {
    const usual = { username: `user-${crypto.randomUUID()}` }
    expect((await admin('POST', '/users', { ...usual, ...facts })).status).toBe(400)
  })
})

describe('RFC 3986 3.2: the issuer of a provider', () => {
  it.each(['https:/up.example', 'https:///up.example', 'https:up.example', 'https:////up.example'])(
    'A34: %s is no https address',
    async (issuer) => {
      const provider = { label: 'Up', client_id: 'x', client_secret: 'y', issuer }
      expect((await admin('POST', '/providers', provider)).status).toBe(400)
    },
  )
})
