// RP-initiated logout, as a person meets it.
import type { Page } from 'playwright-core'
import { createHash, randomBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import { z } from 'zod'
import { heading, press, signIn, signInAtHome, test } from './browser.ts'
import { readReceived, serveClientSite } from './client-site.ts'
import {
  authorizeUrl,
  type RegisteredClient,
  registerClient,
  registerPerson,
  world,
} from './world.ts'

const site = serveClientSite()
const registerNotes = () =>
  registerClient(`${site.origin}/callback`, {
    token_endpoint_auth_method: 'none',
    post_logout_redirect_uris: [`${site.origin}/goodbye`],
  })

const logoutUrl = (parameters: Record<string, string>) =>
  `${world.postern}/oauth2/logout?${new URLSearchParams(parameters)}`

describe('a logout with an ID token', () => {
  test('signs out at once and goes back to the client with its state', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes()
    const hint = await idToken(page, client)
    const back = { post_logout_redirect_uri: `${site.origin}/goodbye`, state: 'a state' }
    await page.goto(logoutUrl({ id_token_hint: hint, ...back }))
    expect(await readReceived(page)).toMatchObject({
      path: '/goodbye',
      parameters: { state: 'a state' },
    })
    await signedOut(page)
  })

  test('of another session asks first', async ({ browse }) => {
    const client = await registerNotes()
    const hint = await idToken(await browse(), client)
    const page = await browse()
    await signInAtHome(page, await registerPerson())
    await page.goto(logoutUrl({ id_token_hint: hint }))
    await heading(page, 'Sign out?')
  })

  test('that leads nowhere ends on our page, from where one can sign in again', async ({
    browse,
  }) => {
    const page = await browse()
    const hint = await idToken(page, await registerNotes())
    await page.goto(logoutUrl({ id_token_hint: hint }))
    await heading(page, 'You are signed out')
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await heading(page, 'Sign in')
  })
})

describe('a logout without an ID token', () => {
  test('asks, and Sign out goes on to the client', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes()
    await signInAtHome(page, await registerPerson())
    const back = { client_id: client.id, post_logout_redirect_uri: `${site.origin}/goodbye` }
    await page.goto(logoutUrl(back))
    await heading(page, 'Sign out?')
    const text = await page.locator('main').innerText()
    expect(text).toContain('Analytical Notes asks to sign you out.')
    expect(text).toContain('You are signed in as Ada Lovelace.')
    await press(page, 'Sign out')
    expect((await readReceived(page)).path).toBe('/goodbye')
    await signedOut(page)
  })

  test('signs nobody out who stays', async ({ browse }) => {
    const page = await browse()
    await signInAtHome(page, await registerPerson())
    await page.goto(logoutUrl({}))
    await page.getByRole('link', { name: 'Stay signed in' }).click()
    await heading(page, 'You are signed in')
  })

  test('goes on at once where nobody is signed in', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes()
    const back = { client_id: client.id, post_logout_redirect_uri: `${site.origin}/goodbye` }
    await page.goto(logoutUrl(back))
    expect((await readReceived(page)).path).toBe('/goodbye')
  })

  test('is refused when another page posts its form', async ({ browse }) => {
    const page = await browse()
    await signInAtHome(page, await registerPerson())
    await page.goto(logoutUrl({}))
    const form = await page.locator('form').evaluate((element) => element.outerHTML)
    site.publish('/forger', form.replace('action="', `action="${world.postern}`))
    await page.goto(`${site.origin}/forger`)
    await press(page, 'Sign out')
    await heading(page, 'Please try that again')
    await page.goto(world.postern)
    await heading(page, 'You are signed in')
  })
})

test('a logout to an address that is not registered goes nowhere and signs nobody out', async ({
  browse,
}) => {
  const page = await browse()
  const client = await registerNotes()
  const hint = await idToken(page, client)
  const elsewhere = { post_logout_redirect_uri: `${site.origin}/goodbye/elsewhere` }
  await page.goto(logoutUrl({ id_token_hint: hint, ...elsewhere }))
  await heading(page, 'This link does not work')
  await page.goto(world.postern)
  await heading(page, 'You are signed in')
})

async function signedOut(page: Page): Promise<void> {
  await page.goto(world.postern)
  await heading(page, 'Sign in')
}

/** Signs somebody new in to the client and redeems the code. */
async function idToken(page: Page, client: RegisteredClient): Promise<string> {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  await page.goto(authorizeUrl(client, { code_challenge: challenge }))
  await signIn(page, await registerPerson())
  await press(page, 'Allow')
  await page.waitForURL(`${site.origin}/callback?**`)
  const { code = '' } = (await readReceived(page)).parameters
  const answer = await page.request.post(`${world.postern}/oauth2/token`, {
    form: {
      grant_type: 'authorization_code',
      client_id: client.id,
      redirect_uri: client.redirectUri,
      code_verifier: verifier,
      code,
    },
  })
  return z.object({ id_token: z.string() }).parse(await answer.json()).id_token
}
