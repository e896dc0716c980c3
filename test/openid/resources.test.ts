// Protected resources: under which spellings they are met, what a token for one is, and who may get it.
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { forge } from '../support/forge.ts'
import { type Answerer, encodeForm, get, issuer, postern, refusal } from '../support/http.ts'
import {
  admin,
  patchClient,
  registerClient,
  registerResource,
  registerUser,
} from '../support/registry.ts'
import { grantRow } from '../support/time.ts'
import {
  clientCredentials,
  introspect,
  grantOf,
  passwordGrant,
  postAs,
  refresh,
  revoke,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'
import { shownText } from '../support/user-agent.ts'
import {
  authorizationRequest,
  authorizePath,
  codeFor,
  codeForm,
  codeOf,
  decide,
  granted,
  outcome,
  redeem,
  refusedWith,
  registerSpa,
  registerWebClient,
  signedIn,
  signInTo,
  verifiedIdToken,
} from './flow.ts'

const user = await registerUser()
const agent = await signedIn(user)
const client = await registerWebClient({ scope: 'openid read offline_access' })

const freshHost = () => `${crypto.randomUUID()}.example`
const freshUri = () => `https://${freshHost()}/mcp`

const audienceOf = async (answer: Promise<Response>) =>
  decodeJwt((await tokensOf(answer)).access_token).aud

const invalidTarget = { status: 400, error: 'invalid_target' }

/** The parameters of a request for several resources. */
const openFor = (resource: readonly string[], scope: string) =>
  agent.open(
    `/oauth2/authorize?${encodeForm({ ...authorizationRequest(client, { scope }), resource: [...resource] })}`,
  )

/** Redeems a code for some of its resources. */
const redeemFor = (code: string, ...resource: string[]) => redeemAt(postern, code, ...resource)
const redeemAt = (to: Answerer, code: string, ...resource: string[]) =>
  postAs(client, '/oauth2/token', { ...codeForm(code), resource }, to)

describe('RI4: one resource under many spellings', () => {
  it('M036: spelled anew at each request, a token has the spelling of the authorization', async () => {
    const host = freshHost()
    const code = await codeFor(agent, client, { resource: `https://${host}` })
    const grant = await grantOf(redeem(client, code, { resource: `https://${host}/` }))
    const upperCase = `HTTPS://${host.toUpperCase()}:443`
    expect({
      code: decodeJwt(grant.access_token).aud,
      refresh: await audienceOf(refresh(client, grant.refresh_token, { resource: upperCase })),
    }).toEqual({ code: `https://${host}`, refresh: `https://${host}` })
  })

  it('M036: of a registered resource it is always the registered spelling', async () => {
    const host = freshHost()
    await registerResource({ resource: `https://${host}`, aliases: [`https://alias.${host}/old`] })
    const code = await codeFor(agent, client, { resource: `HTTPS://${host}:443/?tenant=1` })
    const grant = await grantOf(redeem(client, code, { resource: `https://${host}/` }))
    const alias = { resource: `https://alias.${host}/old` }
    expect({
      code: decodeJwt(grant.access_token).aud,
      refresh: await audienceOf(refresh(client, grant.refresh_token, alias)),
    }).toEqual({ code: `https://${host}`, refresh: `https://${host}` })
  })

  it('M037: another path is another resource, and asking for it does not use the code up', async () => {
    const host = freshHost()
    const resource = `https://${host}/a`
    const code = await codeFor(agent, client, { resource })
    expect({
      slash: await refusal(redeem(client, code, { resource: `${resource}/` })),
      longer: await refusal(redeem(client, code, { resource: `${resource}b` })),
      same: await audienceOf(redeem(client, code, { resource })),
    }).toEqual({ slash: invalidTarget, longer: invalidTarget, same: resource })
  })

  it('M038: an URN is a resource; one that is named twice, in two spellings, counts once', async () => {
    const host = freshHost()
    const twice = [`https://${host}`, `https://${host}/`, `https://${host}`]
    const code = codeOf(await openFor(twice, 'openid'))
    const urn = `urn:example:${crypto.randomUUID()}"\\x`
    const grant = await signInTo(agent, client, { resource: urn })
    expect({
      twice: await audienceOf(redeemFor(code)),
      urn: decodeJwt(grant.access_token).aud,
      refreshed: await audienceOf(refresh(client, grant.refresh_token ?? '')),
    }).toEqual({ twice: `https://${host}`, urn, refreshed: urn })
  })

  it.each([
    ['a fragment', [`${freshUri()}#x`]],
    ['a relative one', ['/mcp']],
    ['more than twenty', Array.from({ length: 21 }, freshUri)],
  ])('M038: %s is refused at authorize and at token', async (_what, resource) => {
    const form = { grant_type: 'client_credentials', resource }
    const machine = await registerClient()
    expect({
      authorize: outcome(await openFor(resource, 'openid')),
      token: await refusal(postAs(machine, '/oauth2/token', form)),
    }).toEqual({ authorize: refusedWith('invalid_target'), token: invalidTarget })
  })

  it('M038: 2,000 of them are 400', async () => {
    const form = {
      grant_type: 'client_credentials',
      resource: Array.from({ length: 2_000 }, () => 'urn:x'),
    }
    const machine = await registerClient()
    expect(await refusal(postAs(machine, '/oauth2/token', form))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
  })
})

describe('RI6: the scope of a resource', () => {
  it('AG15: a client that registered no scope gets the scope of the resource that it names', async () => {
    const { resource } = await registerResource({ scope: 'mcp:tools mcp:files' })
    const agentOfUser = await registerSpa({ scope: undefined })
    const extra = { resource, scope: 'mcp:tools openid' }
    const page = await agent.open(authorizePath(agentOfUser, extra))
    const grant = await grantOf(
      redeem(agentOfUser, codeOf(await decide(agent, page, 'allow')), { resource }),
    )
    const next = await tokensOf(refresh(agentOfUser, grant.refresh_token, { resource }))
    expect({ first: grant.scope, second: next.scope }).toEqual({
      first: 'mcp:tools openid',
      second: 'mcp:tools openid',
    })
  })

  it('M039: the scope of one resource is narrowed away at another', async () => {
    await registerResource({ scope: 'x:read' })
    const y = await registerResource({ scope: 'y:read' })
    const at = async (resource: string, scope: string) =>
      outcome(await agent.open(authorizePath(client, { resource, scope })))
    const { scope } = await signInTo(agent, client, {
      resource: y.resource,
      scope: 'x:read openid',
    })
    expect({ scope, alone: await at(y.resource, 'x:read') }).toEqual({
      scope: 'openid',
      alone: refusedWith('invalid_scope'),
    })
  })

  it('M039: a token that is narrowed to one resource carries the names of that one', async () => {
    const x = await registerResource({ scope: 'x:read' })
    const y = await registerResource({ scope: 'y:read' })
    const open = freshUri()
    const named = [x.resource, y.resource, open, issuer]
    const scopeAt = async (...resource: string[]) =>
      (
        await tokensOf(
          redeemFor(codeOf(await openFor(named, 'openid read x:read y:read')), ...resource),
        )
      ).scope
    expect({
      x: await scopeAt(x.resource),
      y: await scopeAt(y.resource),
      both: await scopeAt(x.resource, y.resource),
      unregistered: await scopeAt(open),
      here: await scopeAt(issuer),
    }).toEqual({
      x: 'openid x:read',
      y: 'openid y:read',
      both: 'openid x:read y:read',
      unregistered: 'openid read',
      here: 'openid read',
    })
  })

  it('M039: where no name is left the code is not used up', async () => {
    const [x, y] = [
      await registerResource({ scope: 'x:read' }),
      await registerResource({ scope: 'y:read' }),
    ]
    const code = codeOf(await openFor([x.resource, y.resource], 'x:read'))
    expect({
      y: await refusal(redeemFor(code, y.resource)),
      x: await audienceOf(redeemFor(code, x.resource)),
    }).toEqual({ y: { status: 400, error: 'invalid_scope' }, x: x.resource })
  })

  it('without a resource the scope of none can be had', async () => {
    await registerResource({ scope: 'z:read' })
    const place = await agent.open(authorizePath(client, { scope: 'z:read' }))
    expect(outcome(place)).toEqual(refusedWith('invalid_scope'))
  })

  it('a machine gets no scope but its own, since nobody consents', async () => {
    const { resource } = await registerResource({ scope: 'read mcp:tools' })
    const machine = await registerClient({ resources: [resource], scope: 'read write' })
    const { scope } = await tokensOf(clientCredentials(machine, { resource }))
    const foreign = clientCredentials(machine, { resource, scope: 'mcp:tools' })
    expect({ scope, foreign: await refusal(foreign) }).toEqual({
      scope: 'read',
      foreign: { status: 400, error: 'invalid_scope' },
    })
  })
})

describe('RI3, RI5: who gets a token for what', () => {
  it('RI3: a token for a resource is none for userinfo, also where it is for this server, too', async () => {
    const resource = freshUri()
    const one = await tokensOf(redeemFor(codeOf(await openFor([resource], 'openid'))))
    const both = await tokensOf(redeemFor(codeOf(await openFor([resource, issuer], 'openid'))))
    const here = await tokensOf(
      redeemFor(codeOf(await openFor([resource, issuer], 'openid')), issuer),
    )
    expect({
      one: (await userinfo(one.access_token)).status,
      both: (await userinfo(both.access_token)).status,
      here: (await userinfo(here.access_token)).status,
    }).toEqual({ one: 401, both: 401, here: 200 })
  })

  it('RI5: an isolate that remembers none of the resources of a code reads them once', async () => {
    const server = new Server()
    const [one, other] = [freshUri(), freshUri()]
    const code = codeOf(await openFor([one, other], 'openid'))
    server.plan(() => null)
    const audience = await audienceOf(redeemAt(server.fetch, code, one))
    const reads = server.calls.filter(({ text }) => text.includes('FROM resource_keys'))
    expect({ audience, reads: reads.length }).toEqual({ audience: one, reads: 1 })
  })

  it('RI5: with RESOURCES=registered any other resource is invalid_target', async () => {
    const server = new Server({ RESOURCES: 'registered' })
    const visitor = await signedIn(user, server.fetch)
    const { resource } = await registerResource()
    const at = async (uri: string) => {
      const { status, error } = outcome(
        await visitor.open(authorizePath(client, { resource: uri })),
      )
      return { status, error }
    }
    expect({ registered: await at(resource), other: await at(freshUri()) }).toEqual({
      registered: { status: 303, error: undefined },
      other: { status: 303, error: 'invalid_target' },
    })
  })

  it('RI5: a client’s own list limits it, whatever the spelling', async () => {
    const host = freshHost()
    const { resource } = await registerResource({
      resource: `https://${host}/mcp`,
      aliases: [`https://${host}`],
    })
    const limited = await registerWebClient({ resources: [`https://${host}/`] })
    const at = async (uri: string) =>
      outcome(await agent.open(authorizePath(limited, { resource: uri })))
    expect({ own: await at(resource), other: await at(freshUri()) }).toEqual({
      own: granted(),
      other: refusedWith('invalid_target'),
    })
  })

  it('RI5: a closed resource is for the clients that list it', async () => {
    const { resource } = await registerResource({ open_to: 'listed' })
    const listed = await registerWebClient({ resources: [resource] })
    expect({
      listed: outcome(await agent.open(authorizePath(listed, { resource }))),
      other: outcome(await agent.open(authorizePath(client, { resource }))),
    }).toEqual({ listed: granted(), other: refusedWith('invalid_target') })
  })

  it.each([
    ['that names it', (resource: string) => ({ resource })],
    ['that names none', () => ({})],
  ])(
    'M041: a refresh %s is refused once the resource is closed, and changes nothing',
    async (_what, extra) => {
      const { resource, path } = await registerResource()
      const { refresh_token = '' } = await signInTo(agent, client, { resource })
      await admin('PATCH', path, { open_to: 'listed' })
      const refused = await refusal(refresh(client, refresh_token, extra(resource)))
      const { generation, revoked_at } = await grantRow(refresh_token)
      await admin('PATCH', path, { open_to: 'all' })
      expect({
        refused,
        row: { generation, revoked_at },
        reopened: await audienceOf(refresh(client, refresh_token, extra(resource))),
      }).toEqual({
        refused: invalidTarget,
        row: { generation: 0, revoked_at: null },
        reopened: resource,
      })
    },
  )

  it('M041: D1 decides where an isolate still remembers the resource as open', async () => {
    const { resource, path } = await registerResource()
    const { refresh_token = '' } = await signInTo(agent, client, { resource })
    const server = new Server()
    await tokensOf(passwordGrant(await registerClient(), user, { resource }, server.fetch))
    await admin('PATCH', path, { open_to: 'listed' })
    const refused = await refusal(refresh(client, refresh_token, { resource }, server.fetch))
    expect({ refused, generation: (await grantRow(refresh_token)).generation }).toEqual({
      refused: invalidTarget,
      generation: 0,
    })
  })

  it('M041: with RESOURCES=registered a deleted resource ends what was granted for it', async () => {
    const server = new Server({ RESOURCES: 'registered' })
    const { resource, path } = await registerResource({}, server.fetch)
    const { refresh_token = '' } = await signInTo(agent, client, { resource })
    const before = await grantOf(refresh(client, refresh_token, {}, server.fetch))
    await admin('DELETE', path, undefined, server.fetch)
    const refused = await refusal(refresh(client, before.refresh_token, {}, server.fetch))
    expect({ refused, generation: (await grantRow(refresh_token)).generation }).toEqual({
      refused: invalidTarget,
      generation: 1,
    })
  })

  it('M041: a client may list any spelling of it; one whose list names others is refused', async () => {
    const alias = freshUri()
    const { resource } = await registerResource({ aliases: [alias], open_to: 'listed' })
    const listing = await registerWebClient({ resources: [resource] })
    const { refresh_token = '' } = await signInTo(agent, listing, { resource })
    await patchClient(listing, { resources: [freshUri()] })
    const refused = await refusal(refresh(listing, refresh_token))
    await patchClient(listing, { resources: [alias] })
    expect({ refused, aliased: await audienceOf(refresh(listing, refresh_token)) }).toEqual({
      refused: invalidTarget,
      aliased: resource,
    })
  })

  it('M058: where D1 does not tell about a resource, token and authorize are 503', async () => {
    const server = new Server()
    const machine = await registerClient()
    await tokensOf(clientCredentials(machine, {}, server.fetch))
    const visitor = await signedIn(user, server.fetch)
    await visitor.open(authorizePath(client))
    server.plan(({ text }) => (text.includes('resource_keys') ? 'fails' : null))
    const answer = await clientCredentials(machine, { resource: freshUri() }, server.fetch)
    const page = await visitor.open(authorizePath(client, { resource: freshUri() }))
    expect({
      token: { ...(await refusal(answer)), retryAfter: answer.headers.get('Retry-After') },
      authorize: { status: page.status, away: page.away },
    }).toEqual({
      token: { status: 503, error: 'temporarily_unavailable', retryAfter: '2' },
      authorize: { status: 503, away: null },
    })
  })
})

describe('RI7: a resource that demands DPoP', () => {
  it('is refused to a request without a proof, which uses no code up and rotates nothing', async () => {
    const { resource, path } = await registerResource()
    const { refresh_token = '' } = await signInTo(agent, client, { resource })
    const code = await codeFor(agent, client, { resource })
    await admin('PATCH', path, { dpop_required: true })
    const machine = await registerClient()
    const refusals = {
      code: await refusal(redeem(client, code)),
      refresh: await refusal(refresh(client, refresh_token)),
      refreshNamed: await refusal(refresh(client, refresh_token, { resource })),
      password: await refusal(passwordGrant(machine, user, { resource })),
      machine: await refusal(clientCredentials(machine, { resource })),
    }
    await admin('PATCH', path, { dpop_required: false })
    const invalidProof = { status: 400, error: 'invalid_dpop_proof' }
    expect({
      ...refusals,
      generation: (await grantRow(refresh_token)).generation,
      codeAfter: await audienceOf(redeem(client, code)),
    }).toEqual({
      code: invalidProof,
      refresh: invalidProof,
      refreshNamed: invalidProof,
      password: invalidProof,
      machine: invalidProof,
      generation: 0,
      codeAfter: resource,
    })
  })
})

describe('RI8: consent names what it is for', () => {
  it('a resource by its name, its scopes in the operator’s words and the language of the page', async () => {
    const { resource } = await registerResource({
      name: 'The Calendar',
      scope: 'cal:read cal:write cal:all',
      texts: {
        'cal:read': 'see your appointments',
        'cal:write': { en: 'change them', de: 'Termine ändern' },
      },
    })
    const asking = await registerWebClient({ trusted: false })
    const extra = { resource, scope: 'cal:read cal:write cal:all' }
    const text = shownText(await agent.open(authorizePath(asking, extra)))
    const german = shownText(
      await agent.open(authorizePath(asking, { ...extra, ui_locales: 'de' })),
    )
    expect({
      scopes: text.includes('see your appointments change them use cal:all'),
      name: text.includes('The access is for The Calendar .'),
      german: german.includes('see your appointments Termine ändern'),
    }).toEqual({ scopes: true, name: true, german: true })
  })

  it('M040: a consent for one resource is none for another', async () => {
    const [x, y] = [
      await registerResource({ scope: 'read:it' }),
      await registerResource({ scope: 'read:it' }),
    ]
    const asking = await registerWebClient({ trusted: false })
    const at = (resource: string) =>
      agent.open(authorizePath(asking, { resource, scope: 'openid read:it' }))
    await decide(agent, await at(x.resource), 'allow')
    expect({
      again: outcome(await at(x.resource)),
      other: outcome(await at(y.resource)),
    }).toEqual({ again: granted(), other: { status: 200, page: 'Allow access? · Postern' } })
  })

  it('a consent for two resources covers the scope of each there alone', async () => {
    const [x, y] = [
      await registerResource({ scope: 'x:read' }),
      await registerResource({ scope: 'y:read' }),
    ]
    const asking = await registerWebClient({ trusted: false })
    const request = authorizationRequest(asking, { scope: 'x:read y:read' })
    const both = `/oauth2/authorize?${encodeForm({ ...request, resource: [x.resource, y.resource] })}`
    await decide(agent, await agent.open(both), 'allow')
    await admin('PATCH', y.path, { scope: 'x:read y:read' })
    const at = async (resource: string, scope: string) =>
      outcome(await agent.open(authorizePath(asking, { resource, scope })))
    expect({
      x: await at(x.resource, 'x:read'),
      y: await at(y.resource, 'y:read'),
      widened: await at(y.resource, 'x:read'),
    }).toEqual({
      x: granted(),
      y: granted(),
      widened: { status: 200, page: 'Allow access? · Postern' },
    })
  })
})

describe('RI9: a resource says what its tokens are like', () => {
  const keySet = async () => createLocalJWKSet(await (await get('/.well-known/jwks.json')).json())

  it.each([
    ['RS256', 'JWT'],
    ['EdDSA', 'at+jwt'],
    ['ES256', 'at+jwt'],
  ])(
    '%s and %s, verified by the key set, known here at introspection and revocation',
    async (alg, typ) => {
      const { resource } = await registerResource({
        access_token_signing_alg: alg,
        access_token_typ: typ,
      })
      const { access_token } = await signInTo(agent, client, { resource })
      const { protectedHeader } = await jwtVerify(access_token, await keySet(), {
        issuer,
        audience: resource,
      })
      const isActive = async () =>
        Object(await (await introspect(client, access_token)).json()).active
      const before = await isActive()
      await revoke(client, access_token)
      expect({
        header: { alg: protectedHeader.alg, typ: protectedHeader.typ },
        here: (await userinfo(access_token)).status,
        before,
        after: await isActive(),
      }).toEqual({ header: { alg, typ }, here: 401, before: true, after: false })
    },
  )

  it('two resources that differ get what RFC 9068 says', async () => {
    const one = await registerResource({
      access_token_signing_alg: 'RS256',
      access_token_typ: 'JWT',
    })
    const other = await registerResource()
    const { access_token } = await tokensOf(
      redeemFor(codeOf(await openFor([one.resource, other.resource], 'openid'))),
    )
    const { alg, typ } = decodeProtectedHeader(access_token)
    expect({ alg, typ }).toEqual({ alg: 'ES256', typ: 'at+jwt' })
  })

  it('the type JWT makes an access token only for a resource that asks for it', async () => {
    const typed = await registerResource({ access_token_typ: 'JWT' })
    const other = await registerResource()
    const tokens = await signInTo(agent, client, { resource: typed.resource })
    const isActive = async (token: string) =>
      Object(await (await introspect(client, token)).json()).active
    const forOthers = [other.resource, issuer, client.client_id, [typed.resource, issuer]]
    const forged = forOthers.map((aud) => forge(tokens.access_token, { aud }, 'JWT'))
    await verifiedIdToken(tokens)
    expect({
      own: await isActive(tokens.access_token),
      idToken: await isActive(tokens.id_token ?? ''),
      forged: await Promise.all(forged.map(async (token) => isActive(await token))),
    }).toEqual({ own: true, idToken: false, forged: [false, false, false, false] })
  })

  it('tokens live no longer than the shortest of their resources allows', async () => {
    const [short, long] = [
      await registerResource({ access_token_ttl: 60 }),
      await registerResource({ access_token_ttl: 3_600 }),
    ]
    const both = await tokensOf(
      redeemFor(codeOf(await openFor([short.resource, long.resource], 'openid'))),
    )
    const one = await grantOf(
      redeem(client, await codeFor(agent, client, { resource: short.resource })),
    )
    const next = await tokensOf(refresh(client, one.refresh_token))
    const other = await signInTo(agent, client, { resource: long.resource })
    const lifetimes = [both, one, next, other].map(({ access_token, expires_in }) => {
      const { exp = 0, iat = 0 } = decodeJwt(access_token)
      return { expires_in, lifetime: exp - iat }
    })
    const sixty = { expires_in: 60, lifetime: 60 }
    expect(lifetimes).toEqual([sixty, sixty, sixty, { expires_in: 600, lifetime: 600 }])
  })
})
