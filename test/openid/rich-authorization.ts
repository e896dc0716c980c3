// Rich authorization requests (RFC 9396) as the tests make them: types of payments, and who asks.
import {
  authorizationRequest,
  codeOf,
  decide,
  redeem,
  registerWebClient,
  signedIn,
} from './flow.ts'
import { encodeForm, postern, read, type Answerer } from '../support/http.ts'
import { admin, registerUser, type TestClient } from '../support/registry.ts'
import { introspect, grantOf } from '../support/tokens.ts'
import type { Place } from '../support/user-agent.ts'

const paymentSchema = {
  type: 'object',
  properties: {
    amount: {
      type: 'object',
      properties: {
        value: { type: 'number', minimum: 0 },
        currency: { type: 'string', enum: ['EUR', 'USD'] },
      },
      required: ['value', 'currency'],
    },
    payee: { type: 'string', maxLength: 100 },
    express: { type: 'boolean' },
    actions: { type: 'array', items: { type: 'string', maxLength: 20 }, maxItems: 3 },
    locations: { type: 'array', items: { type: 'string', maxLength: 200 }, maxItems: 3 },
    parts: { type: 'integer' },
  },
  required: ['amount', 'payee'],
}

/** Registers a type, of payments unless `more` says otherwise, and returns its name. */
export async function registerType(more: object = {}, to: Answerer = postern): Promise<string> {
  const sent = {
    type: `payment_${crypto.randomUUID()}`,
    schema: paymentSchema,
    title: { en: 'A payment', de: 'Eine Zahlung' },
    summary: 'Pay {amount.value} {amount.currency} to {payee}',
    ...more,
  }
  const { status, body } = await read(await admin('POST', '/authorization-details-types', sent, to))
  if (status !== 201) throw new Error(JSON.stringify(body))
  return sent.type
}

/** A type of entries with one long text. */
export const registerTextType = (): Promise<string> =>
  registerType({
    schema: { type: 'object', properties: { text: { type: 'string', maxLength: 1000 } } },
    summary: undefined,
  })

export const user = await registerUser()
export const agent = await signedIn(user)
export const type = await registerType()
export const client = await registerWebClient({ authorization_details_types: [type] })
export const machine = await registerWebClient({
  grant_types: ['client_credentials'],
  authorization_details_types: [type],
})

/** Its members are in alphabetical order, as they are given back. */
export const payment = (more: object = {}) =>
  Object.fromEntries(
    Object.entries({ type, amount: { currency: 'EUR', value: 12.5 }, payee: 'Alice', ...more }),
  )
export const bob = payment({ payee: 'Bob' })

export const details = (...entries: unknown[]) => ({
  authorization_details: JSON.stringify(entries),
})

type Extra = Record<string, string | string[] | undefined>

/** Opens the page of a request. */
export const ask = (extra: Extra, by: TestClient = client): Promise<Place> => {
  const usual = authorizationRequest(by, { scope: 'openid read offline_access' })
  return agent.open(`/oauth2/authorize?${encodeForm({ ...usual, ...extra })}`)
}

/** Asks, allows, and returns the code. */
export const allow = async (extra: Extra, by: TestClient = client): Promise<string> =>
  codeOf(await decide(agent, await ask(extra, by), 'allow'))

/** Asks, allows and redeems. */
export const grantWith = async (extra: Extra, by: TestClient = client) =>
  grantOf(redeem(by, await allow(extra, by)))

export const invalid = { status: 400, error: 'invalid_authorization_details' }

/** What a client learns of a token's details; undefined = there is no such member. */
export const introspected = async (by: TestClient, token: string): Promise<unknown> =>
  Object((await read(await introspect(by, token))).body).authorization_details
