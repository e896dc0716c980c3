// Device authorization (RFC 8628), from the device's request to its tokens.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { assertionOf, assertionType, registerKeyClient } from '../support/assertions.ts'
import { boundTokensOf, newProofKey, postProved, proofOf } from '../support/dpop.ts'
import { claimsOf } from '../support/forge.ts'
import { atCall, Server } from '../support/faults.ts'
import { grantsOf } from '../support/grants.ts'
import { get, issuer, post, read } from '../support/http.ts'
import {
  patchClient,
  patchUser,
  registerClient,
  registerResource,
  registerUser,
  type TestClient,
} from '../support/registry.ts'
import { grantOf, refresh, tokensOf, userinfo } from '../support/tokens.ts'
import { formOf, shownText, UserAgent } from '../support/user-agent.ts'
import { backToNow, pass, signedIn, signInAt, verifiedIdToken } from './flow.ts'
import {
  allowDevice,
  answerDevice,
  askForCodes,
  codesFor,
  codesOf,
  deviceGrant,
  enterCode,
  freshAddress,
  poll,
  registerDevice,
} from './device-flow.ts'

const client = await registerDevice()
const user = await registerUser()
const agent = await signedIn(user)

afterEach(backToNow)

/** A user who is signed in, in a browser with an address of its own. */
async function somebody(facts: object = {}) {
  const person = await registerUser(facts)
  const browser = new UserAgent(undefined, undefined, { 'CF-Connecting-IP': freshAddress() })
  await signInAt(browser, await browser.open('/'), person)
  return { person, browser }
}

const refusedWith = (error: string, status = 400) => ({
  status,
  body: { error, error_description: expect.any(String) },
})

const answerTo = async (answer: Promise<Response>) => read(await answer)

/** A code that no device has. */
const wrongCode = 'BBBB-BBBB'

const unknown = 'This code is unknown or has expired.'

describe('the device authorization endpoint (RFC 8628 3.1, 3.2)', () => {
  it('DV2: gives a code to the device and one to its user', async () => {
    const answer = await askForCodes(client, { scope: 'openid read' })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    const codes = await codesOf(answer)
    expect(codes).toEqual({
      device_code: expect.stringMatching(/^dc_[\w.-]{43,}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: `${issuer}/device`,
      verification_uri_complete: `${issuer}/device?user_code=${codes.user_code}`,
      expires_in: 600,
      interval: 5,
    })
  })

  it('is in the metadata, with its grant type', async () => {
    const { body } = await answerTo(get('/.well-known/oauth-authorization-server'))
    expect(body).toMatchObject({
      device_authorization_endpoint: `${issuer}/oauth2/device_authorization`,
      grant_types_supported: expect.arrayContaining([deviceGrant]),
    })
  })

  const refusals: [string, () => Promise<Response>, object][] = [
    [
      'a client that is not registered for the grant',
      async () => askForCodes(await registerClient()),
      refusedWith('unauthorized_client'),
    ],
    [
      'a wrong secret',
      async () =>
        askForCodes({
          ...(await registerDevice({ token_endpoint_auth_method: 'client_secret_basic' })),
          client_secret: 'wrong',
        }),
      refusedWith('invalid_client', 401),
    ],
    [
      'an unknown client',
      () => askForCodes({ client_id: 'nobody' }),
      refusedWith('invalid_client', 401),
    ],
    [
      'a scope that the client cannot have',
      () => askForCodes(client, { scope: 'admin' }),
      refusedWith('invalid_scope'),
    ],
    [
      'a resource that is none',
      () => askForCodes(client, { resource: 'https://api.example/#part' }),
      refusedWith('invalid_target'),
    ],
    [
      'a parameter twice',
      () => askForCodes(client, { scope: ['openid', 'read'] }),
      refusedWith('invalid_request'),
    ],
    [
      'a request longer than one at the authorization endpoint may be',
      () => askForCodes(client, { ui_locales: 'e'.repeat(9_000) }),
      refusedWith('invalid_request'),
    ],
  ]

  it.each(refusals)('DV1: refuses %s', async (_what, ask, refusal) => {
    expect(await answerTo(ask())).toEqual(refusal)
  })

  it('takes POST alone', async () => {
    const answer = await get('/oauth2/device_authorization')
    expect({ status: answer.status, allow: answer.headers.get('Allow') }).toEqual({
      status: 405,
      allow: 'POST, OPTIONS',
    })
  })

  it('M081: of 100 requests of a public client in a minute, 20 make a row', async () => {
    const own = await registerDevice()
    const address = freshAddress()
    const answers: number[] = []
    for (let request = 0; request < 100; request++) {
      answers.push((await askForCodes(own, {}, { address })).status)
    }
    const late = await askForCodes(own, {}, { address })
    const rows = await env.DB.prepare('SELECT COUNT(*) AS n FROM device_codes WHERE client_id = ?1')
      .bind(own.client_id)
      .first<number>('n')
    expect({ answers, rows, late: await read(late) }).toEqual({
      answers: [...Array<number>(20).fill(200), ...Array<number>(80).fill(429)],
      rows: 20,
      late: refusedWith('too_many_requests', 429),
    })
    expect(Number(late.headers.get('Retry-After'))).toBeGreaterThan(0)
    pass(61)
    expect((await askForCodes(own, {}, { address })).status).toBe(200)
  })

  it('CA7: spends the assertion of a client', async () => {
    const key = await registerKeyClient({ grant_types: [deviceGrant], scope: 'openid' })
    const form = {
      client_assertion_type: assertionType,
      client_assertion: await assertionOf(key),
    }
    const ask = () => post('/oauth2/device_authorization', form)
    expect((await ask()).status).toBe(200)
    expect(await answerTo(ask())).toEqual(refusedWith('invalid_client', 401))
  })
})

describe('the page for the code (RFC 8628 3.3)', () => {
  it('M078: tells nobody who is signed out whether a code is right', async () => {
    const codes = await codesFor(client)
    const shown = async (path: string) => {
      const { status, title, html } = await new UserAgent().open(path)
      // What is new on every page: the sealed screen, and the challenge for a passkey.
      const text = html.replaceAll(/(screen=|value="|"challenge":")[\w.-]+/g, '$1')
      return { status, title, text }
    }
    const right = await shown(`/device?user_code=${codes.user_code}`)
    expect(right).toEqual(await shown(`/device?user_code=${wrongCode}`))
    expect(right).toMatchObject({ status: 200, title: 'Sign in · Postern' })
    expect(right.text).not.toContain('Reading room terminal')
  })

  it('carries a code in the link through the sign-in, and asks all the same', async () => {
    const { person } = await somebody()
    const codes = await codesFor(client)
    const browser = new UserAgent()
    const link = codes.verification_uri_complete.slice(issuer.length)
    const entry = await signInAt(browser, await browser.open(link), person)
    expect({ path: entry.path, title: entry.title }).toEqual({
      path: link,
      title: 'Connect a device · Postern',
    })
    expect(entry.html).toContain(`value="${codes.user_code}"`)
    const asked = await browser.submit(entry, { user_code: codes.user_code }, { action: '/device' })
    expect(asked.title).toBe('Connect this device? · Postern')
    expect(await answerTo(poll(client, codes.device_code))).toEqual(
      refusedWith('authorization_pending'),
    )
  })

  it('DV3: says which app asks, for what, from where, and that nobody verified its name', async () => {
    const origin = {
      address: '203.0.113.7',
      userAgent: 'Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Safari/537.36',
    }
    const resource = 'https://api.example/library'
    const codes = await codesOf(askForCodes(client, { scope: 'openid read', resource }, origin))
    const text = shownText(await enterCode(agent, codes.user_code))
    for (const part of [
      'Reading room terminal asks for access to your account',
      codes.user_code,
      'Its name is not verified.',
      'The request came from: 203.0.113.7 , Chrome on Android.',
      'know which account is yours',
      'use read',
      'The access is for api.example , which is not registered here.',
      `Signed in as ${user.username}`,
    ]) {
      expect(text).toContain(part)
    }
  })

  it('speaks German to who reads German', async () => {
    const browser = agent.copy()
    const codes = await codesFor(client)
    const entry = await browser.open('/device?language=de')
    const asked = await browser.submit(entry, { user_code: codes.user_code }, { action: '/device' })
    expect(asked.title).toBe('Dieses Gerät verbinden? · Postern')
    expect(shownText(asked)).toContain('Die Anfrage kam von:')
    const done = await answerDevice(browser, asked, 'deny')
    expect(done.title).toBe('Das Gerät wurde nicht verbunden · Postern')
  })

  it.each([
    ['lower case', (code: string) => code.toLowerCase()],
    ['no dash', (code: string) => code.replace('-', '')],
    ['spaces', (code: string) => ` ${code.replace('-', ' ')} `],
    ['another dash', (code: string) => code.replace('-', '–')],
  ])('takes a code that is typed with %s', async (_how, typed) => {
    const codes = await codesFor(client)
    expect((await enterCode(agent, typed(codes.user_code))).title).toBe(
      'Connect this device? · Postern',
    )
  })

  it('refuses an unknown, an expired and a decided code alike', async () => {
    const { browser } = await somebody()
    const decided = await codesFor(client)
    await allowDevice(browser, decided.user_code)
    const expired = await codesFor(client)
    const entry = await browser.open('/device')
    pass(601)
    for (const user_code of [wrongCode, 'AEIO', decided.user_code, expired.user_code]) {
      const { status, html } = await browser.submit(entry, { user_code }, { action: '/device' })
      expect({ user_code, status, told: html.includes(unknown) }).toEqual({
        user_code,
        status: 400,
        told: true,
      })
    }
  })

  it('DV4: refuses the eleventh code of a user after ten wrong ones, a right one, too', async () => {
    const { browser } = await somebody()
    const codes = await codesFor(client)
    const statuses: number[] = []
    for (let guess = 0; guess < 11; guess++) {
      statuses.push((await enterCode(browser, wrongCode)).status)
    }
    const right = await enterCode(browser, codes.user_code)
    expect({ statuses, right: right.status }).toEqual({
      statuses: [...Array<number>(10).fill(400), 429],
      right: 429,
    })
    expect(shownText(right)).toContain('Too many tries. Please wait 15 minutes')
    expect(right.headers.get('Retry-After')).toMatch(/^\d+$/)
    pass(901)
    const later = await codesFor(client)
    expect((await enterCode(browser, later.user_code)).status).toBe(200)
  })

  it('DV4: the ten count wherever the user is, and right codes do not', async () => {
    const { person, browser } = await somebody()
    const elsewhere = new UserAgent(undefined, undefined, { 'CF-Connecting-IP': freshAddress() })
    await signInAt(elsewhere, await elsewhere.open('/'), person)
    for (let right = 0; right < 11; right++) {
      const codes = await codesFor(client)
      expect((await enterCode(browser, codes.user_code)).status).toBe(200)
    }
    const statuses: number[] = []
    for (let guess = 0; guess < 6; guess++) {
      statuses.push((await enterCode(browser, wrongCode)).status)
      statuses.push((await enterCode(elsewhere, wrongCode)).status)
    }
    expect(statuses).toEqual([...Array<number>(10).fill(400), 429, 429])
    // Unlike tries of a password, none come back before their time: nobody else can use them up.
    pass(240)
    expect((await enterCode(elsewhere, wrongCode)).status).toBe(429)
  })

  it('DV4: thirty wrong codes of one address are enough, whoever enters them', async () => {
    const address = { 'CF-Connecting-IP': freshAddress() }
    const people = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const browser = new UserAgent(undefined, undefined, address)
        await signInAt(browser, await browser.open('/'), await registerUser())
        return browser
      }),
    )
    const statuses = await Promise.all(
      people.map(async (browser) => {
        const all: number[] = []
        for (let guess = 0; guess < 10; guess++) {
          all.push((await enterCode(browser, wrongCode)).status)
        }
        return all
      }),
    )
    const wrong = statuses.flat().filter((status) => status === 400).length
    expect({ wrong, refused: statuses.flat().length - wrong }).toEqual({ wrong: 30, refused: 10 })
  })

  it('DV4: of guesses made at once no more than ten are answered', async () => {
    const { browser } = await somebody()
    const codes = await codesFor(client)
    const entry = await browser.open('/device')
    const enter = (user_code: string) => browser.submit(entry, { user_code }, { action: '/device' })
    const statuses = (await Promise.all(Array.from({ length: 50 }, () => enter(wrongCode)))).map(
      ({ status }) => status,
    )
    expect({
      answered: statuses.filter((status) => status === 400).length,
      right: (await enter(codes.user_code)).status,
    }).toEqual({ answered: 10, right: 429 })
  })
})

describe('the decision (RFC 8628 3.3)', () => {
  it('takes no form that was not shown in this browser to this session', async () => {
    const { browser } = await somebody()
    const codes = await codesFor(client)
    const asked = await enterCode(agent, codes.user_code)
    const form = formOf(asked, '/device/decision')
    const forged = { ...form.hidden, decision: 'allow' }
    const own = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }
    const attempts = [
      await browser.post('/device/decision', forged, own),
      await agent.post('/device/decision', { ...forged, form_token: 'none' }, own),
      await agent.post('/device/decision', { ...forged, scope: 'openid read' }, own),
      await agent.post('/device/decision', { ...forged, client_id: 'other' }, own),
      await agent.post('/device/decision', forged, { 'Sec-Fetch-Site': 'cross-site' }),
    ]
    expect(attempts.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
    expect(await answerTo(poll(client, codes.device_code))).toEqual(
      refusedWith('authorization_pending'),
    )
  })

  it('asks somebody who has signed out meanwhile to sign in', async () => {
    const { browser } = await somebody()
    const codes = await codesFor(client)
    const asked = await enterCode(browser, codes.user_code)
    await browser.submit(await browser.open('/'), {}, { action: '/sign-out' })
    expect((await answerDevice(browser, asked, 'allow')).title).toBe('Sign in · Postern')
  })

  it('says what stands where it is sent twice', async () => {
    const codes = await codesFor(client)
    const asked = await enterCode(agent, codes.user_code)
    const titles = [
      (await answerDevice(agent, asked, 'deny')).title,
      (await answerDevice(agent, asked, 'allow')).title,
    ]
    const denied = 'The device was not connected · Postern'
    expect(titles).toEqual([denied, denied])
    expect(await answerTo(poll(client, codes.device_code))).toEqual(refusedWith('access_denied'))
  })

  it('comes too late after ten minutes', async () => {
    const { browser } = await somebody()
    const codes = await codesFor(client)
    const asked = await enterCode(browser, codes.user_code)
    pass(601)
    const late = await answerDevice(browser, asked, 'allow')
    expect({ status: late.status, told: late.html.includes(unknown) }).toEqual({
      status: 400,
      told: true,
    })
  })

  it('grants no more than the user may have', async () => {
    const { browser } = await somebody({ scope: 'openid' })
    const codes = await codesFor(client, { scope: 'openid read' })
    const asked = await enterCode(browser, codes.user_code)
    expect(shownText(asked)).not.toContain('use read')
    await answerDevice(browser, asked, 'allow')
    expect((await tokensOf(poll(client, codes.device_code))).scope).toBe('openid')
    const other = await codesFor(client, { scope: 'read' })
    expect((await enterCode(browser, other.user_code)).status).toBe(403)
  })

  it('grants no more than the user may have by then', async () => {
    const { person, browser } = await somebody()
    const codes = await codesFor(client, { scope: 'openid read' })
    const asked = await enterCode(browser, codes.user_code)
    await patchUser(person, { scope: 'openid' })
    await answerDevice(browser, asked, 'allow')
    expect((await tokensOf(poll(client, codes.device_code))).scope).toBe('openid')
  })
})

describe('registered resources (RFC 8707)', () => {
  it('RI6, RI7, RI8: their name and words are shown, their scope is granted, their proof demanded', async () => {
    const { resource } = await registerResource({
      name: 'The catalogue',
      scope: 'catalogue:read',
      texts: { 'catalogue:read': { en: 'look into the catalogue' } },
      dpop_required: true,
    })
    const codes = await codesFor(client, { resource, scope: 'openid catalogue:read' })
    const asked = await enterCode(agent, codes.user_code)
    expect(shownText(asked)).toContain('look into the catalogue')
    expect(shownText(asked)).toContain('The access is for The catalogue')
    await answerDevice(agent, asked, 'allow')
    expect(await answerTo(poll(client, codes.device_code))).toEqual(
      refusedWith('invalid_dpop_proof'),
    )
    const form = { grant_type: deviceGrant, device_code: codes.device_code }
    const { access_token } = await boundTokensOf(
      postProved(client, await proofOf(await newProofKey()), form),
    )
    expect(claimsOf(access_token)).toMatchObject({ aud: resource, scope: 'openid catalogue:read' })
  })
})

describe('polling (RFC 8628 3.4, 3.5)', () => {
  it('DV5: waits for the user, then gives tokens', async () => {
    const codes = await codesFor(client, { scope: 'openid offline_access read' })
    expect(await answerTo(poll(client, codes.device_code))).toEqual(
      refusedWith('authorization_pending'),
    )
    expect((await allowDevice(agent, codes.user_code)).title).toBe(
      'The device is connected · Postern',
    )
    const grant = await grantOf(poll(client, codes.device_code))
    expect(grant).toMatchObject({ scope: 'openid offline_access read', token_type: 'Bearer' })
    const { payload } = await verifiedIdToken(grant)
    expect(payload).toMatchObject({ sub: user.sub, amr: ['pwd'], auth_time: expect.any(Number) })
    const { id_token } = await grantOf(refresh(client, grant.refresh_token))
    expect(id_token).toEqual(expect.any(String))
  })

  it('DV5: slows a device down that does not wait, by 5 seconds for good', async () => {
    const { device_code } = await codesFor(client)
    const errors: unknown[] = []
    for (const seconds of [0, 5, 1, 9, 15, 15]) {
      pass(seconds)
      const { body } = await answerTo(poll(client, device_code))
      errors.push(body)
    }
    const told = (error: string) => ({ error, error_description: expect.any(String) })
    expect(errors).toEqual(
      [
        ...['authorization_pending', 'authorization_pending'],
        // After 1 second: 10 from now on; after 9: 15 from now on.
        ...['slow_down', 'slow_down'],
        ...['authorization_pending', 'authorization_pending'],
      ].map(told),
    )
  })

  it('M076: polls of another client slow nobody down', async () => {
    const other = await registerDevice()
    const { device_code } = await codesFor(client)
    const owner: unknown[] = []
    for (let second = 0; second <= 15; second++) {
      expect(await answerTo(poll(other, device_code))).toEqual(refusedWith('invalid_grant'))
      if (second % 5 === 0) owner.push(await answerTo(poll(client, device_code)))
      pass(1)
    }
    expect(owner).toEqual(Array(4).fill(refusedWith('authorization_pending')))
  })

  it.each([
    ['no device code', undefined, refusedWith('invalid_request')],
    ['garbage', 'dc_garbage', refusedWith('invalid_grant')],
    ['a code of another kind', 'ac_garbage', refusedWith('invalid_grant')],
  ])('DV5: refuses %s', async (_what, device_code, refusal) => {
    const form = { grant_type: deviceGrant, client_id: client.client_id, device_code }
    expect(await answerTo(post('/oauth2/token', form))).toEqual(refusal)
  })

  it('DV5: expired_token after ten minutes, whatever was decided', async () => {
    const [pending, allowed] = [await codesFor(client), await codesFor(client)]
    await allowDevice(agent, allowed.user_code)
    pass(601)
    for (const { device_code } of [pending, allowed]) {
      expect(await answerTo(poll(client, device_code))).toEqual(refusedWith('expired_token'))
    }
  })

  it('M077: gives tokens once; a used code stays used', async () => {
    const codes = await codesFor(client)
    await allowDevice(agent, codes.user_code)
    await tokensOf(poll(client, codes.device_code))
    expect(await answerTo(poll(client, codes.device_code))).toEqual(refusedWith('invalid_grant'))
    pass(3_600)
    expect(await answerTo(poll(client, codes.device_code))).toEqual(refusedWith('expired_token'))
  })

  type Owner = Awaited<ReturnType<typeof somebody>>
  type End = (own: TestClient, owner: Owner) => Promise<unknown>
  const ended: [string, ReturnType<typeof refusedWith>, End][] = [
    [
      'the user is disabled',
      refusedWith('invalid_grant'),
      (_own, { person }) => patchUser(person, { disabled: true }),
    ],
    [
      'the client is disabled',
      refusedWith('invalid_client', 401),
      (own) => patchClient(own, { disabled: true }),
    ],
    [
      'the session has ended',
      refusedWith('invalid_grant'),
      async (_own, { browser }) =>
        browser.submit(await browser.open('/'), {}, { action: '/sign-out' }),
    ],
    [
      'the user has signed out everywhere else',
      refusedWith('invalid_grant'),
      async (_own, { browser }) =>
        browser.submit(await browser.open('/account'), {}, { action: '/account/everywhere' }),
    ],
  ]

  it.each(ended)(
    'M080: nothing where, between the yes and the poll, %s',
    async (_, refusal, end) => {
      const [owner, own] = [await somebody(), await registerDevice()]
      const codes = await codesFor(own)
      await allowDevice(owner.browser, codes.user_code)
      await end(own, owner)
      expect(await answerTo(poll(own, codes.device_code))).toEqual(refusal)
      expect((await grantsOf(own)).grants).toBe(0)
    },
  )

  it('stays connected when the browser signs out in which it was allowed', async () => {
    const { browser } = await somebody()
    const codes = await codesFor(client, { scope: 'openid read' })
    await allowDevice(browser, codes.user_code)
    const grant = await grantOf(poll(client, codes.device_code))
    await browser.submit(await browser.open('/'), {}, { action: '/sign-out' })
    expect((await userinfo(grant.access_token)).status).toBe(200)
    expect((await refresh(client, grant.refresh_token)).status).toBe(200)
  })

  it('is an entry of the account page, and ends there', async () => {
    const { browser } = await somebody()
    const codes = await codesFor(client)
    await allowDevice(browser, codes.user_code)
    const { access_token } = await tokensOf(poll(client, codes.device_code))
    const account = await browser.open('/account')
    expect(shownText(account)).toContain('Reading room terminal')
    await browser.submit(account, {}, { action: '/account/everywhere' })
    expect((await userinfo(access_token)).status).toBe(401)
  })

  it('narrows the token to a resource that was authorized, and to no other', async () => {
    const resource = ['https://one.example', 'https://two.example']
    const { user_code, device_code } = await codesOf(askForCodes(client, { resource }))
    await allowDevice(agent, user_code)
    expect(
      await answerTo(poll(client, device_code, { resource: 'https://three.example' })),
    ).toEqual(refusedWith('invalid_target'))
    const tokens = await tokensOf(poll(client, device_code, { resource: resource[1] }))
    expect(claimsOf(tokens.access_token).aud).toBe(resource[1])
  })

  it('tells who has lost the answer what has come of it, where D1 lost the connection', async () => {
    const codes = await codesFor(client)
    await allowDevice(agent, codes.user_code)
    const server = new Server()
    await poll(client, codes.device_code, { device_code: 'dc_garbage' }, server.fetch)
    // The signing keys are read first: without them the code would be spent for nothing.
    server.plan(atCall(1, 'fails after the commit'))
    expect((await poll(client, codes.device_code, {}, server.fetch)).status).toBe(200)
  })

  it('is 503 where D1 fails, and can be asked again', async () => {
    const codes = await codesFor(client)
    await allowDevice(agent, codes.user_code)
    const server = new Server()
    await poll(client, codes.device_code, { device_code: 'dc_garbage' }, server.fetch)
    server.plan(atCall(0, 'fails'))
    expect(await answerTo(poll(client, codes.device_code, {}, server.fetch))).toEqual(
      refusedWith('temporarily_unavailable', 503),
    )
    expect((await poll(client, codes.device_code)).status).toBe(200)
  })
})

describe('proofs of possession (RFC 9449 5)', () => {
  const proved = async (own: TestClient, device_code: string, proof: string | null) =>
    postProved(own, proof, { grant_type: deviceGrant, device_code })

  it('M025: a client registered for DPoP gets nothing without a proof, and loses nothing', async () => {
    const own = await registerDevice({ dpop_bound_access_tokens: true })
    const codes = await codesFor(own)
    await allowDevice(agent, codes.user_code)
    expect(await answerTo(proved(own, codes.device_code, null))).toEqual(
      refusedWith('invalid_dpop_proof'),
    )
    const key = await newProofKey()
    const { access_token } = await boundTokensOf(proved(own, codes.device_code, await proofOf(key)))
    expect(claimsOf(access_token).cnf).toEqual({ jkt: key.thumbprint })
  })

  it('binds the refresh token of a public client to the key', async () => {
    const codes = await codesFor(client)
    await allowDevice(agent, codes.user_code)
    const key = await newProofKey()
    const { refresh_token } = await boundTokensOf(
      proved(client, codes.device_code, await proofOf(key)),
    )
    const again = async (proof: string | null) =>
      (await postProved(client, proof, { grant_type: 'refresh_token', refresh_token })).status
    expect({
      none: await again(null),
      other: await again(await proofOf(await newProofKey())),
      own: await again(await proofOf(key)),
    }).toEqual({ none: 400, other: 400, own: 200 })
  })

  it('R1: a poll spends no proof before the user has decided, and the redemption spends it', async () => {
    const used = () =>
      env.DB.prepare('SELECT COUNT(*) AS n FROM used_identifiers').first<number>('n')
    const codes = await codesFor(client)
    const proof = await proofOf(await newProofKey())
    await enterCode(agent, codes.user_code)
    const before = await used()
    expect((await proved(client, codes.device_code, proof)).status).toBe(400)
    expect(await used()).toBe(before)
    await allowDevice(agent, codes.user_code)
    await boundTokensOf(proved(client, codes.device_code, proof))
    const other = await codesFor(client)
    await allowDevice(agent, other.user_code)
    expect(await answerTo(proved(client, other.device_code, proof))).toEqual(
      refusedWith('invalid_dpop_proof'),
    )
    expect((await proved(client, other.device_code, null)).status).toBe(200)
  })
})
