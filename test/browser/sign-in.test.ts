// Signing in: the form, its refusals, and what a client may ask of it.
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { comeFrom, heading, press, signIn, signInAtHome, test } from './browser.ts'
import { readReceived, serveClientSite } from './client-site.ts'
import { ageScreen, authorizeUrl, registerClient, registerPerson, world } from './world.ts'

const site = serveClientSite()
const registerNotes = (metadata: object = {}) => registerClient(`${site.origin}/callback`, metadata)

const refusal = 'That username and password do not match. Check both and try again.'

describe('the sign-in page', () => {
  test('takes the right password after a wrong one, and keeps the username', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    await page.goto(world.postern)
    await signIn(page, { ...person, password: 'wrong' })
    expect(await page.getByRole('alert').innerText()).toBe(refusal)
    expect(await page.getByLabel('Username or e-mail').inputValue()).toBe(person.username)
    expect(await page.getByLabel('Password').inputValue()).toBe('')
    expect(await focused(page)).toBe('password')
    await signIn(page, person)
    await heading(page, 'You are signed in')
  })

  test('says the same of a username that does not exist', async ({ browse }) => {
    const page = await browse()
    await page.goto(world.postern)
    await signIn(page, { username: 'nobody', password: 'wrong' })
    expect(await page.getByRole('alert').innerText()).toBe(refusal)
  })

  test('takes the e-mail address, too', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    await signInAtHome(page, { ...person, username: `${person.username}@mail.example` })
  })

  test('shows the password that is typed, and hides it again when it is sent', async ({
    browse,
  }) => {
    const page = await browse()
    await page.goto(world.postern)
    const password = page.locator('#password')
    const typeWhen = async (name: string) => {
      await press(page, name)
      return password.getAttribute('type')
    }
    const [shown, hidden] = [await typeWhen('Show password'), await typeWhen('Hide password')]
    await press(page, 'Show password')
    const sent = await page.evaluate<string>(
      `(document.forms[0].addEventListener('submit', (event) => event.preventDefault()),
        document.forms[0].noValidate = true, document.forms[0].requestSubmit(), password.type)`,
    )
    expect({ shown, hidden, sent }).toEqual({ shown: 'text', hidden: 'password', sent: 'password' })
  })

  test('works without script, without the button that needs one', async ({ browse }) => {
    const page = await browse({ javaScriptEnabled: false })
    await page.goto(world.postern)
    expect(await page.getByRole('button', { name: 'Show password' }).count()).toBe(0)
    await signIn(page, await registerPerson())
    await heading(page, 'You are signed in')
  })

  test('U11: keeps in another language what was typed, before and after a try', async ({
    browse,
  }) => {
    const page = await browse()
    await page.goto(world.postern)
    await page.getByLabel('Username or e-mail').fill('ada')
    await page.getByRole('link', { name: 'Deutsch' }).click()
    const german = page.getByLabel('Benutzername oder E-Mail')
    const typed = await german.inputValue()
    await page.getByLabel('Passwort').fill('wrong')
    await press(page, 'Anmelden')
    await page.getByRole('alert').waitFor()
    await german.fill('grace')
    await page.getByRole('link', { name: 'English' }).click()
    const again = await page.getByLabel('Username or e-mail').inputValue()
    expect({ typed, again }).toEqual({ typed: 'ada', again: 'grace' })
  })

  test('asks to wait after too many tries', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    const { id: client_id } = await registerNotes({
      token_endpoint_auth_method: 'none',
      grant_types: ['password', 'authorization_code'],
      trusted: true,
    })
    const guess = { grant_type: 'password', client_id, username: person.username }
    for (let round = 0; round < 5; round++) {
      const guesses = Array.from({ length: 6 }, () =>
        page.request.post(`${world.postern}/oauth2/token`, { form: { ...guess, password: 'no' } }),
      )
      await Promise.all(guesses)
    }
    await page.goto(world.postern)
    await signIn(page, person)
    expect(await page.getByRole('alert').innerText()).toMatch(
      /^Too many tries\. Please wait \d+ minutes \(until \d+:\d\d [AP]M\), then try again\.$/,
    )
    const button = page.getByRole('button', { name: 'Sign in', exact: true })
    const isLive = await button.isEnabled()
    await page.getByLabel('Username or e-mail').fill('somebody else')
    expect({ isLive, forAnother: await button.isEnabled() }).toEqual({
      isLive: false,
      forAnother: true,
    })
  })

  test('is for this browser alone', async ({ browse }) => {
    const [page, elsewhere] = [await browse(), await browse()]
    await page.goto(world.postern)
    await elsewhere.goto(page.url())
    await heading(elsewhere, 'This page has expired')
  })

  // 127.0.0.1 is another site than localhost: no cookie comes along. Another port of localhost is
  // the same site, and brings all of them.
  test.for(['origin', 'thirdOrigin'] as const)(
    'refuses its own form when another page posts it (%s)',
    async (from, { browse }) => {
      const page = await browse()
      await page.goto(world.postern)
      const form = await page
        .locator('form')
        .first()
        .evaluate((element) => element.outerHTML)
      const action = `action="${world.postern}/login"`
      site.publish('/forger', form.replace('action="/login"', action))
      await page.goto(`${site[from]}/forger`)
      await signIn(page, await registerPerson())
      await heading(page, 'Please try that again')
      await page.getByRole('link', { name: 'Start again' }).waitFor()
      expect(await sessionCookie(page)).toBe('')
    },
  )

  test('sets cookies for this server alone, which no script can read', async ({ browse }) => {
    const page = await browse()
    await signInAtHome(page, await registerPerson())
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name }) => name).sort()).toEqual([
      cookieName('browser'),
      cookieName('known'),
      cookieName('session'),
    ])
    const flags = { domain: 'localhost', path: '/', httpOnly: true, sameSite: 'Lax' }
    for (const cookie of cookies) expect(cookie).toMatchObject(flags)
    expect(await page.evaluate('document.cookie')).toBe('')
  })

  test('gives a new session at every sign-in, and ends the one before', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    await signInAtHome(page, person)
    const before = await sessionCookie(page)
    await page.goto(authorizeUrl(await registerNotes(), { prompt: 'login' }))
    await signIn(page, person)
    await heading(page, 'Allow access?')
    expect(await sessionCookie(page)).not.toBe(before)
    const context = page.context()
    await context.addCookies([{ name: cookieName('session'), value: before, url: world.postern }])
    await page.goto(world.postern)
    await heading(page, 'Sign in')
  })
})

describe('a sign-in page that was left open too long', () => {
  test('says so and starts again with what was asked', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    const client = await registerNotes({ trusted: true })
    await page.goto(authorizeUrl(client, { state: 'kept as it was' }))
    await ageScreen(page)
    await signIn(page, person)
    await heading(page, 'This page has expired')
    await page.getByRole('link', { name: 'Start again' }).click()
    await heading(page, 'Sign in')
    await signIn(page, person)
    await page.waitForURL(`${site.origin}/callback?**`)
    expect((await readReceived(page)).parameters).toMatchObject({ state: 'kept as it was' })
  })

  test('leads back to the page of ours that was asked for', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    await page.goto(`${world.postern}/account`)
    await ageScreen(page)
    await page.reload()
    await signIn(page, person)
    await heading(page, 'Your account')
  })

  test('is over once it was answered: Back goes on with what was asked', async ({ browse }) => {
    const page = await browse()
    const person = await comeFrom(page, await registerNotes())
    await heading(page, 'Allow access?')
    await page.goBack()
    await heading(page, 'Allow access?')
    expect(await page.locator('.whoami').innerText()).toContain(person.name)
  })
})

describe('an impatient second click on Sign in', () => {
  test.for([0, 40, 120, 300, 500])(
    'after %d ms signs in, and allows nothing',
    async (delay, { browse }) => {
      const page = await browse()
      await page.setViewportSize({ width: 390, height: 844 })
      const person = await registerPerson()
      await page.goto(authorizeUrl(await registerNotes()))
      await page.getByLabel('Username or e-mail').fill(person.username)
      await page.getByLabel('Password').fill(person.password)
      const box = await page.getByRole('button', { name: 'Sign in', exact: true }).boundingBox()
      if (box === null) throw new Error('there is no button')
      const click = () => page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
      await click()
      await page.waitForTimeout(delay)
      await click()
      await heading(page, 'Allow access?')
    },
  )
})

describe('a client', () => {
  test('may post its request from another site, where our cookies stay at home', async ({
    browse,
  }) => {
    const page = await browse()
    const client = await registerNotes({ trusted: true })
    await signInAtHome(page, await registerPerson())
    const request = new URL(authorizeUrl(client))
    const inputs = [...request.searchParams].map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    )
    const action = `${request.origin}${request.pathname}`
    const button = '<button>Go</button>'
    site.publish('/poster', `<form method="post" action="${action}">${inputs.join('')}${button}`)
    await page.goto(`${site.thirdOrigin}/poster`)
    await press(page, 'Go')
    await page.waitForURL(`${site.origin}/callback?code=**`)
  })

  test('may ask for the password again with prompt=login', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes({ trusted: true })
    const person = await comeFrom(page, client)
    await page.waitForURL(`${site.origin}/callback?**`)
    await page.goto(authorizeUrl(client, { prompt: 'login' }))
    await heading(page, 'Confirm it’s you')
    expect(await page.getByLabel('Username or e-mail').inputValue()).toBe(person.username)
    expect(await focused(page)).toBe('password')
    await signIn(page, person)
    await page.waitForURL(`${site.origin}/callback?**`)
  })

  test('may ask for a sign-in that is no older than max_age', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes({ trusted: true })
    await comeFrom(page, client)
    await page.waitForURL(`${site.origin}/callback?**`)
    await page.goto(authorizeUrl(client, { max_age: '3600' }))
    expect(page.url()).toContain(`${site.origin}/callback?`)
    await page.goto(authorizeUrl(client, { max_age: '0' }))
    await heading(page, 'Confirm it’s you')
  })

  test('may name the username with login_hint', async ({ browse }) => {
    const page = await browse()
    await page.goto(authorizeUrl(await registerNotes(), { login_hint: 'ada@mail.example' }))
    expect(await page.getByLabel('Username or e-mail').inputValue()).toBe('ada@mail.example')
    expect(await focused(page)).toBe('password')
  })

  test('learns with prompt=none that nobody is signed in', async ({ browse }) => {
    const page = await browse()
    await page.goto(authorizeUrl(await registerNotes(), { prompt: 'none' }))
    expect((await readReceived(page)).parameters).toMatchObject({ error: 'login_required' })
  })

  test('lets people go on as who they are with prompt=select_account', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes({ trusted: true })
    await comeFrom(page, client)
    await page.goto(authorizeUrl(client, { prompt: 'select_account' }))
    await heading(page, 'Choose an account')
    await press(page, 'Continue as Ada Lovelace')
    await page.waitForURL(`${site.origin}/callback?code=**`)
  })

  test('lets people choose another account with prompt=select_account', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes()
    await comeFrom(page, client)
    const grace = await registerPerson({ name: 'Grace Hopper' })
    await page.goto(authorizeUrl(client, { prompt: 'select_account' }))
    await press(page, 'Use another account')
    await heading(page, 'Sign in')
    await signIn(page, grace)
    await heading(page, 'Allow access?')
    expect(await page.locator('.whoami').innerText()).toContain('Signed in as Grace Hopper')
  })
})

const focused = (page: Page) => page.locator(':focus').getAttribute('name')

async function sessionCookie(page: Page): Promise<string> {
  const cookies = await page.context().cookies(world.postern)
  return cookies.find(({ name }) => name === cookieName('session'))?.value ?? ''
}

const cookieName = (name: string) => `postern_${name}_${new URL(world.postern).port}`
