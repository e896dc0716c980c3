// Who a client is: the rules of client authentication that all faces share, and what some tolerate.
import { describe, expect, it, vi } from 'vitest'
import type { AuthorizationServer } from '../../../src/core/authorization-server.ts'
import {
  type ClientTolerance,
  type PresentedCredentials,
  authenticateClient,
  proveClient,
  provesClient,
  readCredentials,
  requireOwningClient,
} from '../../../src/core/clients/authentication.ts'
import type { RegisteredMetadata } from '../../../src/core/clients/metadata.ts'
import { none } from '../../../src/core/clients/methods/none.ts'
import { privateKeyJwt } from '../../../src/core/clients/methods/private-key-jwt.ts'
import { secretBasic } from '../../../src/core/clients/methods/secret-basic.ts'
import type { Client } from '../../../src/core/clients/storage.ts'
import { RateLimits } from '../../../src/core/people/rate-limits.ts'
import { digestOf } from '../../../src/crypto/secret.ts'
import { assertionOf, registerKeyClient } from '../../support/assertions.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { refusalOf } from '../../support/refusals.ts'
import { newClient } from '../../support/records.ts'
import { registerClient } from '../../support/registry.ts'

const secret = 'the secret of the client'
const secretDigest = await digestOf(secret)
const usual = newClient()

const clientOf = (metadata: Partial<RegisteredMetadata>, facts: Partial<Client> = {}): Client => ({
  ...newClient({ secretDigest, ...facts }),
  metadata: { ...usual.metadata, ...metadata },
})
const basicClient = clientOf({
  token_endpoint_auth_method: 'client_secret_basic',
  token_endpoint_auth_method_named: true,
})
const postClient = clientOf({
  token_endpoint_auth_method: 'client_secret_post',
  token_endpoint_auth_method_named: true,
})
const publicClient = clientOf({ token_endpoint_auth_method: 'none' }, { secretDigest: null })

const byBasic = (clientSecret: string | undefined): PresentedCredentials => ({
  clientId: 'a client',
  clientSecret,
  method: secretBasic,
})

/** Who is proved by a secret in a Basic header, or the refusal. */
const proved = (
  client: Client | null,
  clientSecret: string | undefined,
  tolerance: ClientTolerance = {},
  as = requestToCore(),
) =>
  refusalOf(async () => {
    const found = async () => client
    const { client: known, clientSecret: by } = await proveClient(
      as,
      byBasic(clientSecret),
      tolerance,
      found,
    )
    return { id: known.id, by }
  })

const failed = (reason: string) => ({ error: 'invalid_client', reason })

describe('RFC 6749 2.3: one method a request', () => {
  const sources = {
    authorization: `Basic ${btoa('of-header:one')}`,
    parameters: new Map([
      ['client_id', 'of-body'],
      ['client_secret', 'other'],
    ]),
  }

  it('two are refused, but for a face where the header takes precedence', async () => {
    const read = (tolerance: ClientTolerance) =>
      refusalOf(async () => readCredentials(sources, tolerance).clientId)
    expect({ standard: await read({}), tolerant: await read({ headerWins: true }) }).toEqual({
      standard: { error: 'invalid_request', reason: undefined },
      tolerant: 'of-header',
    })
  })

  it('another method than the registered one is refused, but for a face that takes any with a secret', async () => {
    expect({
      registered: await proved(basicClient, secret),
      other: await proved(postClient, secret),
      tolerant: await proved(postClient, secret, { anySecretMethod: true }),
      tolerantAndWrong: await proved(postClient, 'wrong', { anySecretMethod: true }),
      withoutSecret: await proved(
        clientOf({ token_endpoint_auth_method: 'private_key_jwt' }, { secretDigest: null }),
        secret,
        { anySecretMethod: true },
      ),
    }).toEqual({
      registered: { id: basicClient.id, by: secret },
      other: failed('secret_wrong'),
      tolerant: { id: postClient.id, by: secret },
      tolerantAndWrong: failed('secret_wrong'),
      withoutSecret: failed('secret_wrong'),
    })
  })

  it('a client with a key is never proved by its name alone, even if it lists the method none', async () => {
    const client = clientOf(
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      },
      { secretDigest: null },
    )
    const credentials = { ...byBasic(undefined), method: none }
    const found = async () => client
    expect(await refusalOf(() => proveClient(requestToCore(), credentials, {}, found))).toEqual(
      failed('secret_missing'),
    )
  })

  it('a secret of a public client is refused, but for a face that ignores it', async () => {
    expect({
      standard: await proved(publicClient, secret),
      tolerant: await proved(publicClient, secret, { ignoresSecretOfPublicClient: true }),
      none: await proved(publicClient, undefined),
    }).toEqual({
      standard: failed('secret_wrong'),
      tolerant: { id: publicClient.id, by: secret },
      none: { id: publicClient.id, by: undefined },
    })
  })
})

describe('why a client is refused', () => {
  it('is told to the faces whose contract tells it', async () => {
    const nameless = { clientId: undefined, clientSecret: secret, method: secretBasic }
    expect({
      noName: await refusalOf(() => proveClient(requestToCore(), nameless)),
      unknown: await proved(null, secret),
      disabled: await proved({ ...basicClient, disabledAt: 1 }, secret),
      noSecret: await proved(basicClient, undefined),
      wrongSecret: await proved(basicClient, 'wrong'),
    }).toEqual({
      noName: failed('client_missing'),
      unknown: failed('client_unknown'),
      disabled: failed('client_unknown'),
      noSecret: failed('secret_missing'),
      wrongSecret: failed('secret_wrong'),
    })
  })

  it('is an assertion that no key of it has signed, whatever else was sent', async () => {
    const credentials = { ...byBasic(undefined), assertion: 'none', method: privateKeyJwt }
    const found = async () => basicClient
    const refusal = await refusalOf(() => proveClient(requestToCore(), credentials, {}, found))
    expect(refusal).toEqual(failed('assertion_wrong'))
  })

  it('is the assertion of a public client that proves nothing, even where its secret would be ignored', async () => {
    const key = await registerKeyClient()
    const { client_id: id } = key.client
    const jwks = { keys: [{ ...key.key.jwk, kty: 'EC' }] }
    const token_endpoint_auth_methods_supported: ('none' | 'private_key_jwt')[] = [
      'none',
      'private_key_jwt',
    ]
    const metadata = { ...publicClient.metadata, token_endpoint_auth_methods_supported, jwks }
    const both = clientOf(metadata, { id })
    const prove = async (assertion: string) => {
      const credentials = { ...byBasic(undefined), assertion, method: privateKeyJwt }
      const tolerance = { ignoresSecretOfPublicClient: true } as const
      const found = async () => both
      return refusalOf(
        async () => (await proveClient(requestToCore(), credentials, tolerance, found)).client.id,
      )
    }
    expect({ right: await prove(await assertionOf(key)), wrong: await prove('none') }).toEqual({
      right: id,
      wrong: failed('assertion_wrong'),
    })
  })

  it('is that there is none, where a setting names the client of a face', async () => {
    const { client_id } = await registerClient()
    const named: string[] = []
    const as = requestToCore({ nameClient: (id) => named.push(id) })
    const owning = (id?: string) => refusalOf(async () => (await requireOwningClient(as, id)).id)
    expect({
      known: await owning(client_id),
      unset: await owning(),
      gone: await owning('gone'),
      named,
    }).toEqual({
      known: client_id,
      unset: failed('client_missing'),
      gone: failed('client_unknown'),
      named: [client_id],
    })
  })
})

describe('a client that was remembered', () => {
  /** How often the clients were read where one that is remembered fails. */
  const readsFor = async (client: Client, credentials: Partial<PresentedCredentials>) => {
    const as = requestToCore()
    vi.spyOn(as.clients, 'remembers').mockReturnValue(true)
    const read = vi.spyOn(as.clients, 'read').mockResolvedValue(client)
    const sent = { ...byBasic(undefined), ...credentials }
    await refusalOf(() => proveClient(as, sent, {}, async () => client))
    const count = read.mock.calls.length
    vi.restoreAllMocks()
    return count
  }

  it('is read anew where a secret or an assertion fails, and not where there was none', async () => {
    expect({
      secret: await readsFor(basicClient, { clientSecret: 'wrong' }),
      assertion: await readsFor(basicClient, { assertion: 'none', method: privateKeyJwt }),
      neither: await readsFor(basicClient, { method: none }),
    }).toEqual({ secret: 1, assertion: 1, neither: 0 })
  })
})

describe('a client that is proved', () => {
  it('is named in the log of the request', async () => {
    const named: string[] = []
    await proved(basicClient, secret, {}, requestToCore({ nameClient: (id) => named.push(id) }))
    expect(named).toEqual([basicClient.id])
  })

  it('has a limit of its own if it has a secret; anybody could use up that of a public one', async () => {
    const limit = { of: 'client', counting: { requests: 1, period: 60 } }
    const as = requestToCore({ rateLimits: new RateLimits([limit], async () => true) })
    const twice = async (client: Client, by: string | undefined) => [
      await proved(client, by, {}, as),
      await proved(client, by, {}, as),
    ]
    expect({
      confidential: await twice(basicClient, secret),
      public: await twice(publicClient, undefined),
    }).toEqual({
      confidential: [
        { id: basicClient.id, by: secret },
        { error: 'too_many_requests', reason: 'rate_limit' },
      ],
      public: Array.from({ length: 2 }, () => ({ id: publicClient.id, by: undefined })),
    })
  })
})

describe('a client without a secret', () => {
  it('RFC 8705 2: is proved by the certificate of the connection, where the request only names it', async () => {
    const client = clientOf({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=a',
    })
    const certificate = { thumbprint: 'a thumbprint', subject: 'CN=a', isIssued: true }
    const prove = (as: AuthorizationServer) =>
      refusalOf(async () => {
        const credentials = { ...byBasic(undefined), method: none }
        return (await proveClient(as, credentials, {}, async () => client)).client.id
      })
    expect({
      shown: await prove(requestToCore({ certificate })),
      none: await prove(requestToCore()),
    }).toEqual({ shown: client.id, none: failed('secret_missing') })
  })

  it('RFC 7523 3: spends its assertion at once, where no batch decides about the request', async () => {
    const key = await registerKeyClient()
    const assertion = await assertionOf(key)
    const { client_id: clientId } = key.client
    const authenticate = () =>
      refusalOf(async () => {
        const credentials = { clientId, clientSecret: undefined, assertion, method: privateKeyJwt }
        return (await authenticateClient(requestToCore(), credentials)).id
      })
    const { client_id, client_secret } = await registerClient()
    const bySecret = { clientId: client_id, clientSecret: client_secret, method: secretBasic }
    expect({
      first: await authenticate(),
      second: await authenticate(),
      secret: (await authenticateClient(requestToCore(), bySecret)).id,
    }).toEqual({ first: clientId, second: failed('assertion_used'), secret: client_id })
  })
})

describe('a client while D1 does not answer', () => {
  it('is proved by its secret alone: nothing that must be spent proves anybody', async () => {
    const as = requestToCore()
    const key = await registerKeyClient()
    const withKey = await as.clients.find(key.client.client_id, as.now)
    if (withKey === null) throw new Error('there is no such client')
    const assertion = { ...byBasic(undefined), assertion: await assertionOf(key) }
    expect({
      right: await provesClient(as, basicClient, byBasic(secret)),
      wrong: await provesClient(as, basicClient, byBasic('wrong')),
      disabled: await provesClient(as, { ...basicClient, disabledAt: 1 }, byBasic(secret)),
      assertion: await provesClient(as, withKey, { ...assertion, method: privateKeyJwt }),
    }).toEqual({ right: true, wrong: false, disabled: false, assertion: false })
  })
})

describe('a client that a document describes', () => {
  const id = 'https://app.example/client.json'
  const described = clientOf(
    { token_endpoint_auth_method: 'none' },
    { id, origin: 'cimd', secretDigest: null },
  )
  const outcome = (client: Client, clientDocuments: { isOn: boolean; hosts: string[] }) => {
    const settings: AuthorizationServer['settings'] = {
      ...requestToCore().settings,
      clientDocuments,
    }
    return proved(client, undefined, {}, requestToCore({ settings }))
  }

  it('is known as long as the operator lets its host describe clients', async () => {
    const known = { id, by: undefined }
    expect({
      on: await outcome(described, { isOn: true, hosts: [] }),
      off: await outcome(described, { isOn: false, hosts: [] }),
      otherHost: await outcome(described, { isOn: true, hosts: ['other.example'] }),
      registered: await outcome({ ...described, origin: 'dcr' }, { isOn: false, hosts: [] }),
    }).toEqual({
      on: known,
      off: failed('client_unknown'),
      otherHost: failed('client_unknown'),
      registered: known,
    })
  })
})
