// Authentication context classes: OpenID Connect Core 3.1.2.1 and 5.5.1.1, OpenID Connect Unmet
// Authentication Requirements 1.0, RFC 9470.
import { env } from 'cloudflare:workers'
import * as oauth from 'oauth4webapi'
import { afterEach, describe, expect, it } from 'vitest'
import { halfSignedIn, stepUp, type HalfSignedIn } from '../support/half-signed-in.ts'
import { Server } from '../support/faults.ts'
import { claimsOf } from '../support/forge.ts'
import { get, issuer, read } from '../support/http.ts'
import { judgedServer, newRequest, redeemAs, secretOf } from '../support/judges.ts'
import { signInWithPasskey, userWithPasskey } from '../support/passkeys.ts'
import { push, pushedPath } from '../support/pushed.ts'
import { admin, registerUser, type TestClient } from '../support/registry.ts'
import { grantIdOf } from '../support/time.ts'
import { grantOf, introspect, passwordGrant, refresh, type Tokens } from '../support/tokens.ts'
import { codeOfApp, wrongCode } from '../support/totp.ts'
import type { Place, UserAgent } from '../support/user-agent.ts'
import {
  allowDevice,
  answerDevice,
  codesFor,
  enterCode,
  poll,
  registerDevice,
} from './device-flow.ts'
import {
  type Extra,
  authorizePath,
  backToNow,
  codeOf,
  granted,
  outcome,
  pass,
  redeem,
  refusedWith,
  registerWebClient,
  signedIn,
  signInAt,
} from './flow.ts'

afterEach(backToNow)

const [one, two, fresh] = ['urn:postern:acr:1', 'urn:postern:acr:2', 'urn:postern:acr:fresh']
const client = await registerWebClient()

/** A `claims` parameter that asks for a class. */
const essential = (...values: string[]) => ({
  claims: JSON.stringify({ id_token: { acr: { essential: true, values } } }),
})

const ask = (agent: UserAgent, extra: Extra, of: TestClient = client): Promise<Place> =>
  agent.open(authorizePath(of, extra))

/** What all tokens of a grant say about the sign-in. */
async function signInOf(of: TestClient, { id_token, access_token }: Tokens) {
  const facts = ({ acr, amr }: Record<string, unknown>) => ({ acr, amr })
  const body = await (await introspect(of, access_token)).json<Record<string, unknown>>()
  return {
    idToken: facts(claimsOf(id_token ?? '')),
    accessToken: facts(claimsOf(access_token)),
    introspection: facts(body),
  }
}

const everywhere = (facts: { acr: string; amr: string[] }) => ({
  idToken: facts,
  accessToken: facts,
  introspection: facts,
})

/** The class that the ID token of an answer states. */
async function acrOf(place: Place, of: TestClient = client): Promise<unknown> {
  return claimsOf((await grantOf(redeem(of, codeOf(place)))).id_token ?? '').acr
}

/** The class that is stated without any question. */
const acrAtOnce = async (agent: UserAgent, extra: Extra, of?: TestClient): Promise<unknown> =>
  acrOf(await ask(agent, extra, of), of)

const stepUpPage = { status: 200, page: 'Enter your code · Postern' }

const setUpPage = { status: 200, page: 'Set up an authenticator app · Postern' }

/** Somebody whose session has two factors. */
async function steppedUp(): Promise<HalfSignedIn> {
  const person = await halfSignedIn()
  await stepUp(person, await ask(person.agent, { acr_values: two }))
  return person
}

describe('acr_values', () => {
  it('are in the metadata', async () => {
    const metadata = await get('/.well-known/openid-configuration')
    expect((await metadata.json<Record<string, unknown>>()).acr_values_supported).toEqual([
      one,
      two,
      fresh,
      '1',
    ])
  })

  it('ask for the second factor that a session lacks, and all tokens tell of it', async () => {
    const person = await halfSignedIn()
    const asked = await ask(person.agent, { acr_values: two })
    expect(outcome(asked)).toEqual(stepUpPage)
    const place = await stepUp(person, asked)
    expect(outcome(place)).toEqual(granted())
    const tokens = await grantOf(redeem(client, codeOf(place)))
    const facts = { acr: 'urn:postern:acr:2', amr: ['pwd', 'otp', 'mfa'] }
    expect(await signInOf(client, tokens)).toEqual(everywhere(facts))
  })

  it('ask for nothing that is there', async () => {
    const { agent } = await steppedUp()
    expect(await acrAtOnce(agent, { acr_values: two })).toBe(two)
  })

  it.each([
    ['the preferred one is reached', `${one} ${two}`, one],
    ['P22: none is known', 'phr urn:mace:incommon:iap:silver', one],
    ['the known one is reached', `phr ${one}`, one],
    ['it is called as before', '1', '1'],
  ])('ask for nothing where %s', async (_what, acr_values, acr) => {
    const { agent } = await halfSignedIn()
    expect(await acrAtOnce(agent, { acr_values })).toBe(acr)
  })

  it('are a wish: who has no second factor goes on without', async () => {
    const agent = await signedIn(await registerUser())
    expect(await acrAtOnce(agent, { acr_values: two })).toBe(one)
  })

  it('are a wish: prompt=none goes on without, too', async () => {
    const { agent } = await halfSignedIn()
    expect(await acrAtOnce(agent, { acr_values: two, prompt: 'none' })).toBe(one)
  })

  it('an answer that names no class tells of all factors', async () => {
    const { agent } = await steppedUp()
    expect(await acrAtOnce(agent, {})).toBe(two)
  })

  it('acr:fresh asks again after five minutes, and is stated only where it is asked for', async () => {
    const person = await steppedUp()
    const early = await acrAtOnce(person.agent, { acr_values: fresh })
    pass(299)
    const still = await acrAtOnce(person.agent, { acr_values: fresh })
    pass(2)
    const late = await ask(person.agent, { acr_values: fresh })
    const unasked = await acrAtOnce(person.agent, { acr_values: two })
    const again = await acrOf(await stepUp(person, late))
    expect({ early, still, late: outcome(late), unasked, again }).toEqual({
      ...{ early: fresh, still: fresh, late: stepUpPage, unasked: two, again: fresh },
    })
  })

  it('a factor that grows old on the consent page is asked for again', async () => {
    const spa = await registerWebClient({ trusted: false, require_acr: fresh })
    const person = await halfSignedIn()
    const consent = await stepUp(person, await ask(person.agent, {}, spa))
    pass(301)
    const late = await person.agent.submit(consent, { decision: 'allow' })
    expect(outcome(late)).toEqual(stepUpPage)
    const again = await person.agent.submit(await stepUp(person, late), { decision: 'allow' })
    expect(await acrOf(again, spa)).toBe(fresh)
  })
})

describe('an essential acr', () => {
  it('leads to the step-up and is stated by the name that was asked for', async () => {
    const person = await halfSignedIn()
    const place = await stepUp(person, await ask(person.agent, essential('phr', two)))
    expect(await acrOf(place)).toBe(two)
  })

  it('5.5.1.1: is one of those that were asked for, also where the session has more', async () => {
    const { agent } = await steppedUp()
    expect(await acrAtOnce(agent, essential(one))).toBe(one)
  })

  it('wins over acr_values', async () => {
    const person = await halfSignedIn()
    const asked = await ask(person.agent, { ...essential(two), acr_values: one })
    expect(outcome(asked)).toEqual(stepUpPage)
  })

  it('P22: unmet with prompt=none is login_required where the user can be asked', async () => {
    const { agent } = await halfSignedIn()
    const place = await ask(agent, { ...essential(two), prompt: 'none' })
    expect(outcome(place)).toEqual(refusedWith('login_required'))
  })

  it('P22: of an unknown class is unmet, whoever is signed in', async () => {
    const { agent } = await halfSignedIn()
    const place = await ask(agent, { ...essential('phr'), prompt: 'none' })
    expect(outcome(place)).toEqual(refusedWith('unmet_authentication_requirements'))
  })

  it('P22: is unmet where the server has turned second factors off', async () => {
    const { fetch } = new Server({ MFA: 'off' })
    const { agent } = await halfSignedIn({}, fetch)
    const place = await ask(agent, essential(two))
    expect(outcome(place)).toEqual(refusedWith('unmet_authentication_requirements'))
  })

  it('PAR: an unknown class is refused at once', async () => {
    expect(await read(await push(client, essential('phr')))).toMatchObject({
      status: 400,
      body: { error: 'unmet_authentication_requirements' },
    })
  })

  it('PAR: a pushed request asks for the second factor', async () => {
    const person = await halfSignedIn()
    const asked = await person.agent.open(await pushedPath(client, essential(two)))
    expect(await acrOf(await stepUp(person, asked))).toBe(two)
  })
})

describe('The metadata of a client', () => {
  it('default_acr_values count where the request names none', async () => {
    const own = await registerWebClient({ default_acr_values: [two, one] })
    const { agent } = await halfSignedIn()
    expect({
      unnamed: outcome(await ask(agent, {}, own)),
      named: await acrAtOnce(agent, { acr_values: one }, own),
    }).toEqual({ unnamed: stepUpPage, named: one })
  })

  it('default_acr_values: a client that compares with 1 goes on doing so', async () => {
    const own = await registerWebClient({ default_acr_values: ['1'] })
    const [half, whole] = [await halfSignedIn(), await steppedUp()]
    expect({
      half: await acrAtOnce(half.agent, {}, own),
      whole: await acrAtOnce(whole.agent, {}, own),
    }).toEqual({ half: '1', whole: '1' })
  })

  it('a client that registers itself says what it would like, and cannot say require_acr', async () => {
    const { fetch } = new Server({ REGISTRATION: 'open' })
    const registration = {
      redirect_uris: ['https://app.example/cb'],
      default_acr_values: ['phr', two, one],
      require_acr: two,
    }
    const answer = await fetch(
      new Request(`${issuer}/oauth2/register`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(registration),
      }),
    )
    const { default_acr_values, require_acr } = await answer.json<Record<string, unknown>>()
    expect({ default_acr_values, require_acr }).toEqual({
      default_acr_values: [two, one],
      require_acr: undefined,
    })
  })

  it('require_acr is the least, whatever the request says', async () => {
    const own = await registerWebClient({ require_acr: two })
    const person = await halfSignedIn()
    const asked = await ask(person.agent, { acr_values: one }, own)
    const silent = await ask(person.agent, { acr_values: one, prompt: 'none' }, own)
    expect({
      asked: outcome(asked),
      silent: outcome(silent),
      acr: await acrOf(await stepUp(person, asked), own),
    }).toEqual({ asked: stepUpPage, silent: refusedWith('login_required'), acr: two })
  })

  it('require_acr: who has no second factor sets one up before there is a code', async () => {
    const own = await registerWebClient({ require_acr: two })
    const agent = await signedIn(await registerUser())
    const silent = await ask(agent, { prompt: 'none' }, own)
    const asked = await ask(agent, {}, own)
    const [, key = ''] = /<code>([A-Z2-7 ]+)<\/code>/.exec(asked.html) ?? []
    const place = await agent.submit(asked, { code: codeOfApp(key.replaceAll(' ', '')) })
    expect({
      silent: outcome(silent),
      asked: outcome(asked),
      acr: await acrOf(place, own),
    }).toEqual({
      silent: refusedWith('unmet_authentication_requirements'),
      asked: setUpPage,
      acr: two,
    })
  })

  it('require_acr: a password alone is no grant', async () => {
    const own = await registerWebClient({
      grant_types: ['password', 'authorization_code'],
      require_acr: two,
    })
    expect(await read(await passwordGrant(own, await registerUser()))).toMatchObject({
      status: 400,
      body: { error: 'unauthorized_client' },
    })
  })

  it.each(['default_acr_values', 'require_acr'])('%s must name a class', async (member) => {
    const sent = { redirect_uris: ['https://app.example/cb'], [member]: ['urn:postern:acr:9'] }
    const { status } = await read(await admin('POST', '/clients', sent))
    expect(status).toBe(400)
  })
})

describe('A grant keeps the class of its sign-in', () => {
  it('P22: a refresh neither raises nor lowers it', async () => {
    const person = await halfSignedIn()
    const before = await grantOf(redeem(client, codeOf(await ask(person.agent, {}))))
    const place = await stepUp(person, await ask(person.agent, { acr_values: fresh }))
    const after = await grantOf(redeem(client, codeOf(place)))
    pass(86_400)
    const [low, high] = [
      await grantOf(refresh(client, before.refresh_token)),
      await grantOf(refresh(client, after.refresh_token)),
    ]
    expect({ low: await signInOf(client, low), high: await signInOf(client, high) }).toEqual({
      low: everywhere({ acr: 'urn:postern:acr:1', amr: ['pwd'] }),
      high: everywhere({ acr: 'urn:postern:acr:fresh', amr: ['pwd', 'otp', 'mfa'] }),
    })
  })

  it('of the release before goes on saying 1', async () => {
    const { agent } = await halfSignedIn()
    const { refresh_token } = await grantOf(redeem(client, codeOf(await ask(agent, {}))))
    const forget = env.DB.prepare('UPDATE grants SET acr = NULL WHERE id = ?1')
    await forget.bind(grantIdOf(refresh_token)).run()
    const next = await grantOf(refresh(client, refresh_token))
    expect(await signInOf(client, next)).toEqual(everywhere({ acr: '1', amr: ['pwd'] }))
  })

  it('a device: require_acr asks its user for the second factor, and its tokens tell', async () => {
    const device = await registerDevice({ require_acr: two })
    const person = await halfSignedIn()
    const { device_code, user_code } = await codesFor(device, { scope: 'openid' })
    const asked = await enterCode(person.agent, user_code)
    const back = await stepUp(person, asked)
    const question = await person.agent.submit(back, { user_code }, { action: '/device' })
    await answerDevice(person.agent, question, 'allow')
    const tokens = await grantOf(poll(device, device_code))
    expect({ asked: outcome(asked), acr: claimsOf(tokens.access_token).acr }).toEqual({
      asked: stepUpPage,
      acr: two,
    })
  })

  it('a device: who has no second factor for require_acr is led to one, or refused', async () => {
    const device = await registerDevice({ require_acr: two })
    const enter = async (settings: Record<string, string>) => {
      const { fetch } = new Server(settings)
      const agent = await signedIn(await registerUser(), fetch)
      const { user_code } = await codesFor(device, {}, fetch)
      return outcome(await enterCode(agent, user_code))
    }
    expect({ optional: await enter({}), off: await enter({ MFA: 'off' }) }).toEqual({
      optional: setUpPage,
      off: { status: 403, page: 'You have no access to this · Postern' },
    })
  })

  it('a device of a client that asks for nothing is told what the session has', async () => {
    const device = await registerDevice()
    const { agent } = await steppedUp()
    const { device_code, user_code } = await codesFor(device, { scope: 'openid' })
    await allowDevice(agent, user_code)
    expect(claimsOf((await grantOf(poll(device, device_code))).access_token).acr).toBe(two)
  })
})

describe('The page of the step-up', () => {
  it('a wrong code is asked for again, and five wait', async () => {
    const person = await halfSignedIn()
    let place = await ask(person.agent, { acr_values: two })
    const statuses = []
    for (let turn = 0; turn < 6; turn++) {
      place = await person.agent.submit(place, { code: wrongCode(person.secret) })
      statuses.push(place.status)
    }
    expect({ statuses, retryAfter: Number(place.headers.get('Retry-After')) > 0 }).toEqual({
      statuses: [400, 400, 400, 400, 400, 429],
      retryAfter: true,
    })
    expect(outcome(await stepUp(person, place))).toMatchObject({ status: 429 })
  })

  it('a code counts once, and the session gets a new secret', async () => {
    const person = await halfSignedIn()
    const thief = person.agent.copy()
    const asked = await ask(person.agent, { acr_values: two })
    expect(outcome(await stepUp(person, asked))).toEqual(granted())
    expect({
      owner: await acrAtOnce(person.agent, { acr_values: two }),
      thief: (await thief.open('/account')).path.split('?')[0],
    }).toEqual({ owner: two, thief: '/login' })
  })

  it('takes a passkey of its user, as two factors, and the session gets a new secret', async () => {
    const { agent, passkey } = await userWithPasskey()
    const thief = agent.copy()
    const asked = await ask(agent, essential(two))
    const place = await signInWithPasskey(agent, asked, passkey)
    const { id_token = '' } = await grantOf(redeem(client, codeOf(place)))
    expect({
      asked: outcome(asked),
      claims: claimsOf(id_token),
      thief: (await thief.open('/account')).path.split('?')[0],
    }).toMatchObject({
      asked: stepUpPage,
      claims: { acr: two, amr: expect.arrayContaining(['user']) },
      thief: '/login',
    })
  })

  it('takes no passkey of somebody else, and none for another challenge', async () => {
    const [person, other] = [await userWithPasskey(), await userWithPasskey()]
    const asked = await ask(person.agent, essential(two))
    const foreign = await signInWithPasskey(person.agent, asked, other.passkey)
    const challenge = { clientData: { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' } }
    const wrong = await signInWithPasskey(person.agent, foreign, person.passkey, challenge)
    const right = await signInWithPasskey(person.agent, wrong, person.passkey)
    const refused = { status: 400, page: 'Error: Enter your code · Postern' }
    expect([foreign, wrong, right].map(outcome)).toEqual([refused, refused, granted()])
  })

  it('leads whoever has a passkey and no app to the sign-in page, where it counts as two factors', async () => {
    const { agent, passkey } = await userWithPasskey()
    const asked = await ask(agent, essential(two))
    const [, link = ''] = /href="(\/login\?screen=[^"]+)"/.exec(asked.html) ?? []
    const login = await agent.open(link.replaceAll('&amp;', '&'))
    const place = await signInWithPasskey(agent, login, passkey)
    const { id_token = '' } = await grantOf(redeem(client, codeOf(place)))
    expect({ asked: outcome(asked), claims: claimsOf(id_token) }).toMatchObject({
      asked: stepUpPage,
      claims: { acr: two, amr: expect.arrayContaining(['user']) },
    })
  })

  it('a connection that is lost after the session was raised is not noticed', async () => {
    const server = new Server()
    const person = await halfSignedIn({}, server.fetch)
    const asked = await ask(person.agent, { acr_values: two })
    server.plan(({ text }) =>
      text.includes('second_factor_at = ?') ? 'fails after the commit' : null,
    )
    expect(outcome(await stepUp(person, asked))).toEqual(granted())
  })

  it('two answers at once, with two right codes: the session is raised once', async () => {
    const person = await halfSignedIn()
    const asked = await ask(person.agent, { acr_values: two })
    const both = [person.agent.copy(), person.agent.copy()]
    const places = await Promise.all(
      both.map((agent, turn) => stepUp({ agent, secret: person.secret }, asked, turn)),
    )
    expect(places.filter(({ away }) => away !== null)).toHaveLength(1)
  })

  it('leads to a sign-in as somebody else', async () => {
    const person = await halfSignedIn()
    const other = await registerUser()
    const asked = await ask(person.agent, essential(one, two))
    expect(asked.away).not.toBeNull()
    const place = await ask(person.agent, { acr_values: two })
    const login = await person.agent.submit(place, { decision: 'switch' })
    const back = await signInAt(person.agent, login, other)
    const { id_token = '' } = await grantOf(redeem(client, codeOf(back)))
    expect(claimsOf(id_token)).toMatchObject({ sub: other.sub, acr: one })
  })

  it('answers nothing for a session that was not shown it', async () => {
    const person = await halfSignedIn()
    const asked = await ask(person.agent, { acr_values: two })
    for (const name of person.agent.cookies.keys()) {
      if (name.includes('session')) person.agent.cookies.delete(name)
    }
    expect(await stepUp(person, asked)).toMatchObject({ status: 400, away: null })
  })
})

describe('Certified clients', () => {
  it('oauth4webapi finds the class in the ID token, and the unmet requirement in the answer', async () => {
    const user = await registerUser()
    const { allow, options, discover } = await judgedServer(user)
    const as = await discover()
    const { client_id } = client
    const request = async (extra: Record<string, string>) => {
      const { parameters, ...expected } = await newRequest({ scope: 'openid', ...extra })
      const url = new URL(as.authorization_endpoint ?? '')
      url.search = new URLSearchParams({ client_id, ...parameters }).toString()
      return { answer: await allow(url), ...expected }
    }
    const met = await request({ acr_values: `${two} ${one}` })
    const auth = oauth.ClientSecretBasic(secretOf(client))
    const validated = oauth.validateAuthResponse(as, { client_id }, met.answer, met.state)
    const party = { as, client: { client_id }, auth, options }
    const tokens = await redeemAs(party, validated, met.verifier, { expectedNonce: met.nonce })
    const unmet = await request(essential('phr'))
    expect({
      acr: oauth.getValidatedIdTokenClaims(tokens)?.acr,
      error: failureOf(() =>
        oauth.validateAuthResponse(as, { client_id }, unmet.answer, unmet.state),
      ),
    }).toEqual({ acr: one, error: 'unmet_authentication_requirements' })
  })
})

function failureOf(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (failure) {
    return failure instanceof oauth.AuthorizationResponseError ? failure.error : String(failure)
  }
}
