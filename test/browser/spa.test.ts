// The README's walk, done with the demo client `spa` and the demo user dory.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { heading, press, signIn, test } from './browser.ts'
import { admin, world } from './world.ts'

const dory = { username: 'dory', password: 'dorypass' }

const status = (page: Page) => page.getByRole('status')
const fact = (page: Page, id: string) => page.locator(`#${id}`)

async function signInToExample(page: Page): Promise<void> {
  await page.goto(world.spa)
  await press(page, 'Sign in')
  await signIn(page, dory)
  await press(page, 'Allow')
  await page.waitForURL(`${world.spa}/`)
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

async function accessToken(page: Page): Promise<string> {
  const [, token = ''] = await page.evaluate(
    () =>
      /"access_token":"([^"]+)"/.exec(
        JSON.stringify(Object.values(sessionStorage)).replaceAll('\\', ''),
      ) ?? [],
  )
  return token
}
