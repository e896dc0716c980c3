// Access tokens that are presented: each claim of a valid one differs by itself.
import { describe, expect, it } from 'vitest'
import {
  type AccessToken,
  findLiveToken,
  isForUs,
  isMeantFor,
  isPairwise,
  liveToken,
  readAccessToken,
} from '../../../src/core/tokens/access-token.ts'
import { signJwt, type TokenType } from '../../../src/crypto/jwt.ts'
import { timeOrderedId } from '../../../src/crypto/secret.ts'
import { invalidDpopProof } from '../../../src/protocol/error.ts'
import { coreServer, refusalOf, store, storeResource } from '../../support/core-server.ts'
import { issuer } from '../../support/http.ts'
import { audit, newClient, newGrant, now, storeUser } from '../../support/records.ts'

const client = newClient()
await store.clients.create(client, audit())
const user = await storeUser(store.userAdministration)
const grant = newGrant({ userId: user.id, clientId: client.id })
await store.grants.open(grant, { user, provedBuckets: [] }, audit())
const { as } = coreServer()
const signer = await as.signingKeys.signer('ES256', now)

const usual = () => ({
  ...{ iss: issuer, sub: user.sub, aud: issuer, client_id: client.id, scope: 'openid read' },
  ...{ jti: timeOrderedId(now), grant_id: grant.id, iat: now, exp: now + 600 },
})
const tokenOf = (claims: Record<string, unknown> = {}, typ: TokenType = 'at+jwt') =>
  signJwt(signer, typ, { ...usual(), ...claims })
const read = async (claims: Record<string, unknown> = {}, typ?: TokenType, at = as) =>
  readAccessToken(at, await tokenOf(claims, typ))
const isRead = async (claims: Record<string, unknown>, typ?: TokenType, at = as) =>
  (await read(claims, typ, at)) !== null

describe('an access token', () => {
  it('says what it says', async () => {
    const claims = usual()
    expect(await read({ ...claims, cnf: { jkt: 'a key' } })).toEqual({
      ...{ kid: signer.kid, issuer, subject: user.sub, audience: [issuer], clientId: client.id },
      ...{ scope: ['openid', 'read'], jti: claims.jti, grantId: grant.id },
      ...{ grantClientId: client.id, confirmation: { jkt: 'a key' }, issuedAt: now },
      expiresAt: now + 600,
      claims: { ...claims, cnf: { jkt: 'a key' } },
    })
  })

  it('may lack a scope and a grant, and may be of the grant of another client', async () => {
    expect(
      await read({ scope: undefined, grant_id: undefined, grant_client_id: 'another' }),
    ).toMatchObject({ scope: [], grantId: null, grantClientId: 'another', confirmation: null })
  })

  it('is one of ours', async () => {
    const [header, payload, signature = ''] = (await tokenOf()).split('.')
    const turned = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    const { kid, ...other } = signer
    expect({
      none: await readAccessToken(as, 'none'),
      altered: await readAccessToken(as, `${header}.${payload}.${turned}`),
      key: await readAccessToken(
        as,
        await signJwt({ ...other, kid: `${kid}x` }, 'at+jwt', usual()),
      ),
    }).toEqual({ none: null, altered: null, key: null })
  })

  it.each([
    ['iss', 'https://other.example'],
    ['iss', undefined],
    ['sub', undefined],
    ['client_id', undefined],
    ['client_id', 1],
    ['jti', undefined],
    ['grant_client_id', 1],
    ['iat', undefined],
    ['exp', undefined],
    ['exp', 'tomorrow'],
    ['scope', 1],
    ['cnf', 'a text'],
    ['cnf', {}],
    ['cnf', { jkt: 1 }],
  ])('is none with another %s: %o', async (name, value) => {
    expect(await isRead({ grant_client_id: client.id, [name]: value })).toBe(false)
  })

  it('is good until the instant of its expiry', async () => {
    const at = (instant: number) => coreServer({ now: instant }).as
    const text = await tokenOf()
    expect({
      before: (await readAccessToken(at(now + 599.999), text)) !== null,
      then: await readAccessToken(at(now + 600), text),
    }).toEqual({ before: true, then: null })
  })

  it('may be bound to a certificate', async () => {
    expect((await read({ cnf: { 'x5t#S256': 'a' } }))?.confirmation).toEqual({ 'x5t#S256': 'a' })
  })

  it('has the texts of its audience', async () => {
    expect({
      mixed: (await read({ aud: [issuer, 1, 'another'] }))?.audience,
      absent: (await read({ aud: undefined }))?.audience,
    }).toEqual({ mixed: [issuer, 'another'], absent: [] })
  })

  it('has the type JWT for resources alone that ask for it: ID tokens have it, too', async () => {
    const [jwt, other] = ['https://jwt.example/', 'https://at-jwt.example/']
    await storeResource({ resource: jwt, access_token_typ: 'JWT' })
    await storeResource({ resource: other })
    const by = (aud: unknown) => isRead({ aud }, 'JWT')
    expect({
      one: await by(jwt),
      both: await by([jwt, other]),
      other: await by(other),
      stranger: await by('https://stranger.example/'),
      client: await by(client.id),
      beside: await by([jwt, client.id]),
      none: await by([]),
      absent: await by(undefined),
      otherType: await isRead({ aud: jwt }, 'logout+jwt'),
    }).toEqual({
      ...{ one: true, both: false, other: false, stranger: false, client: false, beside: false },
      ...{ none: false, absent: false, otherType: false },
    })
  })
})

describe('whom it is for', () => {
  const token = async (aud: unknown): Promise<AccessToken> => {
    const found = await read({ aud })
    if (found === null) throw new Error('no access token')
    return found
  }

  it('is us, where it names us and nobody else', async () => {
    const by = async (aud: unknown) => isForUs(as, await token(aud))
    expect({
      us: await by(issuer),
      both: await by([issuer, 'another']),
      another: await by('another'),
      none: await by([]),
    }).toEqual({ us: true, both: false, another: false, none: false })
  })

  it('is a client that it names, or one of its resources', async () => {
    const resources = ['https://API.example']
    const owner = newClient({ id: 'an id', metadata: { ...client.metadata, resources } })
    const by = async (aud: unknown, of = owner) => isMeantFor(of, await token(aud))
    expect({
      id: await by(['another', 'an id']),
      resource: await by('https://api.example/'),
      other: await by('https://other.example/'),
      text: await by('text'),
      without: await by('https://api.example/', client),
    }).toEqual({ id: true, resource: true, other: false, text: false, without: false })
  })
})

describe('a live token', () => {
  it('has its grant and user; that of a machine has none', async () => {
    const live = await findLiveToken(as, await tokenOf())
    const machine = await findLiveToken(as, await tokenOf({ sub: client.id, grant_id: undefined }))
    expect({
      user: live?.userGrant?.user.sub,
      pairwise: live !== null && isPairwise(live),
      otherSubject:
        live !== null && isPairwise({ ...live, token: { ...live.token, subject: 'x' } }),
      machine: machine?.userGrant,
      pairwiseMachine: machine !== null && isPairwise(machine),
      garbage: await findLiveToken(as, 'none'),
    }).toEqual({
      ...{ user: user.sub, pairwise: false, otherSubject: true },
      ...{ machine: null, pairwiseMachine: false, garbage: null },
    })
  })

  it('names its client to the log', async () => {
    const named: string[] = []
    const server = coreServer({ nameClient: (id: string) => named.push(id) })
    await findLiveToken(server.as, await tokenOf())
    expect(named).toEqual([client.id])
  })

  it('has ended if D1 or KV says so', async () => {
    const revokedBy = async (isRevoked: boolean, claims: Record<string, unknown>) => {
      const revocationLists = { isRevoked: () => Promise.resolve(isRevoked) }
      const server = coreServer({ store: { ...store, revocationLists } })
      return (await findLiveToken(server.as, await tokenOf(claims))) === null
    }
    expect({
      neither: await revokedBy(false, {}),
      kv: await revokedBy(true, {}),
      d1: await revokedBy(false, { grant_id: 'ended' }),
    }).toEqual({ neither: false, kv: true, d1: true })
  })

  it('counts from the instant of its id, to the millisecond', async () => {
    const asked: unknown[] = []
    const isRevoked = ({ issuedAt }: { issuedAt: number }) =>
      Promise.resolve(asked.push(issuedAt) === 0)
    const server = coreServer({ store: { ...store, revocationLists: { isRevoked } } })
    await findLiveToken(server.as, await tokenOf({ jti: timeOrderedId(now + 0.25) }))
    await findLiveToken(server.as, await tokenOf({ jti: 'without an instant' }))
    expect(asked).toEqual([now + 0.25, now])
  })

  it('spends what the request brings along, once', async () => {
    const token = await read()
    if (token === null) throw new Error('no access token')
    const spending = {
      digest: 'a digest',
      expiresAt: now + 60,
      refusal: () => invalidDpopProof('used before'),
    }
    expect({
      first: await refusalOf(() => liveToken(as, token, [spending])),
      again: await refusalOf(() => liveToken(as, token, [spending])),
      nothing: await refusalOf(() => liveToken(as, token)),
    }).toEqual({ first: 'none', again: 'invalid_dpop_proof', nothing: 'none' })
  })
})
