// The README's walk, done with the demo client `spa` and the demo user dory.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { freePort } from '../operator/boot.ts'
import { heading, press, signIn, test } from './browser.ts'
import { admin, registerPerson, world } from './world.ts'

const dory = { username: 'dory', password: 'dorypass' }

const status = (page: Page) => page.getByRole('status')
const fact = (page: Page, id: string) => page.locator(`#${id}`)

async function signInToExample(
  page: Page,
  origin = world.spa,
  person: { username: string; password: string } = dory,
): Promise<void> {
  await page.goto(origin)
  await press(page, 'Sign in')
  await signIn(page, person)
  await press(page, 'Allow')
  await page.waitForURL(`${origin}/`)
  await status(page).filter({ hasText: 'You are signed in.' }).waitFor()
}

describe('the single-page example', () => {
  test('signs in by password and consent, and shows who is signed in', async ({ browse }) => {
    const page = await browse()
    await page.goto(world.spa)
    await status(page).filter({ hasText: 'You are signed out.' }).waitFor()
    await press(page, 'Sign in')
    await heading(page, 'Sign in')
    expect(await page.locator('.lead').innerText()).toBe('to continue to Single-page example')
    await signIn(page, dory)
    await heading(page, 'Allow access?')
    await press(page, 'Allow')
    await page.waitForURL(`${world.spa}/`)
    await status(page).filter({ hasText: 'You are signed in.' }).waitFor()
    expect(await fact(page, 'name').innerText()).toBe('Dory')
    expect(await fact(page, 'email').innerText()).toBe('dory@example.com')
    expect(await fact(page, 'scope').innerText()).toBe('openid profile email offline_access')
  })

  test('renews its access with the refresh token', async ({ browse }) => {
    const page = await browse()
    await signInToExample(page)
    const before = await accessToken(page)
    await press(page, 'Renew now')
    await fact(page, 'renewals').filter({ hasText: '1' }).waitFor()
    const after = await accessToken(page)
    expect(after).not.toBe(before)
    const answer = await page.request.get(`${world.postern}/oauth2/userinfo`, {
      headers: { authorization: `Bearer ${after}` },
    })
    expect(await answer.json()).toMatchObject({ name: 'Dory' })
  })

  test('stays signed in when it is loaded again', async ({ browse }) => {
    const page = await browse()
    await signInToExample(page)
    await page.reload()
    await status(page).filter({ hasText: 'You are signed in.' }).waitFor()
    expect(await fact(page, 'name').innerText()).toBe('Dory')
  })

  test('signs out at the server, too, and comes back', async ({ browse }) => {
    const page = await browse()
    await signInToExample(page)
    const token = await accessToken(page)
    await press(page, 'Sign out')
    await page.waitForURL(`${world.spa}/`)
    await status(page).filter({ hasText: 'You are signed out.' }).waitFor()
    const answer = await page.request.get(`${world.postern}/oauth2/userinfo`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(answer.status()).toBe(401)
    await press(page, 'Sign in')
    await heading(page, 'Sign in')
  })

  test('asks for consent again, since anyone on a device can take the name of its client', async ({
    browse,
  }) => {
    const page = await browse()
    await signInToExample(page)
    await page.evaluate(() => sessionStorage.clear())
    await page.reload()
    await press(page, 'Sign in')
    await heading(page, 'Allow access?')
  })

  test('steps up: asks for the second factor once, and shows how the user signed in', async ({
    browse,
  }) => {
    const person = await registerPerson()
    const [page, elsewhere] = [await browse(), await browse()]
    await signInToExample(page, world.spa, person)
    const before = await fact(page, 'acr').innerText()
    const secret = await setUpApp(elsewhere, person)
    await press(page, 'Step up')
    await heading(page, 'Enter your code')
    await page.getByLabel('Code').fill(codeIn(secret, 30))
    await press(page, 'Continue')
    await press(page, 'Allow')
    await fact(page, 'acr').filter({ hasText: 'urn:postern:acr:2' }).waitFor()
    await press(page, 'Step up')
    await heading(page, 'Allow access?')
    expect(before).toBe('urn:postern:acr:1')
  })

  test('tells that access was denied', async ({ browse }) => {
    const page = await browse()
    await page.goto(world.spa)
    await press(page, 'Sign in')
    await signIn(page, dory)
    await press(page, 'Deny')
    await heading(page, 'Not signed in')
    expect(await status(page).innerText()).toBe('the user denied the request')
  })
})

describe('the single-page example with access tokens of a minute', () => {
  beforeAll(() => admin('PATCH', '/clients/spa', { access_token_ttl: 63 }))
  afterAll(() => admin('PATCH', '/clients/spa', { access_token_ttl: null }))

  test('renews its access by itself before it ends', async ({ browse }) => {
    const page = await browse()
    await signInToExample(page)
    await fact(page, 'renewals').filter({ hasText: '1' }).waitFor({ timeout: 10_000 })
  })
})

describe('the single-page example with a key of the browser’s (DPoP)', () => {
  let origin = ''
  let server: ChildProcess | undefined
  beforeAll(async () => {
    const port = await freePort()
    origin = `http://localhost:${port}`
    const { PATH, HOME } = process.env
    server = spawn(process.execPath, [join(import.meta.dirname, 'spa', 'serve.ts')], {
      env: { PATH, HOME, PORT: String(port), ISSUER: world.postern, DPOP: 'on' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (server.stdout !== null) await once(server.stdout, 'data')
    await admin('PATCH', '/clients/spa', { dpop_nonce: 'required' })
  })
  afterAll(async () => {
    server?.kill()
    await admin('PATCH', '/clients/spa', { dpop_nonce: null })
  })

  test('signs in, asks userinfo and renews, each with a nonce, with tokens bound to the key', async ({
    browse,
  }) => {
    const page = await browse()
    const type = await signInToExample(page, origin).then(() => tokenType(page))
    await press(page, 'Ask who I am')
    await status(page).filter({ hasText: 'The issuer says: Dory' }).waitFor()
    await press(page, 'Renew now')
    await fact(page, 'renewals').filter({ hasText: '1' }).waitFor()
    await press(page, 'Ask who I am')
    await status(page).filter({ hasText: 'The issuer says: Dory' }).waitFor()
    const stolen = await page.request.get(`${world.postern}/oauth2/userinfo`, {
      headers: { authorization: `Bearer ${await accessToken(page)}` },
    })
    expect({ type, stolen: stolen.status() }).toEqual({ type: 'DPoP', stolen: 401 })
    await page.evaluate(() => sessionStorage.clear())
  })
})

/** What the app of that secret shows, some seconds from now. */
const codeIn = (secret: string, seconds: number): string =>
  new TOTP({ secret }).generate({ timestamp: Date.now() + seconds * 1000 })

/** Sets up an authenticator app, and returns its secret. */
async function setUpApp(
  page: Page,
  person: { username: string; password: string },
): Promise<string> {
  await page.goto(`${world.postern}/account/totp`)
  await signIn(page, person)
  const secret = (await page.locator('code').first().innerText()).replaceAll(' ', '')
  await page.getByLabel('Code').fill(codeIn(secret, 0))
  await press(page, 'Turn on')
  await page.waitForURL((url) => url.search.includes('done'))
  return secret
}

/** The type of the tokens that the page keeps. */
const tokenType = async (page: Page): Promise<string | undefined> =>
  /"token_type":"(\w+)"/.exec(await stored(page))?.[1]

async function accessToken(page: Page): Promise<string> {
  const [, token = ''] = /"access_token":"([^"]+)"/.exec(await stored(page)) ?? []
  return token
}

/** What the page keeps in its session storage, as one text. */
const stored = (page: Page): Promise<string> =>
  page.evaluate(() => JSON.stringify(Object.values(sessionStorage)).replaceAll('\\', ''))
