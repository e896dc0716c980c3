// What attackers put into addresses and names: it is text on our pages, and moves nobody elsewhere.
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { scripts } from '../../src/pages/script.tsx'
import { comeFrom, heading, press, signIn, signInAtHome, test } from './browser.ts'
import { readReceived, serveClientSite } from './client-site.ts'
import { authorizeUrl, registerClient, registerPerson, world } from './world.ts'

const site = serveClientSite()
const registerNotes = (metadata: object = {}) => registerClient(`${site.origin}/callback`, metadata)

// Whatever of this became markup would show as an element, or as a complaint about the policy.
const markup = `'"><img src=x onerror=alert(1)><script>alert(1)</script>`

const ours: readonly string[] = Object.values(scripts)

async function expectNoMarkup(page: Page): Promise<void> {
  expect(await page.locator('img, iframe, [onerror], [onload]').count()).toBe(0)
  // Data for our scripts is run by no browser.
  const texts = await page.locator('script:not([type="application/json"])').allTextContents()
  expect(texts.filter((text) => !ours.includes(text))).toEqual([])
}

const parameters = [
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'nonce', 'prompt'],
  ...['max_age', 'login_hint', 'id_token_hint', 'ui_locales', 'acr_values', 'claims', 'resource'],
  ...['code_challenge', 'code_challenge_method', 'display', 'request', 'request_uri'],
  ...['registration', 'language'],
]

describe('markup in the authorization request', () => {
  test('stays text in every parameter, and is told to no client', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes()
    for (const name of parameters) {
      await page.goto(authorizeUrl(client, { [name]: markup }))
      const isAnswered = page.url().startsWith(`${site.origin}/callback?`)
      if (isAnswered) expect(await page.locator('#received').innerText()).not.toContain('alert')
      else expect(new URL(page.url()).origin).toBe(world.postern)
      await expectNoMarkup(page)
    }
  })

  test('as state comes back to the client as it was', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerNotes({ trusted: true }), { state: markup })
    expect((await readReceived(page)).parameters.state).toBe(markup)
  })

  test('as state is posted to the client as it was', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes({ trusted: true })
    await comeFrom(page, client, { state: markup, response_mode: 'form_post' })
    await page.waitForURL(`${site.origin}/callback`)
    expect((await readReceived(page)).parameters.state).toBe(markup)
  })
})

describe('markup in a name', () => {
  test('of a client or a person is text on every page', async ({ browse }) => {
    const page = await browse({ userAgent: markup })
    const client = await registerNotes({ client_name: markup, scope: 'openid <b>bold</b>' })
    const person = await registerPerson({ name: markup, username: `${crypto.randomUUID()}<b>` })
    await page.goto(authorizeUrl(client, { scope: 'openid <b>bold</b>' }))
    await expectNoMarkup(page)
    await signIn(page, person)
    await heading(page, 'Allow access?')
    expect(await page.locator('.lead').innerText()).toContain('<script>')
    expect(await page.locator('code').innerText()).toBe('<b>bold</b>')
    await expectNoMarkup(page)
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback?code=**`)
    for (const path of ['/', '/account', `/oauth2/logout?client_id=${client.id}`]) {
      await page.goto(`${world.postern}${path}`)
      expect(await page.locator('main').innerText()).toContain('<script>')
      await expectNoMarkup(page)
    }
  })

  test('of a client cannot turn the text around it, nor hide', async ({ browse }) => {
    const page = await browse()
    await page.goto(authorizeUrl(await registerNotes({ client_name: '\u202Elive eb ot' })))
    expect(await page.locator('.lead').innerText()).toBe('to continue to live eb ot')
    await page.goto(authorizeUrl(await registerNotes({ client_name: '\u200B\u2800' })))
    expect(await page.locator('.lead').innerText()).toBe('to continue to An app without a name')
  })
})

const strangeAddresses = [
  'https://evil.example/',
  '//evil.example/callback',
  'https://app.example.evil.example/callback',
  'https://app.example@evil.example/callback',
  'https://app.example\\@evil.example/callback',
  'https://app.example/callback/../elsewhere',
  'https://app.example/callback?next=https://evil.example',
  'https://app.example/callback#fragment',
  'https://app.example/Callback',
  'HTTPS://app.example/callback',
  'https:app.example/callback',
  ' https://app.example/callback',
  'https://app.example/callback\r\nSet-Cookie: postern_session=fixed',
  'http://app.example/callback',
  'http://localhost:1@evil.example/callback',
  'http://localhost.evil.example/callback',
  'http://localhost/callback/elsewhere',
  'http://127.0.0.1/callback',
  'javascript:alert(1)//https://app.example/callback',
  'data:text/html,<script>alert(1)</script>',
]

describe('a redirect', () => {
  test('to an address that is not registered as it is ends on our page', async ({ browse }) => {
    const page = await browse()
    const client = await registerClient('https://app.example/callback', {
      redirect_uris: ['https://app.example/callback', 'http://localhost/callback'],
      post_logout_redirect_uris: ['https://app.example/callback', 'http://localhost/callback'],
    })
    for (const redirectUri of strangeAddresses) {
      const answer = await page.goto(authorizeUrl(client, { redirect_uri: redirectUri }))
      expect({ redirectUri, status: answer?.status() }).toEqual({ redirectUri, status: 400 })
      await heading(page, 'We will not send you there')
      const logout = { client_id: client.id, post_logout_redirect_uri: redirectUri }
      const end = await page.goto(`${world.postern}/oauth2/logout?${new URLSearchParams(logout)}`)
      expect({ redirectUri, status: end?.status() }).toEqual({ redirectUri, status: 400 })
      await heading(page, 'This link does not work')
    }
  })

  test('named twice is refused on our page', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes()
    const twice = `${authorizeUrl(client)}&redirect_uri=https%3A%2F%2Fevil.example%2F`
    expect((await page.goto(twice))?.status()).toBe(400)
    await heading(page, 'This link does not work')
  })

  test('is not taken from anything else in the address of a page', async ({ browse }) => {
    const page = await browse()
    await signInAtHome(page, await registerPerson())
    const names = ['return_to', 'redirect', 'next', 'continue', 'url', 'done', 'sessions', 'access']
    const query = names.map((name) => `${name}=https%3A%2F%2Fevil.example%2F`).join('&')
    for (const path of ['/', '/login', '/account', '/consent', '/select-account']) {
      await page.goto(`${world.postern}${path}?${query}`)
      expect(new URL(page.url()).origin).toBe(world.postern)
      const links =
        '[...document.links, ...document.forms].map(({ href, action }) => href ?? action)'
      for (const link of await page.evaluate<string[]>(links)) {
        expect(new URL(link).origin).toBe(world.postern)
      }
    }
  })
})

test('an address at which there is nothing gets a page that says so', async ({ browse }) => {
  const page = await browse()
  const answer = await page.goto(`${world.postern}/nothing/${encodeURIComponent(markup)}`)
  expect(answer?.status()).toBe(404)
  await heading(page, 'There is nothing here')
  await expectNoMarkup(page)
})

describe('another site', () => {
  test.for(['origin', 'thirdOrigin'] as const)(
    'cannot show our pages in a frame (%s)',
    async (from, { browse, complaints }) => {
      const page = await browse()
      await signInAtHome(page, await registerPerson())
      for (const path of ['/', '/account', '/login', '/oauth2/logout']) {
        site.publish('/framer', `<iframe src="${world.postern}${path}"></iframe>`)
        await page.goto(`${site[from]}/framer`)
        expect(await page.frameLocator('iframe').getByRole('heading').count()).toBe(0)
      }
      expect(new Set(complaints.splice(0).map((one) => /frame-ancestors/.exec(one)?.[0]))).toEqual(
        new Set(['frame-ancestors']),
      )
    },
  )
})
