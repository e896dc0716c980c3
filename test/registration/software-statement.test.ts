// Software statements: metadata that somebody vouches for. RFC 7591 2.3.
import { describe, expect, it } from 'vitest'
import { makeKey, seconds, signToken } from '../federation/providers.ts'
import { providerWithKeys } from '../federation/provider-with-keys.ts'
import { Server } from '../support/faults.ts'
import { issuer } from '../support/http.ts'
import { countRows, manage, registerAt, registered201 } from './registrant.ts'

const { provider, key, jku } = await providerWithKeys()
const authority = 'https://federation.example'
const server = new Server({
  REGISTRATION: 'open',
  SOFTWARE_STATEMENT_ISSUERS: `https://other.example=https://other.example/keys, ${authority}=${jku}`,
})

const stranger = await makeKey()

const vouched = {
  client_name: 'The vouched name',
  redirect_uris: ['https://vouched.example/cb'],
}

const statement = (claims: object = {}, header: object = {}, signer = key) =>
  signToken(signer, { iss: authority, ...vouched, ...claims }, { typ: 'JWT', ...header })

/** A statement whose header says what no signer of ours writes. */
const forged = (header: object) =>
  [
    { typ: 'JWT', ...header },
    { iss: authority, ...vouched },
  ]
    .map((part) => btoa(JSON.stringify(part)).replaceAll('=', ''))
    .concat('c2lnbmF0dXJl')
    .join('.')

const register = (metadata: object, to = server) => registerAt(to.fetch, metadata)

describe('A software statement', () => {
  it('wins over the body, and comes back as it was sent', async () => {
    const software_statement = await statement({ exp: seconds() + 60, aud: issuer, trusted: true })
    const { status, body } = await register({
      software_statement,
      client_name: 'A name of my own',
      redirect_uris: ['https://own.example/cb'],
      scope: 'openid',
    })
    const { client_name, redirect_uris, scope, iss, trusted } = body
    expect({
      ...{ status, client_name, redirect_uris, scope, iss, trusted },
      same: body['software_statement'] === software_statement,
    }).toEqual({
      status: 201,
      ...vouched,
      scope: 'openid',
      iss: undefined,
      trusted: undefined,
      same: true,
    })
  })

  it('stands in the registration as long as no PUT leaves it out', async () => {
    const software_statement = await statement()
    const client = await registered201(server.fetch, { software_statement })
    const before = await manage(server.fetch, 'GET', client)
    const document = { client_id: client.client_id, redirect_uris: ['https://own.example/cb'] }
    const after = await manage(server.fetch, 'PUT', client, document)
    expect({
      before: before.body['software_statement'] === software_statement,
      after: after.body['software_statement'],
    }).toEqual({ before: true, after: undefined })
  })

  it('is ignored, and absent from the answer, where no issuer is listed', async () => {
    const open = new Server({ REGISTRATION: 'open' })
    const own = { redirect_uris: ['https://own.example/cb'] }
    const { status, body } = await register({ ...own, software_statement: 'anything' }, open)
    const { redirect_uris, software_statement } = body
    expect({ status, redirect_uris, software_statement }).toEqual({
      status: 201,
      ...own,
      software_statement: undefined,
    })
  })

  it.each<[string, string, () => unknown]>([
    [
      'of an issuer that is not listed',
      'unapproved_software_statement',
      () => statement({ iss: 'https://evil.example' }),
    ],
    [
      'signed by a stranger',
      'invalid_software_statement',
      () => statement({}, { kid: key.jwk.kid }, stranger),
    ],
    ['without a signature', 'invalid_software_statement', () => forged({ alg: 'none' })],
    ['with a shared secret', 'invalid_software_statement', () => forged({ alg: 'HS256' })],
    ['that has expired', 'invalid_software_statement', () => statement({ exp: seconds() - 1 })],
    [
      'that is not valid yet',
      'invalid_software_statement',
      () => statement({ nbf: seconds() + 600 }),
    ],
    [
      'for another server',
      'invalid_software_statement',
      () => statement({ aud: 'https://other.example' }),
    ],
    ['with a key of its own', 'invalid_software_statement', () => statement({}, { jwk: key.jwk })],
    [
      'that is another kind of token',
      'invalid_software_statement',
      () => statement({}, { typ: 'at+jwt' }),
    ],
    ['that is no text', 'invalid_software_statement', () => 1],
    ['without an issuer', 'invalid_software_statement', () => statement({ iss: undefined })],
  ])('%s is %s, and writes nothing', async (_what, error, make) => {
    const before = await countRows()
    const { status, body } = await register({ ...vouched, software_statement: await make() })
    expect({ status, error: body['error'], rows: await countRows() }).toEqual({
      status: 400,
      error,
      rows: before,
    })
  })

  it('whose keys cannot be fetched is 503: the client may try again', async () => {
    const unreachable = new Server({
      REGISTRATION: 'open',
      SOFTWARE_STATEMENT_ISSUERS: `${authority}=${provider.url('/nowhere')}`,
    })
    const software_statement = await statement()
    const { status, body } = await register({ ...vouched, software_statement }, unreachable)
    expect({ status, error: body['error'] }).toEqual({
      status: 503,
      error: 'temporarily_unavailable',
    })
  })
})
