// Races for what a client redeems at the token endpoint.
import { allowDevice, codesFor, poll, registerDevice } from '../../openid/device-flow.ts'
import {
  codeFor,
  redeem,
  registerSpa,
  registerWebClient,
  signedIn,
  signInTo,
} from '../../openid/flow.ts'
import { assertionOf, registerKeyClient, tokenWith } from '../../support/assertions.ts'
import { scriptedSignIn } from '../../federation/sign-in.ts'
import { seconds, signToken } from '../../federation/providers.ts'
import { grant_type } from '../../support/asserted.ts'
import { newProofKey, postProved, proofOf } from '../../support/dpop.ts'
import { grantsOf } from '../../support/grants.ts'
import { env } from 'cloudflare:workers'
import { issuer, post } from '../../support/http.ts'
import { registerClient, registerUser } from '../../support/registry.ts'
import { grantRow } from '../../support/time.ts'
import { grantOf, postAs, refresh } from '../../support/tokens.ts'
import { race, saidBy, type RunnableRace } from '../engine.ts'

const offline = { scope: 'openid offline_access' }
const oneOf50 = (refusal: string) => ({ '200': 1, [refusal]: 49 })

/** The races of codes, refresh tokens and device codes. */
export async function tokenRaces(): Promise<RunnableRace[]> {
  const user = await registerUser()
  const agent = await signedIn(user)
  const [spa, lasting, strict] = await Promise.all([
    registerSpa({ trusted: true }),
    registerWebClient(),
    registerWebClient({ refresh_token_grace: 0 }),
  ])
  const [machine, keyed, key, asserting, trading] = await Promise.all([
    registerClient(),
    registerKeyClient(),
    newProofKey(),
    registerKeyClient({ grant_types: [grant_type] }),
    registerClient({ grant_types: [grant_type], scope: 'openid read' }),
  ])
  const company = await scriptedSignIn({ assertions: true, assertion_clients: [trading.client_id] })
  await env.DB.prepare(
    "INSERT INTO provider_links (issuer, subject, user_id, created_at) VALUES (?, 'employee', ?, 1)",
  )
    .bind(company.document.issuer, user.id)
    .run()

  /** Refreshes one token; `successors` are those that were given out. */
  const refreshing = (
    name: string,
    client: typeof spa,
    outcomes: Record<string, number>,
    row: object,
  ) =>
    race({
      name,
      prepare: async () => {
        const { refresh_token = '' } = await signInTo(agent, client, offline)
        return { refresh_token, successors: new Set<string>() }
      },
      contend: async ({ refresh_token, successors }, { isolate }) => {
        const answer = await refresh(client, refresh_token, {}, isolate.fetch)
        if (!answer.ok) return saidBy(answer)
        successors.add((await grantOf(answer)).refresh_token)
        return '200'
      },
      rows: async ({ refresh_token, successors }) => {
        const { generation, revoked_reason } = await grantRow(refresh_token)
        return { generation, revoked_reason, successors: successors.size }
      },
      endings: [{ outcomes, rows: { generation: 1, revoked_reason: null, successors: 1, ...row } }],
    })

  return [
    race({
      name: 'authorization code',
      prepare: async () => {
        const client = await registerWebClient()
        return { client, code: await codeFor(agent, client) }
      },
      contend: ({ client, code }, { isolate }) => saidBy(redeem(client, code, {}, isolate.fetch)),
      rows: ({ client }) => grantsOf(client),
      // A valid replay ends what the winner got (RFC 6749 4.1.2).
      endings: [{ outcomes: oneOf50('400 invalid_grant'), rows: { grants: 1, revoked: 1 } }],
    }),
    refreshing('refresh token', lasting, { '200': 50 }, {}),
    refreshing('refresh token of a public client', spa, { '200': 50 }, {}),
    refreshing('refresh token without grace', strict, oneOf50('400 invalid_grant'), {
      revoked_reason: 'token.refresh-reused',
    }),
    race({
      name: 'device code',
      prepare: async () => {
        const client = await registerDevice()
        const codes = await codesFor(client)
        await allowDevice(agent, codes.user_code)
        return { client, code: codes.device_code }
      },
      contend: ({ client, code }, { isolate }) => saidBy(poll(client, code, {}, isolate.fetch)),
      rows: ({ client }) => grantsOf(client),
      endings: [{ outcomes: oneOf50('400 invalid_grant'), rows: { grants: 1, revoked: 0 } }],
    }),
    race({
      name: 'device code that nobody has decided about',
      prepare: async () => {
        const client = await registerDevice()
        return { client, code: (await codesFor(client)).device_code }
      },
      contend: ({ client, code }, { isolate }) => saidBy(poll(client, code, {}, isolate.fetch)),
      rows: ({ client }) => grantsOf(client),
      endings: [
        {
          outcomes: { '400 authorization_pending': 1, '400 slow_down': 49 },
          rows: { grants: 0, revoked: 0 },
        },
      ],
    }),
    race({
      name: 'jti of a client assertion',
      prepare: async () => assertionOf(keyed),
      contend: (assertion, { isolate }) => saidBy(tokenWith(assertion, {}, isolate.fetch)),
      rows: async () => null,
      endings: [{ outcomes: oneOf50('401 invalid_client'), rows: null }],
    }),
    race({
      name: 'jti of an assertion that is a grant',
      prepare: async () => assertionOf(asserting, { sub: user.sub }),
      contend: (assertion, { isolate }) =>
        saidBy(post('/oauth2/token', { grant_type, assertion }, {}, isolate.fetch)),
      rows: async () => null,
      endings: [{ outcomes: oneOf50('400 invalid_grant'), rows: null }],
    }),
    race({
      name: 'jti of an identity assertion of a provider',
      prepare: async () => {
        const claims = { iss: company.document.issuer, sub: 'employee', aud: issuer }
        const facts = { client_id: trading.client_id, jti: crypto.randomUUID() }
        const times = { iat: seconds(), exp: seconds() + 300 }
        const header = { typ: 'oauth-id-jag+jwt' }
        return signToken(company.key, { ...claims, ...facts, ...times }, header)
      },
      contend: (assertion, { isolate }) =>
        saidBy(postAs(trading, '/oauth2/token', { grant_type, assertion }, isolate.fetch)),
      rows: async () => null,
      endings: [{ outcomes: oneOf50('400 invalid_grant'), rows: null }],
    }),
    race({
      name: 'jti of a proof of possession',
      prepare: async () => proofOf(key),
      contend: (proof, { isolate }) =>
        saidBy(postProved(machine, proof, { grant_type: 'client_credentials' }, isolate.fetch)),
      rows: async () => null,
      endings: [{ outcomes: oneOf50('400 invalid_dpop_proof'), rows: null }],
    }),
  ]
}
