// What follows from the resources that a token is for: its scope, its signature and its lifetime.
import { describe, expect, it } from 'vitest'
import {
  expiryAt,
  grantScopeAt,
  requireProofAt,
  requireScopeAt,
  scopeAt,
  scopeTexts,
  targetsOf,
  tokenKindOf,
} from '../../../src/core/tokens/target.ts'
import {
  coreServer,
  refusalOf,
  storeResource,
  targetOf,
  unregistered,
} from '../../support/core-server.ts'
import { now } from '../../support/records.ts'

const [one, two] = ['https://one.example/', 'https://two.example/']
const reads = targetOf({ resource: one, scope: 'read list' })
const silent = targetOf({ resource: two })
const stranger = unregistered('https://three.example/')

describe('targets', () => {
  it('are found by any spelling, each once, as the operator registered them', async () => {
    const alias = 'https://alias.example/'
    await storeResource({ resource: one, aliases: [alias] })
    const { as } = coreServer()
    const found = await targetsOf(as, [alias, 'https://three.example', one])
    expect(found).toEqual([
      { uri: one, metadata: expect.objectContaining({ resource: one }) },
      unregistered('https://three.example'),
    ])
  })

  it('are none without a look into storage where none is named', async () => {
    const { as } = coreServer({ resources: null })
    expect(await targetsOf(as, [])).toEqual([])
  })
})

describe('the scope', () => {
  it('is that of any target, a standard one of all, and all of it without a target', () => {
    const at = (...targets: Parameters<typeof scopeAt>[0]) =>
      scopeAt(targets, ['openid', 'read', 'write'], 'write')
    expect({
      described: at(reads),
      silent: at(silent),
      stranger: at(stranger),
      both: at(reads, silent),
      none: at(),
    }).toEqual({
      described: ['openid', 'read'],
      silent: ['openid', 'write'],
      stranger: ['openid', 'write'],
      both: ['openid', 'read', 'write'],
      none: ['openid', 'read', 'write'],
    })
  })

  it('is refused where none of it belongs to the targets', async () => {
    expect({
      some: requireScopeAt([reads], ['read', 'write'], 'write'),
      none: await refusalOf(() => requireScopeAt([reads], ['write'], 'write')),
    }).toEqual({ some: ['read'], none: 'invalid_scope' })
  })

  it('is granted from what the client and the named resources have', () => {
    const at = (requested?: string, ofUser: string | null = null) =>
      grantScopeAt([reads, silent, stranger], requested, 'write openid', ofUser)
    expect({
      own: at(),
      named: at('read write'),
      ofUser: at('read write list', 'list write'),
      none: grantScopeAt([], 'write', 'write openid', null),
    }).toEqual({
      own: ['write', 'openid'],
      named: ['read', 'write'],
      ofUser: ['write', 'list'],
      none: ['write'],
    })
  })

  it('is refused where the client has none of what it asks for', async () => {
    expect(await refusalOf(() => grantScopeAt([reads], 'write', 'write', null))).toMatch(
      /^invalid_scope/,
    )
  })
})

describe('a proof of possession', () => {
  const demanding = targetOf({ resource: two, dpop_required: true })

  it('is demanded if any target demands it, and a certificate is none', async () => {
    const by = (confirmation?: Parameters<typeof requireProofAt>[1]) =>
      refusalOf(() => requireProofAt([reads, demanding], confirmation))
    expect({
      none: await by(),
      certificate: await by({ 'x5t#S256': 'a' }),
      key: await by({ jkt: 'a' }),
      notDemanded: await refusalOf(() => requireProofAt([reads, stranger], undefined)),
    }).toEqual({
      none: 'invalid_dpop_proof',
      certificate: 'invalid_dpop_proof',
      key: 'none',
      notDemanded: 'none',
    })
  })
})

describe('the signature', () => {
  const asks = (resource: string, alg: string, typ: string) =>
    targetOf({ resource, access_token_signing_alg: alg, access_token_typ: typ })
  const usual = { alg: 'ES256', typ: 'at+jwt' }

  it('is what all targets ask for, else the usual one', () => {
    expect({
      none: tokenKindOf([]),
      stranger: tokenKindOf([stranger]),
      one: tokenKindOf([asks(one, 'RS256', 'JWT')]),
      same: tokenKindOf([asks(one, 'RS256', 'JWT'), asks(two, 'RS256', 'JWT')]),
      otherAlg: tokenKindOf([asks(one, 'RS256', 'JWT'), asks(two, 'ES256', 'JWT')]),
      otherTyp: tokenKindOf([asks(one, 'RS256', 'JWT'), asks(two, 'RS256', 'at+jwt')]),
      third: tokenKindOf([
        asks(one, 'RS256', 'JWT'),
        asks(two, 'RS256', 'JWT'),
        asks('https://four.example/', 'ES256', 'at+jwt'),
      ]),
    }).toEqual({
      ...{ none: usual, stranger: usual },
      ...{ one: { alg: 'RS256', typ: 'JWT' }, same: { alg: 'RS256', typ: 'JWT' } },
      ...{ otherAlg: usual, otherTyp: usual, third: usual },
    })
  })
})

describe('the expiry', () => {
  it('is the earliest that any target allows, in whole seconds', () => {
    const { as } = coreServer({ now: now + 0.9 })
    const short = targetOf({ resource: one, access_token_ttl: 60 })
    const shorter = targetOf({ resource: two, access_token_ttl: 30 })
    expect({
      none: expiryAt(as, [stranger, reads], now + 600),
      short: expiryAt(as, [short, reads], now + 600),
      shorter: expiryAt(as, [shorter, short], now + 600),
      earlier: expiryAt(as, [short], now + 10),
    }).toEqual({ none: now + 600, short: now + 60, shorter: now + 30, earlier: now + 10 })
  })
})

describe('the texts of scopes', () => {
  it('are those of the targets first, then those of this server, in the language of the page', () => {
    const scopes = { read: 'Server reads', list: 'List', write: { fr: 'Écrire', en: 'Write' } }
    const { as } = coreServer({}, { brand: { scopeTexts: Object.entries(scopes) } })
    const target = targetOf({
      resource: one,
      texts: { read: { de: 'Lesen', en: 'Read' }, list: {} },
    })
    const texts = (language: string) =>
      Object.fromEntries(scopeTexts(as, [target, stranger], language))
    expect({
      de: texts('de'),
      fr: texts('fr'),
      none: Object.fromEntries(scopeTexts(as, [], 'de')),
    }).toEqual({
      de: { read: 'Lesen', list: 'List', write: 'Write' },
      fr: { read: 'Read', list: 'List', write: 'Écrire' },
      none: { read: 'Server reads', list: 'List', write: 'Write' },
    })
  })
})
