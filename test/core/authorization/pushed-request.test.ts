// Pushed requests: what is sealed of one, whom its reference is of, and which answer uses it up.
import { describe, expect, it } from 'vitest'
import {
  broughtRequest,
  pushRequest,
  requireUnanswered,
  useUp,
} from '../../../src/core/authorization/pushed-request.ts'
import type { AuthorizationServer } from '../../../src/core/authorization-server.ts'
import type { Spending } from '../../../src/core/server/storage.ts'
import type { Confirmation } from '../../../src/core/tokens/storage.ts'
import { randomSecret } from '../../../src/crypto/secret.ts'
import {
  type Parameters,
  encodeParameters,
  isRepeatable,
  parseParameters,
} from '../../../src/protocol/parameters.ts'
import { challenge, type Extra } from '../../openid/flow.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { newSpending } from '../../support/exchange.ts'
import { requestParameters, signInClient } from '../../support/goals.ts'
import { now } from '../../support/records.ts'
import { refusalOf } from '../../support/refusals.ts'

const prefix = 'urn:ietf:params:oauth:request_uri:'
const as = requestToCore({ now })
const at = (seconds: number): AuthorizationServer => ({ ...as, now: now + seconds })
const client = signInClient()

type Sender = {
  confirmation: Confirmation | undefined
  mayWrite: boolean
  spends: readonly Spending[]
}
const sender: Sender = { confirmation: undefined, mayWrite: true, spends: [] }
const push = (extra: Extra = {}, facts: Partial<Sender> = {}, of = client, to = as) =>
  refusalOf(() => pushRequest(to, of, requestParameters(of, extra), { ...sender, ...facts }))

async function pushed(
  extra: Extra = {},
  facts: Partial<Sender> = {},
  of = client,
  to = as,
): Promise<string> {
  const outcome = await push(extra, facts, of, to)
  if ('error' in outcome) throw new Error(`not pushed: ${outcome.error}`)
  return outcome.requestUri
}
const brought = (request_uri: string, client_id = client.id, to = as) =>
  refusalOf(() => broughtRequest(to, new Map(Object.entries({ client_id, request_uri }))))

/** The parameters behind a reference. */
async function behind(reference: string): Promise<Record<string, string>> {
  const outcome = await brought(reference)
  if ('error' in outcome) throw new Error(`not brought: ${outcome.error}`)
  return Object.fromEntries(outcome.parameters)
}
const unknown = { error: 'invalid_request_uri', reason: undefined }
const invalid = { error: 'invalid_request', reason: undefined }
const tooLarge = { error: 'request_too_large', reason: undefined }

describe('RFC 9126 2.1: what is pushed', () => {
  it('is the request, without the credentials of its client', async () => {
    const events: object[] = []
    const to = { ...as, log: (event: object) => void events.push(event) }
    const credentials = {
      client_secret: 'a secret',
      client_assertion: 'an assertion',
      client_assertion_type: 'a type',
    }
    const reference = await pushed({ ...credentials, client_id: 'another' }, {}, client, to)
    expect({ behind: await behind(reference), events }).toEqual({
      behind: Object.fromEntries(requestParameters(client)),
      events: [{ event: 'request pushed', client_id: client.id }],
    })
  })

  it('may name several resources', async () => {
    const resources = ['https://a.example/', 'https://b.example/']
    const named = resources.map((one) => `&resource=${encodeURIComponent(one)}`).join('')
    const text = encodeParameters(requestParameters(client)) + named
    const sent = parseParameters(text, { mayRepeat: isRepeatable })
    const { requestUri } = await pushRequest(as, client, sent, sender)
    const outcome = await brought(requestUri)
    expect('parameters' in outcome && outcome.parameters).toEqual(sent)
    expect('parameters' in outcome && outcome.parameters.repeated).toEqual(sent.repeated)
  })

  it('is judged as the authorization endpoint would, and no other reference', async () => {
    expect({
      reference: await push({ request_uri: 'urn:a' }),
      prompt: await push({ prompt: 'whatever' }),
      scope: await push({ scope: 'unknown' }),
      hint: await push({ id_token_hint: 'none' }),
    }).toEqual({
      reference: invalid,
      prompt: invalid,
      scope: { error: 'invalid_scope', reason: undefined },
      hint: invalid,
    })
  })

  it('has 8,192 bytes at most, and fewer from whoever may write nothing', async () => {
    const rest = 8_192 - encodeParameters(requestParameters(client, { state: '' })).length
    const lengthOf = (state: number) => push({ state: 'a'.repeat(state) })
    const unwritten = (state: number) => push({ state: 'a'.repeat(state) }, { mayWrite: false })
    const fits = { requestUri: expect.stringContaining(prefix), expiresIn: 300 }
    expect({
      longest: await lengthOf(rest),
      longer: await lengthOf(rest + 1),
      short: await unwritten(1_500),
      tooLong: await unwritten(rest),
    }).toEqual({ longest: fits, longer: tooLarge, short: fits, tooLong: tooLarge })
  })

  it('spends what its sender proved by, in this isolate alone where nothing may be written', async () => {
    const newIdentifier = () => ({ ...newSpending(), expiresAt: now + 300 })
    const spends = [newIdentifier()]
    const refused = { error: 'invalid_client', reason: undefined }
    const written = [newIdentifier()]
    expect({
      first: await push({}, { mayWrite: false, spends }),
      second: await push({}, { mayWrite: false, spends }),
      written: await push({}, { spends: written }),
      again: await push({}, { spends: written }),
    }).toEqual({
      first: expect.objectContaining({ expiresIn: 300 }),
      second: refused,
      written: expect.objectContaining({ expiresIn: 300 }),
      again: refused,
    })
  })
})

describe('RFC 9449 10.1: the key that a proof proves', () => {
  it('is that of the request, which may not name another', async () => {
    const confirmation = { jkt: challenge }
    const other = `${challenge.slice(1)}A`
    const bound = await pushed({}, { confirmation })
    const named = await pushed({ dpop_jkt: challenge }, { confirmation })
    const certified = await pushed({}, { confirmation: { 'x5t#S256': 'a thumbprint' } })
    expect({
      bound: await behind(bound),
      named: (await behind(named))['dpop_jkt'],
      other: await push({ dpop_jkt: other }, { confirmation }),
      certified: (await behind(certified))['dpop_jkt'],
      unproved: (await behind(await pushed({ dpop_jkt: other })))['dpop_jkt'],
    }).toEqual({
      bound: { ...Object.fromEntries(requestParameters(client)), dpop_jkt: challenge },
      named: challenge,
      other: invalid,
      certified: undefined,
      unproved: other,
    })
  })
})

describe('RFC 9126 4: a reference', () => {
  it('is of its client, for 300 seconds, and then may be answered as long as a screen', async () => {
    const reference = await pushed()
    const { interaction } = as.settings.lifetimes
    expect({
      early: await brought(reference, client.id, at(299)),
      late: await brought(reference, client.id, at(300)),
      ofAnother: await brought(reference, 'another'),
      unknown: await brought(`${prefix}r_unknown`),
    }).toEqual({
      early: {
        parameters: requestParameters(client),
        pushed: { id: expect.any(String), answerBy: now + 300 + interaction },
      },
      late: unknown,
      ofAnother: unknown,
      unknown,
    })
  })

  it('is none of ours with another prefix, and none if it is repeated', async () => {
    const sent = (facts: Record<string, string>) => new Map(Object.entries(facts))
    const own = sent({ client_id: client.id })
    const other = sent({ request_uri: `https://a.example/${prefix}` })
    const repeating = (name: string): Parameters =>
      Object.assign(sent({}), { repeated: new Map([[name, ['a', 'b']]]) })
    expect({
      none: await broughtRequest(as, own),
      other: await broughtRequest(as, other),
      otherRepeated: 'parameters' in (await broughtRequest(as, repeating('resource'))),
      repeated: await refusalOf(() => broughtRequest(as, repeating('request_uri'))),
    }).toEqual({
      none: { parameters: own, pushed: null },
      other: { parameters: other, pushed: null },
      otherRepeated: true,
      repeated: invalid,
    })
  })
})

describe('FAPI 2.0 5.3.2.2: an answer uses the request up', () => {
  const newRequest = () => ({ id: randomSecret(16), answerBy: now + 60 })
  const use = (pushedRequest: ReturnType<typeof newRequest> | null, screen?: string, seconds = 0) =>
    refusalOf(() => useUp(at(seconds), { pushed: pushedRequest }, screen))

  it('once; whoever clicks twice within five seconds gets it twice', async () => {
    const [one, other, silent] = [newRequest(), newRequest(), newRequest()]
    expect({
      first: await use(one, 'a screen'),
      twice: await use(one, 'a screen', 5),
      later: await use(one, 'a screen', 5.5),
      otherScreen: await use(one, 'another screen'),
      noScreen: await use(one),
      otherRequest: await use(other, 'a screen'),
      silent: await use(silent),
      silentTwice: await use(silent),
    }).toEqual({
      first: undefined,
      twice: undefined,
      later: unknown,
      otherScreen: unknown,
      noScreen: unknown,
      otherRequest: undefined,
      silent: undefined,
      silentTwice: unknown,
    })
  })

  it('and nobody is asked for one that was answered; what was not pushed is never used up', async () => {
    const request = newRequest()
    const judge = (whose: typeof request | null) => refusalOf(() => requireUnanswered(as, whose))
    const before = await judge(request)
    await use(request, 'a screen')
    expect({
      before,
      after: await judge(request),
      unpushed: await judge(null),
      used: [await use(null, 'a screen'), await use(null, 'a screen')],
    }).toEqual({
      before: undefined,
      after: unknown,
      unpushed: undefined,
      used: [undefined, undefined],
    })
  })
})
