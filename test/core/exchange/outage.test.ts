// Refreshing while D1 is away, by records and lists in KV that are one member or one instant apart from those
// of a request that is answered. What D1 still might accept is 503; the log alone says why.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { authorizePath, codeOf, pass, redeem, registerWebClient } from '../../openid/flow.ts'
import { newProofKey, postProved, proofOf } from '../../support/dpop.ts'
import { claimsOf } from '../../support/forge.ts'
import { encodeForm, read, refusal } from '../../support/http.ts'
import {
  atHome,
  away,
  coldServer,
  cron,
  type KeptChanges,
  keptGrant,
  offline,
  openedRecord,
  putBack,
  somebody,
  whileKept,
  withCause,
} from '../../support/outage.ts'
import { registerResource } from '../../support/registry.ts'
import { grantIdOf } from '../../support/time.ts'
import { grantOf, introspect, refresh } from '../../support/tokens.ts'

const key = await newProofKey()
const [one, two] = ['https://one.example/', 'https://two.example/']
const client = await registerWebClient()
const { user, browser } = await somebody()
const registered = await registerResource({ scope: 'read', aliases: ['https://alias.example/'] })
const { refresh_token: plain } = await keptGrant(client, browser)
const { refresh_token: narrow } = await grantFor([one, two])
const { refresh_token: described } = await grantFor([registered.resource])
const { refresh_token: mixed } = await grantFor([registered.resource, two])
await cron()
// What nobody had registered was put long after the registration above, for all that these tests know.
await putBack('rev:unregistered', null)

const ofGrant = (token: string) => `grant:${grantIdOf(token)}`
const ofClient = `client:${client.client_id}`
const started = await openedRecord(ofGrant(plain))
const { client: kept } = await openedRecord(ofClient)
const createdAt = Number(started.createdAt)
const updatedAt = Number(Object(kept).updatedAt)
const userUpdatedAt = Number(Object(started.user).updatedAt)
const { targets } = await openedRecord(ofGrant(narrow))
const { keptAt } = await openedRecord(ofGrant(mixed))
const { keys: signingKeys } = await openedRecord('signing-keys')
const withdrawals = Object.fromEntries(
  (Array.isArray(signingKeys) ? signingKeys : []).map(({ kid }) => [`rev:key:${kid}`, '1']),
)
const [first] = Array.isArray(targets) ? targets : []

async function grantFor(resource: string[]) {
  const path = `${authorizePath(client, { scope: offline })}&${encodeForm({ resource })}`
  const code = codeOf(await browser.open(path))
  return atHome((to) => grantOf(redeem(client, code, {}, to)))
}

const withMetadata = (metadata: object) => ({
  client: { ...Object(kept), metadata: { ...Object(kept).metadata, ...metadata } },
})
type Extra = Record<string, string>
const ask = (token: string, extra: Extra = {}, to = coldServer()) =>
  refresh(client, token, extra, to.fetch)
const audienceOf = async (token: string, extra: Extra = {}) =>
  claimsOf((await grantOf(ask(token, extra))).access_token).aud

// A clock that stands, so that instants are equal or apart as a test says.
beforeEach(() => pass(10))
afterEach(() => vi.useRealTimers())

describe('what is of the very instant', () => {
  it('does not count as revoked or changed', async () => {
    const { createdAt: since } = await openedRecord(ofGrant(mixed))
    const changes = {
      [`rev:client-record:${client.client_id}`]: `${updatedAt}`,
      [`rev:client:${client.client_id}`]: `${Number(since)}`,
      [`rev:user:${user.sub}`]: `${Number(since)}`,
      [`rev:user-record:${user.sub}`]: `${userUpdatedAt}`,
      [`rev:resource:${registered.resource}`]: `${Number(keptAt) - 60}`,
      'rev:unregistered': `${Number(keptAt) - 60}`,
    }
    const { expires_in } = await whileKept(changes, () => grantOf(ask(mixed)))
    expect(expires_in).toBe(300)
  })

  it('is a token until the second before its grant expires', async () => {
    const expiresAt = Math.ceil(Date.now() / 1000) + 2
    const changes = { [ofGrant(plain)]: { expiresAt } }
    vi.setSystemTime((expiresAt - 1) * 1000)
    const { expires_in } = await whileKept(changes, () => grantOf(ask(plain)))
    expect(expires_in).toBe(1)
  })
})

describe('the resources', () => {
  it('are those that the request names, under any spelling, each once', async () => {
    expect({
      all: await audienceOf(narrow),
      second: await audienceOf(narrow, { resource: two }),
      described: await audienceOf(described),
      alias: await audienceOf(described, { resource: 'https://ALIAS.example' }),
      stranger: await refusal(ask(described, { resource: one })),
      none: await refusal(ask(narrow, { resource: 'none' })),
    }).toEqual({
      all: [one, two],
      second: two,
      described: registered.resource,
      alias: registered.resource,
      stranger: { status: 400, error: 'invalid_target' },
      none: { status: 400, error: 'invalid_target' },
    })
  })

  it('are without those that the client may no longer name', async () => {
    const changes = { [ofClient]: withMetadata({ resources: [two] }) }
    expect(await whileKept(changes, () => audienceOf(narrow))).toBe(two)
  })
})

describe('the scope', () => {
  it('is without what the client or the user has lost', async () => {
    const scopeBy = async (changes: KeptChanges) =>
      (await whileKept(changes, () => grantOf(ask(plain)))).scope
    expect({
      client: await scopeBy({ [ofClient]: withMetadata({ scope: 'openid read' }) }),
      user: await scopeBy({
        [ofGrant(plain)]: { user: { ...Object(started.user), scope: 'read' } },
      }),
    }).toEqual({ client: 'openid read', user: expect.stringContaining('read') })
  })

  it('is never wider than the grant: invalid_scope', async () => {
    expect(await refusal(ask(plain, { scope: 'openid email' }))).toEqual({
      status: 400,
      error: 'invalid_scope',
    })
  })
})

describe('possession', () => {
  const unproved = { status: 400, error: 'invalid_dpop_proof' }
  const form = { grant_type: 'refresh_token', refresh_token: plain }
  const bound = { [ofGrant(plain)]: { keyThumbprint: key.thumbprint } }

  it('of the key that the grant is bound to is proved, once for each proof', async () => {
    const proof = await proofOf(key)
    const by = (text: string | null) => refusal(postProved(client, text, form, coldServer().fetch))
    const answers = await whileKept(bound, async () => ({
      own: await read(await postProved(client, proof, form, coldServer().fetch)),
      again: await by(proof),
      other: await by(await proofOf(await newProofKey())),
      none: await by(null),
    }))
    expect(answers).toEqual({
      own: { status: 200, body: expect.objectContaining({ token_type: 'DPoP' }) },
      again: unproved,
      other: unproved,
      none: unproved,
    })
  })

  it('of any key is enough for a grant that is bound to none', async () => {
    const proof = await proofOf(key)
    const answer = await postProved(client, proof, form, coldServer().fetch)
    expect((await read(answer)).body).toEqual(expect.objectContaining({ token_type: 'DPoP' }))
  })

  it.each([
    ['the profile fapi2', withMetadata({ profile: 'fapi2' })],
    ['the registration', withMetadata({ dpop_bound_access_tokens: true })],
  ])('is demanded by %s', async (_what, record) => {
    expect(await whileKept({ [ofClient]: record }, () => refusal(ask(plain)))).toEqual(unproved)
  })

  it('is demanded by a resource', async () => {
    const record = await openedRecord(ofGrant(described))
    const [target] = Array.isArray(record.targets) ? record.targets : []
    const demanding = { ...target, metadata: { ...target.metadata, dpop_required: true } }
    const changes = { [ofGrant(described)]: { targets: [demanding] } }
    expect(await whileKept(changes, () => refusal(ask(described)))).toEqual(unproved)
  })
})

describe('the client', () => {
  it('is the one that this isolate remembers, where KV has none or an older one', async () => {
    const warm = coldServer({}, () => null)
    await introspect(client, 'none', warm.fetch)
    warm.plan(away)
    const older = { ...Object(kept), updatedAt: updatedAt - 1, disabledAt: 1 }
    const newer = { ...Object(kept), updatedAt: updatedAt + 1, disabledAt: 1 }
    const by = (change: object | null) =>
      whileKept({ [ofClient]: change }, async () => (await ask(plain, {}, warm)).status)
    expect({
      none: await by(null),
      older: await by({ client: older }),
      newer: await by({ client: newer }),
    }).toEqual({ none: 200, older: 200, newer: 503 })
  })

  it('is named in the log', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await ask(plain)
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)))
    log.mockRestore()
    expect(lines).toEqual([
      expect.objectContaining({
        event: 'refreshed without the database',
        grant_id: grantIdOf(plain),
        client_id: client.client_id,
      }),
      expect.objectContaining({ event: 'request', client_id: client.client_id }),
    ])
  })
})

describe('503, and the log says', () => {
  const [id, own, ofNarrow] = [client.client_id, ofGrant(plain), ofGrant(narrow)]
  const ofClientWith = (facts: object) => ({
    [ofClient]: { client: { ...Object(kept), ...facts } },
  })
  type Asked = { token?: string; extra?: Extra; secret?: string }
  const after = `${createdAt + 1}`
  const rows: [string, string, KeptChanges, Asked?][] = [
    ['the request names no grant or no client', 'no token', {}, { token: 'rt_none' }],
    ['the client is not known', 'without a record', { [ofClient]: null }],
    ['the client is not known', 'of another version', { [ofClient]: { version: 2 } }],
    [
      'the client has changed since',
      'by a list',
      { [`rev:client-record:${id}`]: `${updatedAt + 1}` },
    ],
    ['the client is not proved', 'by a wrong secret', {}, { secret: 'another' }],
    [
      'the client may not refresh',
      'by its grant types',
      { [ofClient]: withMetadata({ grant_types: [] }) },
    ],
    ['the grant is not kept', 'without a record', { [own]: null }],
    ['the grant is not kept', 'of another version', { [own]: { version: 2 } }],
    ['the grant is of another client', 'by its record', { [own]: { clientId: 'another' } }],
    ['another token is current', 'by its record', { [own]: { currentDigest: 'another' } }],
    [
      'the token is superseded',
      'by its record',
      { [own]: { currentDigest: 'another', previousDigest: started.currentDigest } },
    ],
    ['the grant was revoked', 'by its own list', { [`rev:grant:${grantIdOf(plain)}`]: '1' }],
    ['the grant was revoked', 'by the list of its client', { [`rev:client:${id}`]: after }],
    ['the grant was revoked', 'by the list of all', { 'rev:epoch': after }],
    ['the grant was revoked', 'by the list of its user', { [`rev:user:${user.sub}`]: after }],
    [
      'the grant was revoked',
      'by a date of its client',
      ofClientWith({ notBefore: createdAt + 1 }),
    ],
    [
      'the grant was revoked',
      'by the creation of its client',
      ofClientWith({ createdAt: createdAt + 1 }),
    ],
    [
      'the user has changed since',
      'by a list',
      { [`rev:user-record:${user.sub}`]: `${userUpdatedAt + 1}` },
    ],
    [
      'not all resources of the grant are kept',
      'by its record',
      { [ofNarrow]: { isWhole: false } },
      { token: narrow },
    ],
    [
      'a resource is not kept',
      'without its record',
      { [ofNarrow]: { targets: [first] } },
      { token: narrow, extra: { resource: two } },
    ],
    [
      'a resource is not kept',
      'in a record of some',
      { [ofNarrow]: { isWhole: false } },
      { token: narrow, extra: { resource: 'https://three.example/' } },
    ],
    [
      'the client may name none of the resources',
      'by the list of the client',
      { [ofClient]: withMetadata({ resources: ['https://three.example/'] }) },
      { token: narrow },
    ],
    [
      'nothing of the scope is left',
      'to the client',
      { [ofClient]: withMetadata({ scope: 'email' }) },
    ],
    [
      'nothing of the scope is left',
      'to the user',
      { [own]: { user: { ...Object(started.user), scope: 'email' } } },
    ],
    [
      'a resource has changed since',
      'by its list',
      { [`rev:resource:${registered.resource}`]: `${Number(keptAt) - 59}` },
      { token: mixed },
    ],
    [
      'a resource has changed since',
      'by the list of those that nobody had registered',
      { 'rev:unregistered': `${Number(keptAt) - 59}` },
      { token: mixed },
    ],
    ['no signing key is known', 'by the lists of the keys', withdrawals],
    ['no signing key is known', 'without a record', { 'signing-keys': null }],
    ['no signing key is known', 'of another version', { 'signing-keys': { version: 2 } }],
  ]

  it.each(rows)('%s: %s', async (why, _how, changes, { token = plain, extra, secret } = {}) => {
    const of = { ...client, client_secret: secret ?? client.client_secret }
    const answer = await whileKept(changes, () =>
      withCause(() => refresh(of, token, extra, coldServer().fetch)),
    )
    expect(answer).toEqual({ status: 503, cause: `Error: D1 does not answer, and ${why}` })
  })

  it.each([
    ['KV does not answer either', 'rev:epoch'],
    ['KV does not answer either', 'rev:user'],
  ])('%s where it fails for %s', async (why, key) => {
    const server = coldServer({}, (call) => (call.text.includes(key) ? 'fails' : away(call, 0)))
    expect(await withCause(() => ask(plain, {}, server))).toEqual({
      status: 503,
      cause: `Error: D1 does not answer, and ${why}`,
    })
  })

  it.each([-1000, 0, 500])(
    'the grant has expired, or is about to, in %i ms',
    async (milliseconds) => {
      const now = Math.ceil(Date.now() / 1000)
      vi.setSystemTime(now * 1000)
      const changes = { [own]: { expiresAt: now + milliseconds / 1000 } }
      expect(await whileKept(changes, () => withCause(() => ask(plain)))).toEqual({
        status: 503,
        cause: 'Error: D1 does not answer, and the grant has expired, or is about to',
      })
    },
  )
})
