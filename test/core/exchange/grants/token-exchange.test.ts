// Exchanging an access token: what a request must say, what bounds the new token, what it inherits.
import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../../src/core/clients/storage.ts'
import { exchange } from '../../../../src/core/exchange/grants/token-exchange.ts'
import type { Confirmation, NewGrant } from '../../../../src/core/tokens/storage.ts'
import { acrOfTwoFactors } from '../../../../src/core/tokens/acr.ts'
import { signJwt } from '../../../../src/crypto/jwt.ts'
import { instantOfId, timeOrderedId } from '../../../../src/crypto/secret.ts'
import { parseParameters } from '../../../../src/protocol/parameters.ts'
import { claimsOf } from '../../../support/forge.ts'
import { coreServer, refusalOf, store, storeResource } from '../../../support/core-server.ts'
import { issuer } from '../../../support/http.ts'
import { audit, newClient, newGrant, now, storeUser } from '../../../support/records.ts'

const [one, two, registered] = [
  'https://one.example/',
  'https://two.example/',
  'https://api.example/',
]
const demanding = 'https://proved.example/'
const type = 'urn:ietf:params:oauth:token-type:access_token'
const jwt = 'urn:ietf:params:oauth:token-type:jwt'
const { metadata } = newClient()

async function someClient(change: object = {}): Promise<Client> {
  const client = newClient({ metadata: { ...metadata, scope: 'openid read write', ...change } })
  await store.clients.create(client, audit())
  return client
}
const client = await someClient()
const other = await someClient()
const user = await storeUser(store.userAdministration)
const reader = await storeUser(store.userAdministration, { scope: 'read' })
const { as } = coreServer()
const signer = await as.signingKeys.signer('ES256', now)

async function open(facts: Partial<NewGrant> = {}, of = user): Promise<string> {
  const grant = newGrant({ userId: of.id, clientId: client.id }, facts)
  await store.grants.open(grant, { user: of, provedBuckets: [] }, audit())
  return grant.id
}
const grantId = await open()
const ofReader = await open({}, reader)
const ofOther = await open({ clientId: other.id })
beforeAll(async () => {
  await storeResource({ resource: registered, scope: 'read list' })
  await storeResource({ resource: demanding, dpop_required: true })
})

const tokenOf = (claims: object = {}) =>
  signJwt(signer, 'at+jwt', {
    ...{ iss: issuer, sub: user.sub, aud: issuer, client_id: client.id, scope: 'openid read' },
    ...{ jti: timeOrderedId(now), grant_id: grantId, iat: now, exp: now + 60, ...claims },
  })

type Given = {
  subject?: object
  actor?: object
  form?: Record<string, string>
  confirmation?: Confirmation
  of?: Client
}

async function ask({ subject, actor, form = {}, confirmation, of = client }: Given = {}) {
  const sent = new URLSearchParams({
    subject_token: await tokenOf(subject),
    subject_token_type: type,
  })
  if (actor !== undefined) {
    sent.set('actor_token', await tokenOf(actor))
    sent.set('actor_token_type', type)
  }
  for (const [name, value] of Object.entries(form)) sent.set(name, value)
  const parameters = parseParameters(sent.toString())
  const server = coreServer({ now: now + 1 })
  const issued = await exchange(server.as, of, { parameters, confirmation })
  return { ...issued, claims: claimsOf(issued.accessToken) }
}
const refusal = (given: Given) => refusalOf(() => ask(given))
const invalid = 'invalid_request'

describe('the new token', () => {
  it('inherits subject, sign-in, grant and expiry, and names its type', async () => {
    const { claims, issuedTokenType, refreshToken, expiresIn } = await ask({
      subject: { auth_time: now - 9, amr: ['pwd'] },
    })
    const { jti, ...said } = claims
    expect({ said, issuedTokenType, refreshToken, expiresIn }).toEqual({
      said: {
        ...{ iss: issuer, sub: user.sub, aud: issuer, client_id: client.id, scope: 'openid read' },
        ...{ grant_id: grantId, auth_time: now - 9, amr: ['pwd'], iat: now + 1, exp: now + 60 },
      },
      ...{ issuedTokenType: type, refreshToken: undefined, expiresIn: 59 },
    })
    expect(typeof jti).toBe('string')
  })

  it('lives no longer than any other of the client', async () => {
    const { claims } = await ask({ subject: { exp: now + 9_000 } })
    expect(claims.exp).toBe(now + 601)
  })

  it('counts from no earlier than its subject token, however far the clock is behind', async () => {
    const instant = async (subject: object) =>
      instantOfId(String((await ask({ subject })).claims.jti))
    expect({
      byId: await instant({ jti: timeOrderedId(now + 5), iat: now + 2 }),
      byClaim: await instant({ jti: 'no instant', iat: now + 2 }),
    }).toEqual({ byId: now + 5, byClaim: now + 2 })
  })

  it('of another client’s token names whose grant it is', async () => {
    const subject = { client_id: other.id, aud: [client.id, issuer], grant_id: ofOther }
    const { claims } = await ask({
      subject: { ...subject, aud: registered },
      of: {
        ...client,
        metadata: { ...client.metadata, resources: [registered] },
      },
    })
    expect(claims).toMatchObject({ client_id: client.id, grant_client_id: other.id })
  })

  it('of a machine has no grant', async () => {
    const { claims } = await ask({ subject: { grant_id: undefined, sub: client.id } })
    expect({ sub: claims.sub, grant: claims.grant_id }).toEqual({
      sub: client.id,
      grant: undefined,
    })
  })

  it('has an actor where there is one, and those before it', async () => {
    const act = { sub: 'earlier', client_id: 'b' }
    const by = async (given: Given) => (await ask(given)).claims.act
    expect({
      nobody: await by({}),
      prior: await by({ subject: { act } }),
      actor: await by({ subject: { act }, actor: { sub: client.id, grant_id: undefined } }),
    }).toEqual({
      nobody: undefined,
      prior: act,
      actor: { sub: client.id, client_id: client.id, act },
    })
  })
})

describe('a request', () => {
  it('names the types of its tokens', async () => {
    const by = (form: Record<string, string>) => refusal({ form })
    expect({
      jwt: await by({ subject_token_type: jwt }),
      subject: await by({ subject_token_type: 'another' }),
      requested: await by({ requested_token_type: 'another' }),
      answered: (await ask({ form: { requested_token_type: jwt } })).issuedTokenType,
    }).toEqual({ jwt: 'none', subject: invalid, requested: invalid, answered: jwt })
  })

  it('has tokens of ours', async () => {
    expect({
      subject: await refusal({ form: { subject_token: 'none' } }),
      actor: await refusal({ form: { actor_token: 'none', actor_token_type: type } }),
      typeAlone: await refusal({ form: { actor_token_type: type } }),
      tokenAlone: await refusal({ form: { actor_token: await tokenOf() } }),
      actorType: await refusal({ actor: {}, form: { actor_token_type: 'another' } }),
      actorOfAnother: await refusal({ actor: { client_id: other.id, grant_id: ofOther } }),
    }).toEqual({
      ...{ subject: invalid, actor: invalid, typeAlone: invalid, tokenAlone: invalid },
      ...{ actorType: invalid, actorOfAnother: invalid },
    })
  })

  it('has tokens that are alive', async () => {
    expect({
      subject: await refusal({ subject: { grant_id: 'ended' } }),
      actor: await refusal({ actor: { grant_id: 'ended' } }),
      both: await refusal({ actor: {} }),
    }).toEqual({ subject: invalid, actor: invalid, both: 'none' })
  })

  it('proves the keys of both tokens', async () => {
    const cnf = { jkt: 'a key' }
    expect({
      subject: [
        await refusal({ subject: { cnf } }),
        await refusal({ subject: { cnf }, confirmation: cnf }),
      ],
      withActor: await refusal({ subject: { cnf }, actor: {} }),
      actor: [
        await refusal({ actor: { cnf } }),
        await refusal({ actor: { cnf }, confirmation: cnf }),
      ],
      other: await refusal({ subject: { cnf }, confirmation: { jkt: 'another' } }),
    }).toEqual({
      ...{ subject: [invalid, 'none'], withActor: invalid, actor: [invalid, 'none'] },
      other: invalid,
    })
  })

  it('proves a key where a resource demands it', async () => {
    const form = { resource: demanding }
    expect({
      without: await refusal({ form }),
      with: await refusal({ form, confirmation: { jkt: 'a key' } }),
    }).toEqual({ without: 'invalid_dpop_proof', with: 'none' })
  })

  it('is of a client that may exchange the token, and may act', async () => {
    const foreign = { client_id: other.id, grant_id: ofOther, aud: two }
    const mayAct = { may_act: { sub: client.id, client_id: client.id } }
    expect({
      foreign: await refusal({ subject: foreign }),
      mayAct: await refusal({ subject: mayAct }),
      mayNot: await refusal({ subject: { may_act: { sub: 'another' } } }),
      actor: await refusal({
        subject: { may_act: { sub: reader.sub } },
        actor: { sub: reader.sub, grant_id: ofReader },
      }),
    }).toEqual({ foreign: invalid, mayAct: 'none', mayNot: invalid, actor: 'none' })
  })

  it('waits for the end of its client that this clock has not reached, unless it is younger', async () => {
    const by = (notBefore: number, instant: number) =>
      refusal({ of: { ...client, notBefore }, subject: { jti: timeOrderedId(instant) } })
    expect({
      older: await by(now + 3, now),
      younger: await by(now + 3, now + 3),
      reached: await by(now + 1, now),
    }).toEqual({ older: 'temporarily_unavailable', younger: 'none', reached: 'none' })
  })

  it('is of a sign-in as strong as the client demands; a machine has none', async () => {
    const of: Client = {
      ...client,
      metadata: { ...client.metadata, require_acr: acrOfTwoFactors },
    }
    const strong = await open({ acr: acrOfTwoFactors })
    expect({
      weak: await refusal({ of }),
      strong: await refusal({ of, subject: { grant_id: strong } }),
      machine: await refusal({ of, subject: { grant_id: undefined, sub: client.id } }),
    }).toEqual({ weak: invalid, strong: 'none', machine: 'none' })
  })
})

describe('the resources', () => {
  const audience = async (given: Given) => (await ask(given)).claims.aud

  it('are those of the subject token, or those that are named', async () => {
    expect({
      own: await audience({ subject: { aud: [one, issuer] } }),
      narrowed: await audience({ subject: { aud: [one, two] }, form: { resource: two } }),
      audience: await audience({ form: { audience: registered } }),
      both: await audience({
        form: { audience: registered, resource: one },
        subject: { aud: one },
      }),
    }).toEqual({ own: one, narrowed: two, audience: registered, both: [one, registered] })
  })

  it('are registered, or of the subject token', async () => {
    const unknown = 'https://unknown.example/'
    expect({
      unknown: await refusal({ form: { resource: unknown } }),
      beside: await refusal({ form: { resource: unknown, audience: registered } }),
      known: await refusal({ form: { resource: registered } }),
      ofSubject: await refusal({
        form: { resource: 'https://ONE.example' },
        subject: { aud: one },
      }),
    }).toEqual({
      unknown: 'invalid_target',
      beside: 'invalid_target',
      known: 'none',
      ofSubject: 'none',
    })
  })

  it('are those of a token that is for some, or for this server', async () => {
    expect({
      text: await refusal({ subject: { aud: 'a text' } }),
      none: await refusal({ subject: { aud: undefined } }),
      beside: await audience({ subject: { aud: ['a text', one] } }),
    }).toEqual({ text: invalid, none: invalid, beside: one })
  })
})

describe('the scope', () => {
  const scopeOf = async (given: Given) => (await ask(given)).scope

  it('is that of the subject token, less what is not asked for', async () => {
    expect({
      all: await scopeOf({}),
      asked: await scopeOf({ form: { scope: 'read' } }),
      none: await scopeOf({ subject: { scope: undefined } }),
      atResource: await scopeOf({ form: { resource: registered } }),
    }).toEqual({
      all: ['openid', 'read'],
      asked: ['read'],
      none: [],
      atResource: ['openid', 'read'],
    })
  })

  it('is without what the client or the user has lost', async () => {
    const of = { ...client, metadata: { ...client.metadata, scope: 'read' } }
    expect({
      client: await scopeOf({ of }),
      user: await scopeOf({ subject: { sub: reader.sub, grant_id: ofReader } }),
    }).toEqual({ client: ['read'], user: ['read'] })
  })

  it('is never more: invalid_scope', async () => {
    expect({
      wider: await refusal({ form: { scope: 'write' } }),
      ofNone: await refusal({ subject: { scope: undefined }, form: { scope: 'read' } }),
      lost: await refusal({
        subject: { sub: reader.sub, grant_id: ofReader, scope: 'openid' },
      }),
    }).toEqual({ wider: 'invalid_scope', ofNone: 'invalid_scope', lost: 'invalid_scope' })
  })
})
