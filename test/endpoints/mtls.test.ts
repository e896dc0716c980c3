// RFC 8705: clients that a certificate proves, and tokens that are bound to one. Nothing here makes TLS
// connections: the platform tells of a certificate in `cf`, and that is what these requests bring.
import { describe, expect, it } from 'vitest'
import { base64, base64url } from '../../src/crypto/encoding.ts'
import { authorizationRequest, callback } from '../openid/flow.ts'
import { deployed } from '../support/deployment.ts'
import { newProofKey, proofOf } from '../support/dpop.ts'
import { Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { basic, encodeForm, read } from '../support/http.ts'
import { admin, registerClient, registerUser, type TestClient } from '../support/registry.ts'
import { grantRow } from '../support/time.ts'

const issuer = deployed.ISSUER
const host = 'https://mtls.id.example'
const server = new Server({ ...deployed, MTLS_HOST: 'mtls.id.example' })
const without = new Server(deployed)

const subject = 'CN=payments,O=Acme\\, Inc.,C=NL'
const der = new TextEncoder().encode('what stands for a certificate')
const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', der))
const hex = (bytes: Uint8Array) =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const thumbprint = base64url(digest)

/** What the platform tells of a certificate. */
const shown = {
  certPresented: '1',
  certVerified: 'SUCCESS',
  certRevoked: '0',
  certFingerprintSHA256: hex(digest),
  certSubjectDNRFC2253: subject,
}
type Shown = Partial<typeof shown>

/** Sends a request with what the platform tells of its connection; null = no certificate. */
function send(
  url: string,
  certificate: Shown | null = shown,
  init: RequestInit = {},
  to = server,
): Promise<Response> {
  const cf: object = certificate === null ? {} : { tlsClientAuth: certificate }
  return to.fetch(new Request(url, Object.assign({}, init, { cf })))
}

const posted = (form: Record<string, string>, headers: Record<string, string> = {}) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  body: encodeForm(form),
})
const machine = ({ client_id }: TestClient) =>
  posted({ grant_type: 'client_credentials', client_id })
const ask = (
  client: TestClient,
  certificate?: Shown | null,
  at = host,
  init: RequestInit = {},
  to = server,
) => {
  const usual = machine(client)
  const headers = { ...usual.headers, ...Object.fromEntries(new Headers(init.headers)) }
  return send(`${at}/oauth2/token`, certificate, { ...usual, headers }, to)
}
const invalidClient = {
  status: 401,
  body: { error: 'invalid_client', error_description: expect.any(String) },
}

const issued = await registerClient({
  token_endpoint_auth_method: 'tls_client_auth',
  tls_client_auth_subject_dn: 'cn=payments, o=Acme\\2c Inc., c=NL',
  tls_client_certificate_bound_access_tokens: true,
})
const selfSigned = await registerClient({
  token_endpoint_auth_method: 'self_signed_tls_client_auth',
  jwks: { keys: [{ ...(await newProofKey()).jwk, x5c: [base64(der)] }] },
})

describe('MT2: client authentication by certificate', () => {
  it('tls_client_auth: the name is compared by what it says', async () =>
    expect((await ask(issued)).status).toBe(200))

  it.each([
    ['a longer name', 'CN=payments,O=Acme\\, Inc.,C=NL,DC=example'],
    ['a shorter name', 'CN=payments'],
    ['a name that contains it', 'CN=CN\\=payments\\,O\\=Acme,O=Acme\\, Inc.,C=NL'],
    ['an unescaped comma', 'CN=payments,O=Acme, Inc.,C=NL'],
    ['another case of a value', 'CN=Payments,O=Acme\\, Inc.,C=NL'],
    ['another order', 'C=NL,O=Acme\\, Inc.,CN=payments'],
    ['no name', ''],
  ])('tls_client_auth: %s proves nobody', async (_what, certSubjectDNRFC2253) =>
    expect(await read(await ask(issued, { ...shown, certSubjectDNRFC2253 }))).toEqual(
      invalidClient,
    ),
  )

  it('self_signed_tls_client_auth: the registered certificate', async () => {
    const own = { ...shown, certVerified: 'FAILED:self signed certificate' }
    const other = { ...own, certFingerprintSHA256: 'ab'.repeat(32) }
    expect({
      own: (await ask(selfSigned, own)).status,
      other: (await ask(selfSigned, other)).status,
    }).toEqual({ own: 200, other: 401 })
  })

  it('tls_client_auth: nobody may issue the name to themselves', async () => {
    const own = { ...shown, certVerified: 'FAILED:self signed certificate' }
    expect(await read(await ask(issued, own))).toEqual(invalidClient)
  })

  it.each<[string, Shown | null, string]>([
    ['that failed', { ...shown, certVerified: 'FAILED' }, host],
    ['that has expired', { ...shown, certVerified: 'FAILED:certificate has expired' }, host],
    ['that was revoked', { ...shown, certRevoked: '1' }, host],
    ['that was not presented', { ...shown, certPresented: '0' }, host],
    ['without a fingerprint', { ...shown, certFingerprintSHA256: '' }, host],
    ['that is absent', null, host],
    ['at the ordinary host', shown, issuer],
  ])('M096: a certificate %s: invalid_client', async (_what, certificate, at) =>
    expect({
      issued: await read(await ask(issued, certificate, at)),
      selfSigned: await read(await ask(selfSigned, certificate, at)),
    }).toEqual({ issued: invalidClient, selfSigned: invalidClient }),
  )

  it('M096: headers that tell of a certificate are not read', async () => {
    const headers = {
      'Cf-Client-Cert-Sha256': hex(digest),
      'X-SSL-Client-Verify': 'SUCCESS',
      'X-SSL-Client-S-DN': subject,
      'Client-Cert': `:${base64(der)}:`,
      'X-Forwarded-Client-Cert': `Hash=${hex(digest)};Subject="${subject}"`,
    }
    expect(await read(await ask(issued, null, host, { headers }))).toEqual(invalidClient)
  })

  it('a certificate is no substitute for the method that a client registered', async () => {
    const secret = await registerClient()
    expect(await read(await ask(secret))).toEqual(invalidClient)
  })

  it.each([
    [{ token_endpoint_auth_method: 'tls_client_auth' }, 'tls_client_auth_subject_dn'],
    [{ token_endpoint_auth_method: 'self_signed_tls_client_auth' }, 'jwks'],
    [{ tls_client_auth_subject_dn: 'payments' }, 'tls_client_auth_subject_dn'],
  ])('a registration of %j lacks %s', async (metadata, field) => {
    const answer = await admin('POST', '/clients', { grant_types: ['refresh_token'], ...metadata })
    expect({ status: answer.status, text: await answer.text() }).toEqual({
      status: 400,
      text: expect.stringContaining(field),
    })
  })
})

describe('MT3: tokens that are bound to a certificate', () => {
  const introspected = async (token: string) => {
    const form = { token, client_id: issued.client_id }
    return (await send(`${host}/oauth2/introspect`, shown, posted(form))).json()
  }

  it('name it, and introspection shows that', async () => {
    const body = await (await ask(issued)).json<{ access_token: string; token_type: string }>()
    expect({
      type: body.token_type,
      cnf: claimsOf(body.access_token).cnf,
      told: await introspected(body.access_token),
    }).toEqual({
      type: 'Bearer',
      cnf: { 'x5t#S256': thumbprint },
      told: expect.objectContaining({
        active: true,
        token_type: 'Bearer',
        cnf: { 'x5t#S256': thumbprint },
      }),
    })
  })

  it('a client of another method gets none without a certificate, and a bound one with it', async () => {
    const client = await registerClient({ tls_client_certificate_bound_access_tokens: true })
    const { client_id, client_secret = '' } = client
    const init = { headers: basic(client_id, client_secret) }
    const bound = await (await ask(client, shown, host, init)).json<{ access_token: string }>()
    expect({
      bound: claimsOf(bound.access_token).cnf,
      none: await read(await ask(client, null, issuer, init)),
    }).toEqual({
      bound: { 'x5t#S256': thumbprint },
      none: {
        status: 400,
        body: { error: 'invalid_request', error_description: expect.any(String) },
      },
    })
  })

  it('RI7: are no substitute for the DPoP that a resource demands: a refresh rotates nothing', async () => {
    const { username, password } = await registerUser()
    const { client_id } = issued
    const resource = `https://${crypto.randomUUID()}.example`
    const created = await admin('POST', '/resources', { resource, aliases: [] })
    const { id } = await created.json<{ id: string }>()
    const granting = { grant_type: 'password', client_id, username, password, resource }
    const granted = await send(`${host}/oauth2/token`, shown, posted(granting))
    const { refresh_token } = await granted.json<{ refresh_token: string }>()
    await admin('PATCH', `/resources/${id}`, { dpop_required: true })
    const refreshing = { grant_type: 'refresh_token', client_id, refresh_token }
    const refused = await read(await send(`${host}/oauth2/token`, shown, posted(refreshing)))
    expect({ refused, generation: (await grantRow(refresh_token)).generation }).toEqual({
      refused: {
        status: 400,
        body: { error: 'invalid_dpop_proof', error_description: expect.any(String) },
      },
      generation: 0,
    })
  })

  it('M097: userinfo without it, with another one and at the ordinary host: invalid_token', async () => {
    const { username, password } = await registerUser()
    const { client_id } = issued
    const form = { grant_type: 'password', client_id, username, password, scope: 'openid' }
    const answer = await send(`${host}/oauth2/token`, shown, posted(form))
    const { access_token } = await answer.json<{ access_token: string }>()
    const init = { headers: { Authorization: `Bearer ${access_token}` } }
    const told = async (certificate: Shown | null, at = host) => {
      const { status, headers } = await send(`${at}/oauth2/userinfo`, certificate, init)
      return [status, /error="(\w+)"/.exec(headers.get('WWW-Authenticate') ?? '')?.[1]]
    }
    expect({
      right: await told(shown),
      none: await told(null),
      other: await told({ ...shown, certFingerprintSHA256: 'ab'.repeat(32) }),
      elsewhere: await told(shown, issuer),
    }).toEqual({
      right: [200, undefined],
      none: [401, 'invalid_token'],
      other: [401, 'invalid_token'],
      elsewhere: [401, 'invalid_token'],
    })
  })

  it('a proof of possession counts before the certificate, made for either host', async () => {
    const key = await newProofKey()
    const cnf = async (htu: string) => {
      const init = { headers: { DPoP: await proofOf(key, { htu }) } }
      const body = await (await ask(issued, shown, host, init)).json<{ access_token: string }>()
      return claimsOf(body.access_token).cnf
    }
    expect({
      host: await cnf(`${host}/oauth2/token`),
      issuer: await cnf(`${issuer}/oauth2/token`),
    }).toEqual({ host: { jkt: key.thumbprint }, issuer: { jkt: key.thumbprint } })
  })
})

describe('MT4: every endpoint at which a client authenticates', () => {
  const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

  it('takes a certificate: a fapi2 client pushes its request, a device asks for its codes', async () => {
    const client = await registerClient({
      profile: 'fapi2',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: subject,
      grant_types: ['authorization_code', deviceGrant],
      redirect_uris: [callback],
      scope: 'openid read',
    })
    const push = posted(authorizationRequest(client))
    const device = posted({ client_id: client.client_id, scope: 'openid' })
    const statuses = async (certificate: Shown | null, at = host) => ({
      par: (await send(`${at}/oauth2/par`, certificate, push)).status,
      device: (await send(`${at}/oauth2/device_authorization`, certificate, device)).status,
    })
    expect({
      right: await statuses(shown),
      none: await statuses(null),
      elsewhere: await statuses(shown, issuer),
    }).toEqual({
      right: { par: 201, device: 200 },
      none: { par: 401, device: 401 },
      elsewhere: { par: 401, device: 401 },
    })
  })
})

describe('MT4: what is told of it', () => {
  const metadataOf = async (to: Server) =>
    (await send(`${issuer}/.well-known/openid-configuration`, null, {}, to)).json<
      Record<string, unknown>
    >()
  const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']

  it('discovery names methods and addresses where MTLS_HOST is set', async () => {
    expect(await metadataOf(server)).toMatchObject({
      token_endpoint_auth_methods_supported: [
        ...methods,
        'tls_client_auth',
        'self_signed_tls_client_auth',
        'none',
      ],
      tls_client_certificate_bound_access_tokens: true,
      mtls_endpoint_aliases: {
        pushed_authorization_request_endpoint: `${host}/oauth2/par`,
        device_authorization_endpoint: `${host}/oauth2/device_authorization`,
        token_endpoint: `${host}/oauth2/token`,
        userinfo_endpoint: `${host}/oauth2/userinfo`,
        introspection_endpoint: `${host}/oauth2/introspect`,
        revocation_endpoint: `${host}/oauth2/revoke`,
      },
    })
  })

  it('discovery names none of them where it is not', async () => {
    const metadata = await metadataOf(without)
    expect(metadata.token_endpoint_auth_methods_supported).toEqual([...methods, 'none'])
    expect(Object.keys(metadata).filter((name) => /mtls|tls_/.test(name))).toEqual([])
  })

  it('without MTLS_HOST no certificate counts', async () =>
    expect(await read(await ask(issued, shown, issuer, {}, without))).toEqual(invalidClient))

  it.each(['/login', '/oauth2/authorize', '/', '/admin/v1/clients'])(
    '%s is not served under MTLS_HOST',
    async (path) => expect((await send(host + path)).status).toBe(421),
  )

  it.each([
    ['with a path', { ...deployed, MTLS_HOST: 'id.example/mtls' }],
    ['that is the issuer', { ...deployed, MTLS_HOST: 'id.example' }],
    ['in development', { MTLS_HOST: 'mtls.id.example' }],
  ])('an MTLS_HOST %s is a fault', async (_what, settings) =>
    expect((await send('http://localhost:8787/', null, {}, new Server(settings))).status).toBe(503),
  )
})
