// Odd requests at the endpoints for clients, of rows that no other file has.
import { base64url } from 'jose'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { makeKey, seconds } from '../federation/providers.ts'
import { grant_type as jwtBearer } from '../support/asserted.ts'
import { assertionOf, registerKeyClient, tokenWith } from '../support/assertions.ts'
import { Server } from '../support/faults.ts'
import { basic, issuer, post, read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'

const client = await registerClient({
  grant_types: ['password', 'refresh_token', 'client_credentials', 'authorization_code'],
  redirect_uris: ['https://client.example/cb'],
})
const { client_id, client_secret = '' } = client
const credentials = basic(client_id, client_secret)

const refusal = (error: string, status = 400) => ({
  status,
  body: { error, error_description: expect.any(String) },
})

describe('RFC 6749 3.2: parameters in the URL of the token endpoint', () => {
  it('N068: are not read: with credentials in the header a grant type there is none', async () => {
    const answer = await post('/oauth2/token?grant_type=client_credentials', '', credentials)
    expect(await read(answer)).toEqual(refusal('invalid_request'))
  })

  it('N068: a secret there counts neither alone nor beside a client_id in the form', async () => {
    const query = new URLSearchParams({ client_secret })
    const form = { grant_type: 'client_credentials', client_id }
    expect(await read(await post(`/oauth2/token?${query}`, form))).toEqual(
      refusal('invalid_client', 401),
    )
  })
})

describe('RFC 6749 Appendix B: text that is no UTF-8, or holds a NUL', () => {
  const names = ['code', 'client_id', 'scope', 'refresh_token', 'username', 'token', 'resource']
  const requests = names.flatMap((name) =>
    ['/oauth2/token', '/oauth2/revoke', '/oauth2/introspect'].map((path) => [path, name] as const),
  )
  const malformed = (error_description: string) => ({
    status: 400,
    body: { error: 'invalid_request', error_description },
  })
  const ask = async (path: string, name: string, value: string, server = new Server()) => {
    const text = `grant_type=client_credentials&${name}=${value}`
    const answer = await read(await post(path, text, credentials, server.fetch))
    return { answer, writes: server.calls.filter(({ text }) => /INSERT|UPDATE|DELETE/.test(text)) }
  }

  it.each(requests)('N074: %s with %s=%FF is invalid_request, not U+FFFD', async (path, name) => {
    expect(await ask(path, name, 'a%FFb')).toEqual({
      answer: malformed('a parameter is not valid percent-encoded UTF-8'),
      writes: [],
    })
  })

  it.each(requests)('N076: %s with a NUL in %s is invalid_request', async (path, name) => {
    expect(await ask(path, name, 'a%00b')).toEqual({
      answer: malformed('a parameter contains a NUL character'),
      writes: [],
    })
  })
})

describe('RFC 6749 2.3.1 and Appendix B: a secret that no header can carry as it is', () => {
  // RFC 6749 Appendix A.2 allows a space; registration does not, nor anything beyond ASCII.
  it('N092: with a space or letters beyond ASCII is not registered, and in a header is only wrong', async () => {
    const secret = `a: b%41+c é漢😀 ${crypto.randomUUID()}`
    const registered = await admin('POST', '/clients', {
      grant_types: ['client_credentials'],
      client_secret: secret,
    })
    const form = { grant_type: 'client_credentials' }
    expect({
      registered: registered.status,
      sent: await read(await post('/oauth2/token', form, basic(client_id, secret))),
    }).toEqual({ registered: 400, sent: refusal('invalid_client', 401) })
  })
})

describe('RFC 7519 7.2: an assertion that is JSON, and no object of claims', () => {
  const deep = '['.repeat(100) + ']'.repeat(100)
  const texts = ['null', '[]', '"x"', '1', deep, `{"iss":${deep}}`, '{', '']

  it.each(texts)('N104: with the header %j is 401', async (header) => {
    const [, payload, signature] = (await assertionOf(await registerKeyClient())).split('.')
    const assertion = [base64url.encode(header), payload, signature].join('.')
    expect(await read(await tokenWith(assertion))).toEqual(refusal('invalid_client', 401))
  })

  it.each(texts)('N104: with the payload %j, truly signed, is 401', async (payload) => {
    const { client: own, key } = await registerKeyClient()
    const header = JSON.stringify({ alg: 'ES256', kid: key.kid })
    const content = `${base64url.encode(header)}.${base64url.encode(payload)}`
    const signature = await crypto.subtle.sign(
      { name: 'ECDSA', hash: 'SHA-256' },
      key.privateKey,
      new TextEncoder().encode(content),
    )
    const assertion = `${content}.${base64url.encode(new Uint8Array(signature))}`
    const named = { client_id: own.client_id }
    expect(await read(await tokenWith(assertion, named))).toEqual(refusal('invalid_client', 401))
  })
})

describe('RFC 7523 3: an assertion about a user that does not count', () => {
  it('N160: is invalid_grant, and nothing of it is stored', async () => {
    const own = await registerKeyClient({ grant_types: [jwtBearer], scope: 'read' })
    const { sub } = await registerUser()
    const rows = () =>
      env.DB.prepare(
        'SELECT (SELECT COUNT(*) FROM grants) AS grants, (SELECT COUNT(*) FROM used_identifiers) AS used',
      ).first()
    const before = await rows()
    const assertions = {
      severalAudiences: await assertionOf(own, { sub, aud: [issuer, 'https://a.example'] }),
      otherAudience: await assertionOf(own, { sub, aud: 'https://a.example' }),
      noEnd: await assertionOf(own, { sub, exp: undefined }),
      ended: await assertionOf(own, { sub, exp: seconds() - 300 }),
      noSubject: await assertionOf(own, { sub: '' }),
      unknownIssuer: await assertionOf(own, { sub, iss: 'https://nobody.example' }),
      foreignKey: await assertionOf({ ...own, key: await makeKey() }, { sub }),
    }
    for (const [what, assertion] of Object.entries(assertions)) {
      const answer = await post('/oauth2/token', { grant_type: jwtBearer, assertion })
      expect({ what, ...(await read(answer)) }).toEqual({ what, ...refusal('invalid_grant') })
    }
    expect(await rows()).toEqual(before)
  })
})
