// The jobs: what clients and browsers ask for all day, and the least that each can cost. Preparing is
// not timed; a step rejects at any answer that is not the right one (a fast refusal is no result).
import { authorizationParameters, Browser, verifier } from './browser.ts'
import type { Account, Contestant } from './contestant.ts'
import { formHeaders, headerOf, requestText, type Answer, type Ask, type Step } from './load.ts'
import { newProofKey } from './proof.ts'

/** Work made ready: `most` where it is used up. */
type Prepared = { step: Step; most?: number }

export type Job = {
  name: string
  /**
   * The limit's route that it is judged by, and how many times its CPU it may take. Where a unit needs
   * several requests whatever the server, a route for each, with spaces between.
   */
  limit: string
  budget: number
  /** The limit's route with the same storage calls and signatures: what is over it is our code. */
  bare: string
  /** Null where the server has no such thing. */
  prepare: (contestant: Contestant, ask: Ask, lanes: number) => Promise<Prepared | null>
}

export const jobs: readonly Job[] = [
  {
    name: 'discovery',
    limit: '/hello',
    budget: 1.5,
    bare: '/hello',
    prepare: async (contestant) => get(contestant, contestant.paths.discovery, '"issuer"'),
  },
  {
    name: 'JWKS',
    limit: '/hello',
    budget: 1.5,
    bare: '/hello',
    prepare: async (contestant) => get(contestant, contestant.paths.jwks, '"keys"'),
  },
  {
    name: 'client credentials',
    limit: '/sign',
    budget: 2,
    bare: '/sign',
    prepare: async (contestant) => {
      if (contestant.machine === undefined) return null
      return always(machineTokenRequest(contestant, contestant.machine), '"access_token"')
    },
  },
  {
    name: 'introspection',
    limit: '/verify+d1+kv',
    budget: 1.3,
    bare: '/verify+d1+kv',
    prepare: prepareIntrospection,
  },
  {
    name: 'userinfo',
    limit: '/verify+d1+kv',
    budget: 1.3,
    bare: '/verify+d1+kv',
    prepare: prepareUserinfo,
  },
  {
    name: 'refresh',
    limit: '/sign+d1batch+kvput',
    budget: 1.4,
    bare: '/sign2+d1batch+kvput',
    prepare: prepareRefresh,
  },
  {
    name: 'refresh with a proof',
    limit: '/prove+sign+d1batch+kvput',
    budget: 1.4,
    bare: '/prove+sign2+d1batch+kvput',
    prepare: prepareProvedRefresh,
  },
  {
    name: 'authorize, signed in',
    limit: '/d1',
    budget: 2,
    bare: '/d1',
    prepare: async (contestant, ask) => {
      if (!contestant.keepsSession) return null
      const browser = new Browser(contestant)
      await browser.authorize(ask)
      return { step: async (asks) => void (await browser.authorize(asks)) }
    },
  },
  {
    name: 'authorize, pushed',
    limit: '/hello /d1+d1batch',
    budget: 2,
    bare: '/hello /2d1+d1batch',
    prepare: preparePushedAuthorize,
  },
  {
    name: 'code exchange',
    limit: '/sign2+d1batch+kvput',
    budget: 1.5,
    bare: '/sign2+d1batch+kvput',
    prepare: prepareCodeExchange,
  },
  {
    name: 'password sign-in',
    limit: '/password',
    budget: 1.15,
    bare: '/password',
    prepare: async (contestant) =>
      contestant.user === undefined
        ? null
        : { step: async (ask) => void (await new Browser(contestant).authorize(ask)) },
  },
]

function get(contestant: Contestant, path: string | undefined, expected: string): Prepared | null {
  if (path === undefined) return null
  const { headers = {} } = contestant
  return always(requestText(contestant, { path, headers }), expected)
}

/** The same request again and again. */
const always = (request: string, expected: string): Prepared => ({
  step: async (ask) => void accept(await ask(request), expected),
})

function accept(answer: Answer, expected: string, status = 200): string {
  if (answer.status !== status || !answer.body.includes(expected)) {
    throw new Error(`refused: ${answer.status} ${answer.body.slice(0, 200)}`)
  }
  return answer.body
}

function clientRequest(
  contestant: Contestant,
  path: string,
  account: Account,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): string {
  const { id, secret, method } = account
  const basic = `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret ?? '')}`)}`
  const inForm = { client_id: id, ...(secret === undefined ? {} : { client_secret: secret }) }
  return requestText(contestant, {
    method: 'POST',
    path,
    headers: {
      ...contestant.headers,
      ...formHeaders,
      ...headers,
      ...(method === 'basic' ? { Authorization: basic } : {}),
    },
    body: new URLSearchParams({ ...form, ...(method === 'basic' ? {} : inForm) }).toString(),
  })
}

const machineTokenRequest = (contestant: Contestant, machine: Account): string =>
  clientRequest(contestant, contestant.paths.token, machine, {
    grant_type: 'client_credentials',
    ...(machine.scope === undefined ? {} : { scope: machine.scope }),
    ...machine.extra,
  })

const codeRequest = (contestant: Contestant, code: string): string =>
  clientRequest(contestant, contestant.paths.token, contestant.app, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: contestant.app.redirectUri,
    code_verifier: verifier,
    ...contestant.app.extra,
  })

type Tokens = { access_token: string; refresh_token?: string }

const tokensIn = (answer: Answer): Tokens => JSON.parse(accept(answer, '"access_token"'))

async function userTokens(contestant: Contestant, ask: Ask): Promise<Tokens> {
  const code = await new Browser(contestant).authorize(ask)
  return tokensIn(await ask(codeRequest(contestant, code)))
}

async function prepareIntrospection(contestant: Contestant, ask: Ask): Promise<Prepared | null> {
  const { app, machine, paths, introspects } = contestant
  if (machine === undefined || paths.introspection === undefined) return null
  const ofUsers = introspects === 'tokens of users'
  const { access_token: token } = ofUsers
    ? await userTokens(contestant, ask)
    : tokensIn(await ask(machineTokenRequest(contestant, machine)))
  const asker = ofUsers ? app : machine
  return always(clientRequest(contestant, paths.introspection, asker, { token }), '"active":true')
}

async function prepareUserinfo(contestant: Contestant, ask: Ask): Promise<Prepared | null> {
  const { paths, headers } = contestant
  if (paths.userinfo === undefined) return null
  const { access_token } = await userTokens(contestant, ask)
  const carried = { ...headers, Authorization: `Bearer ${access_token}` }
  return always(requestText(contestant, { path: paths.userinfo, headers: carried }), '"sub"')
}

/** Sends the token request of a refresh on a lane, with whatever headers it needs. */
type Refresh = (ask: Ask, form: Record<string, string>, lane: number) => Promise<Tokens>

function prepareRefresh(contestant: Contestant, ask: Ask, lanes: number): Promise<Prepared | null> {
  const { app, paths } = contestant
  return prepareChains(contestant, ask, lanes, async (asks, form) =>
    tokensIn(await asks(clientRequest(contestant, paths.token, app, form))),
  )
}

/** A key a lane; a proof carries the nonce that the last answer brought. */
async function prepareProvedRefresh(
  contestant: Contestant,
  ask: Ask,
  lanes: number,
): Promise<Prepared | null> {
  const { app, issuer, origin, paths, takesProofs } = contestant
  if (takesProofs !== true) return null
  const keys = await Promise.all(Array.from({ length: lanes }, newProofKey))
  const nonces: (string | undefined)[] = []
  const address = `${issuer ?? origin}${paths.token}`
  return prepareChains(contestant, ask, lanes, async (asks, form, lane) => {
    const proof = await keys[lane]?.prove(address, nonces[lane])
    if (proof === undefined) throw new Error(`there is no lane ${lane}`)
    const answer = await asks(clientRequest(contestant, paths.token, app, form, { DPoP: proof }))
    nonces[lane] = headerOf(answer, 'DPoP-Nonce')
    accept(answer, '"token_type":"DPoP"')
    return tokensIn(answer)
  })
}

/** A chain a lane: each request uses the token that the last one gave. */
async function prepareChains(
  contestant: Contestant,
  ask: Ask,
  lanes: number,
  refresh: Refresh,
): Promise<Prepared | null> {
  const chains: string[] = []
  while (chains.length < lanes) {
    const { refresh_token } = await userTokens(contestant, ask)
    if (refresh_token === undefined) return null
    chains.push(refresh_token)
  }
  return {
    step: async (asks, lane) => {
      const token = chains[lane] ?? ''
      const form = { grant_type: 'refresh_token', refresh_token: token, ...contestant.app.extra }
      const next = (await refresh(asks, form, lane)).refresh_token ?? token
      if (contestant.rotates && next === token) throw new Error('the token was not rotated')
      chains[lane] = next
    },
  }
}

/** Two requests a unit: the application pushes (RFC 9126 2), its signed-in browser authorizes. */
async function preparePushedAuthorize(contestant: Contestant, ask: Ask): Promise<Prepared | null> {
  const { app, keepsSession, paths } = contestant
  const { pushedRequest } = paths
  if (pushedRequest === undefined || !keepsSession) return null
  const browser = new Browser(contestant)
  await browser.authorize(ask)
  return {
    step: async (asks) => {
      const form = authorizationParameters(app)
      const answer = await asks(clientRequest(contestant, pushedRequest, app, form))
      const pushed: { request_uri: string } = JSON.parse(accept(answer, '"request_uri"', 201))
      await browser.authorize(asks, { client_id: app.id, request_uri: pushed.request_uri })
    },
  }
}

const codesOfLane = 75
const codesAtLeast = 16

/** Codes made beforehand; a server that keeps no session makes them by signing in each time. */
async function prepareCodeExchange(
  contestant: Contestant,
  ask: Ask,
  lanes: number,
): Promise<Prepared> {
  const browser = new Browser(contestant)
  const codes: string[] = []
  const until = performance.now() + 8_000
  const mayMint = () =>
    codes.length < codesAtLeast || (codes.length < lanes * codesOfLane && performance.now() < until)
  while (mayMint()) {
    const visitor = contestant.keepsSession ? browser : new Browser(contestant)
    codes.push(await visitor.authorize(ask))
  }
  return {
    step: async (asks) => void tokensIn(await asks(codeRequest(contestant, codes.pop() ?? ''))),
    most: codes.length,
  }
}
