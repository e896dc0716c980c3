// The content security policy in a real browser: Chromium applies `form-action` to the whole chain
// of redirects after a form, so the chain itself is what has to be tried.
import { describe, expect } from 'vitest'
import { comeFrom, heading, press, requestTo, test } from './browser.ts'
import { readReceived, serveClientSite } from './client-site.ts'
import { authorizeUrl, registerClient, world } from './world.ts'

const site = serveClientSite()

const answer = () => ({
  code: expect.stringMatching(/^ac_/),
  state: 'af0ifjsldkj',
  iss: world.postern,
})

describe('after Allow, Chromium', () => {
  test('follows the redirect to the client, and tells it not where it comes from', async ({
    browse,
  }) => {
    const page = await browse()
    await comeFrom(page, await registerClient(`${site.origin}/callback`))
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback?**`)
    expect(await readReceived(page)).toEqual({
      method: 'GET',
      path: '/callback',
      parameters: answer(),
      referrer: null,
    })
  })

  test('follows the client’s own redirect to a third origin', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerClient(`${site.origin}/onward`))
    await press(page, 'Allow')
    await page.waitForURL(`${site.thirdOrigin}/landed`)
  })

  test('goes to an https client', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerClient('https://app.example/callback'))
    const request = await requestTo(page, 'https://app.example/callback?code=ac_', () =>
      press(page, 'Allow'),
    )
    expect(request.headers()).not.toHaveProperty('referer')
  })

  test('hands a custom scheme over to the app that opens it', async ({ browse }) => {
    const page = await browse()
    const client = await registerClient('com.example.notes:/callback', {
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    })
    await comeFrom(page, client)
    const request = await requestTo(page, 'com.example.notes:/callback?code=ac_', () =>
      press(page, 'Allow'),
    )
    const from = await request.redirectedFrom()?.response()
    expect(from?.status()).toBe(303)
  })
})

describe('after Deny, Chromium', () => {
  test('follows the client’s own redirect to a third origin', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerClient(`${site.origin}/onward`))
    await press(page, 'Deny')
    await page.waitForURL(`${site.thirdOrigin}/landed`)
  })

  test('tells the client in the words of RFC 6749 4.1.2.1', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerClient(`${site.origin}/callback`))
    await press(page, 'Deny')
    await page.waitForURL(`${site.origin}/callback?**`)
    expect((await readReceived(page)).parameters).toEqual({
      error: 'access_denied',
      error_description: 'the user denied the request',
      state: 'af0ifjsldkj',
      iss: world.postern,
    })
  })
})

describe('after signing in to a client that needs no consent, Chromium', () => {
  test('follows the whole chain from the sign-in form to a third origin', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerClient(`${site.origin}/onward`, { trusted: true }))
    await page.waitForURL(`${site.thirdOrigin}/landed`)
  })

  test('asks nothing at the next time, not even with prompt=none', async ({ browse }) => {
    const page = await browse()
    const client = await registerClient(`${site.origin}/callback`, { trusted: true })
    await comeFrom(page, client)
    await page.goto(authorizeUrl(client, { prompt: 'none' }))
    expect((await readReceived(page)).parameters).toEqual(answer())
  })
})

describe('response_mode=form_post', () => {
  test('posts the answer to the client by itself', async ({ browse }) => {
    const page = await browse()
    const client = await registerClient(`${site.origin}/callback`)
    await comeFrom(page, client, { response_mode: 'form_post' })
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback`)
    expect(await readReceived(page)).toEqual({
      method: 'POST',
      path: '/callback',
      parameters: answer(),
      referrer: null,
    })
  })

  test('lets the client send on to a third origin', async ({ browse }) => {
    const page = await browse()
    const client = await registerClient(`${site.origin}/onward`)
    await comeFrom(page, client, { response_mode: 'form_post' })
    await press(page, 'Allow')
    await page.waitForURL(`${site.thirdOrigin}/landed`)
  })

  test('shows a button where no script runs', async ({ browse }) => {
    const page = await browse({ javaScriptEnabled: false })
    const client = await registerClient(`${site.origin}/callback`)
    await comeFrom(page, client, { response_mode: 'form_post' })
    await press(page, 'Allow')
    await heading(page, 'Taking you back')
    await press(page, 'Continue')
    await page.waitForURL(`${site.origin}/callback`)
  })

  test('carries refusals, too', async ({ browse }) => {
    const page = await browse()
    const client = await registerClient(`${site.origin}/callback`)
    await comeFrom(page, client, { response_mode: 'form_post' })
    await press(page, 'Deny')
    await page.waitForURL(`${site.origin}/callback`)
    expect((await readReceived(page)).parameters).toMatchObject({ error: 'access_denied' })
  })
})

test('the whole way to a client needs no script', async ({ browse }) => {
  const page = await browse({ javaScriptEnabled: false })
  await comeFrom(page, await registerClient(`${site.origin}/onward`))
  await press(page, 'Allow')
  await page.waitForURL(`${site.thirdOrigin}/landed`)
})
