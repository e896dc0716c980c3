// Agents without a person in front of them: services with a secret or a key, and the agents of a company
// whose identity provider speaks for its employees (MCP's enterprise-managed authorization).
import {
  ClientCredentialsProvider,
  CrossAppAccessProvider,
  PrivateKeyJwtProvider,
  StaticPrivateKeyJwtProvider,
  discoverAndRequestJwtAuthGrant,
} from '@modelcontextprotocol/client'
import {
  ClientCredentialsProvider as ClientCredentialsProvider1,
  PrivateKeyJwtProvider as PrivateKeyJwtProvider1,
} from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { SignJWT, decodeJwt, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type IdentityProvider, employee, newIdentityProvider } from './identity-provider.ts'
import { type Connection, connect1, connect2 } from './mcp-client.ts'
import { newWorld, registeredClient, type World } from './world.ts'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

let world: World
let company: IdentityProvider
let clientOfCompany = ''
beforeAll(async () => {
  company = await newIdentityProvider(() => clientOfCompany)
  world = await newWorld()
}, 120_000)
afterAll(async () => {
  await world.end()
  company.end()
})

const notes = expect.objectContaining({ content: [{ type: 'text', text: expect.any(String) }] })

async function register(metadata: object): Promise<{ id: string; secret: string }> {
  const answer = await world.admin('POST', '/clients', metadata)
  const { client_id: id, client_secret: secret = '' } = registeredClient.parse(answer)
  return { id, secret }
}

const service = { grant_types: ['client_credentials'], scope: 'notes:read' }

/** A service with a key of its own. */
async function keyService(alg: string): Promise<{ id: string; privateKey: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const { id } = await register({
    ...service,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg, use: 'sig' }] },
  })
  return { id, privateKey: await exportJWK(privateKey) }
}

async function listsNotes(connection: Promise<Connection>): Promise<void> {
  const client = await connection
  expect(await client.callTool('list_notes')).toEqual(notes)
  await client.close()
}

describe('A service', () => {
  it('AG21: 2.4.0 and 1.32.2 sign in with a secret that needs no form-encoding', async () => {
    const { id, secret } = await register(service)
    const options = { clientId: id, clientSecret: secret, expectedIssuer: world.issuer }
    expect(secret).toMatch(/^[\w-]+$/)
    await listsNotes(connect2(world.mcp, new ClientCredentialsProvider(options)))
    await listsNotes(connect1(world.mcp, new ClientCredentialsProvider1(options)))
  })

  it.each(['ES256', 'RS256', 'EdDSA'])(
    'AG22: 2.4.0 and 1.32.2 sign in with a key: %s',
    async (algorithm) => {
      const { id, privateKey } = await keyService(algorithm)
      const options = {
        clientId: id,
        privateKey: { ...privateKey },
        algorithm,
        expectedIssuer: world.issuer,
      }
      await listsNotes(connect2(world.mcp, new PrivateKeyJwtProvider(options)))
      await listsNotes(connect1(world.mcp, new PrivateKeyJwtProvider1(options)))
    },
  )

  it('AG22: an assertion that is sent twice is refused with a word about its jti', async () => {
    const { id, privateKey } = await keyService('ES256')
    const jwtBearerAssertion = await new SignJWT({ jti: crypto.randomUUID() })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'JWT' })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(world.issuer)
      .setIssuedAt()
      .setExpirationTime('5 minutes')
      .sign(await importJWK(privateKey, 'ES256'))
    const options = { clientId: id, jwtBearerAssertion, expectedIssuer: world.issuer }
    await listsNotes(connect2(world.mcp, new StaticPrivateKeyJwtProvider(options)))
    await expect(
      connect2(world.mcp, new StaticPrivateKeyJwtProvider(options)),
    ).rejects.toMatchObject({ code: 'invalid_client', message: expect.stringContaining('jti') })
  })
})

describe('An agent of a company', () => {
  it('gets tokens for an employee by the word of the identity provider', async () => {
    const { id, secret } = await register({ grant_types: [jwtBearer], scope: 'notes:read' })
    clientOfCompany = id
    await trustCompany(id)
    const provider = new CrossAppAccessProvider({
      clientId: id,
      clientSecret: secret,
      expectedIssuer: world.issuer,
      assertion: async ({ authorizationServerUrl, resourceUrl, scope }) => {
        const { jwtAuthGrant } = await discoverAndRequestJwtAuthGrant({
          idpUrl: company.issuer,
          audience: authorizationServerUrl,
          resource: resourceUrl,
          idToken: await company.idToken('the agent at the company'),
          clientId: 'the agent at the company',
          ...(scope === undefined ? {} : { scope }),
        })
        return jwtAuthGrant
      },
    })
    const client = await connect2(world.mcp, provider)
    const { sub, aud, scope } = decodeJwt(provider.tokens()?.access_token ?? '')
    expect({ sub: typeof sub, isEmployee: sub === employee.sub, aud, scope }).toEqual({
      sub: 'string',
      isEmployee: false,
      aud: world.mcp,
      scope: 'notes:read',
    })
    expect(await client.callTool('list_notes')).toEqual(notes)
    await client.close()
  })
})

/** Registers the company's identity provider, and lets the employee sign in there once. */
async function trustCompany(clientId: string): Promise<void> {
  await world.admin('POST', '/providers', {
    id: 'company',
    label: 'The company',
    issuer: company.issuer,
    client_id: 'postern',
    client_secret: 'a secret of the company',
    accounts: 'create',
    assertions: true,
    assertion_clients: [clientId],
  })
  const browser = world.newBrowser()
  const form = { action: '/login/provider' }
  const { away } = await browser.submit(await browser.open('/'), { provider: 'company' }, form)
  const answer = await fetch(away ?? '', { redirect: 'manual' })
  const back = new URL(answer.headers.get('Location') ?? '')
  expect(await browser.open(back.pathname + back.search)).toMatchObject({ status: 200 })
}
