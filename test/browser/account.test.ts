// The account page: what has access, and that ending it ends it at once.
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { heading, press, signIn, signInAtHome, test, words } from './browser.ts'
import { serveClientSite } from './client-site.ts'
import { examine } from './examine.ts'
import { focused } from './tab-stops.ts'
import { authorizeUrl, type Person, registerClient, registerPerson, world } from './world.ts'

const site = serveClientSite()

const section = (page: Page, name: string) => page.getByRole('region', { name })
const browsers = (page: Page) => section(page, 'Browsers').getByRole('listitem')
const apps = (page: Page) => section(page, 'Apps and devices').locator('.entries > li')

describe('the account page', () => {
  test('is for who is signed in, and comes after signing in', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    await page.goto(`${world.postern}/account`)
    await signIn(page, person)
    await heading(page, 'Your account')
    expect(await page.locator('.lead').innerText()).toBe('Signed in as Ada Lovelace')
  })

  test('lists this browser and others by name', async ({ browse }) => {
    const person = await registerPerson()
    await signInAtHome(await browse({ userAgent: iPhone }), person)
    const page = await browse()
    await openAccount(page, person)
    const names = await browsers(page).locator('strong').allInnerTexts()
    expect(names).toEqual(['Chrome on Linux', 'Safari on iPhone'])
    expect(await page.locator('.badge').allInnerTexts()).toEqual(['This browser'])
  })

  test('lists an app with what it may do', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    await signInToExample(page, person)
    await page.goto(`${world.postern}/account`)
    await expect.poll(() => apps(page).count()).toBe(1)
    expect(await apps(page).locator('strong').innerText()).toBe('Single-page example')
    expect(await apps(page).getByRole('listitem').allInnerTexts()).toEqual([
      'know which account is yours',
      'see your name and profile',
      'see your e-mail address',
      'keep its access while you are away, until you end it',
    ])
  })

  test('does not list an app once it has signed out', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    await signInToExample(page, person)
    await press(page, 'Sign out')
    await exampleSays(page, 'You are signed out.')
    await openAccount(page, person)
    await expect.poll(() => apps(page).count()).toBe(0)
  })

  test('lists a consent that stands without a token, and takes it back', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    const client = await registerClient(`${site.origin}/callback`)
    await signInAtHome(page, person)
    await page.goto(authorizeUrl(client))
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback?**`)
    await page.goto(`${world.postern}/account`)
    expect(await apps(page).locator('strong').allInnerTexts()).toEqual(['Analytical Notes'])
    await press(page, 'Revoke Analytical Notes')
    await words(page, 'Access is revoked.')
    await expect.poll(() => apps(page).count()).toBe(0)
    await page.goto(authorizeUrl(client))
    await heading(page, 'Allow access?')
  })

  test('shows the rest of a long list behind a link', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    await openAccount(page, person)
    await manySessions(page, person, 7)
    await page.reload()
    await expect.poll(() => browsers(page).count()).toBe(6)
    await page.getByRole('link', { name: 'Show older' }).click()
    await expect.poll(() => browsers(page).count()).toBe(2)
    expect(await page.locator('.badge').count()).toBe(1)
  })
})

describe('revoking an app', () => {
  test('ends it in every browser, and leaves the other apps alone', async ({ browse }) => {
    const person = await registerPerson()
    const [page, other] = [await browse(), await browse()]
    await signInToExample(page, person)
    await signInToExample(other, person)
    const account = await page.context().newPage()
    await account.goto(authorizeUrl(await registerClient(`${site.origin}/callback`)))
    await press(account, 'Allow')
    await account.waitForURL(`${site.origin}/callback?**`)
    await account.goto(`${world.postern}/account`)
    await expect.poll(() => apps(account).count()).toBe(2)
    await press(account, 'Revoke Single-page example')
    await words(account, 'Access is revoked.')
    expect(await apps(account).locator('strong').allInnerTexts()).toEqual(['Analytical Notes'])
    for (const example of [page, other]) {
      await press(example, 'Renew now')
      await exampleSays(example, 'Your access has ended. Please sign in again.')
    }
  })
})

describe('ending a browser session', () => {
  test('signs that browser out at its next step', async ({ browse }) => {
    const person = await registerPerson()
    const phone = await browse({ userAgent: iPhone })
    await signInAtHome(phone, person)
    const page = await browse()
    await openAccount(page, person)
    await press(page, 'Sign out Safari on iPhone')
    await words(page, 'Access is revoked.')
    await expect.poll(() => browsers(page).count()).toBe(1)
    await phone.reload()
    await heading(phone, 'Sign in')
  })

  test('of this very browser leads to the sign-in page', async ({ browse }) => {
    const page = await browse()
    await openAccount(page, await registerPerson())
    await press(page, 'Sign out Chrome on Linux')
    await heading(page, 'Sign in')
  })

  test('everywhere else ends all other browsers and all apps, not this one', async ({ browse }) => {
    const person = await registerPerson()
    const phone = await browse({ userAgent: iPhone })
    await signInToExample(phone, person)
    const client = await registerClient(`${site.origin}/callback`)
    const tab = await phone.context().newPage()
    await tab.goto(authorizeUrl(client))
    await press(tab, 'Allow')
    await tab.waitForURL(`${site.origin}/callback?**`)
    const page = await browse()
    await openAccount(page, person)
    await expect.poll(() => apps(page).count()).toBe(2)
    await press(page, 'Sign out everywhere else')
    await words(page, 'Access is revoked.')
    await expect.poll(() => browsers(page).count()).toBe(1)
    await expect.poll(() => apps(page).count()).toBe(0)
    await press(phone, 'Renew now')
    await exampleSays(phone, 'Your access has ended. Please sign in again.')
    await phone.goto(world.postern)
    await heading(phone, 'Sign in')
  })
})

describe('changing the password', () => {
  test('ends all other browsers and apps, and only the new one signs in', async ({ browse }) => {
    const person = await registerPerson()
    const phone = await browse({ userAgent: iPhone })
    await signInToExample(phone, person)
    const page = await browse()
    await openAccount(page, person)
    await changePassword(page, person.password, 'a new pass phrase')
    await words(page, 'Your password is changed.')
    await expect.poll(() => browsers(page).count()).toBe(1)
    await press(phone, 'Renew now')
    await exampleSays(phone, 'Your access has ended. Please sign in again.')
    await phone.goto(world.postern)
    await signIn(phone, person)
    await phone.getByRole('alert').waitFor()
    await signIn(phone, { ...person, password: 'a new pass phrase' })
    await heading(phone, 'You are signed in')
  })

  test.for([
    ['the wrong password', { current: 'wrong', next: 'a new pass phrase' }, 'current'],
    ['a short new one', { next: 'short77' }, 'new'],
    ['the one that it was', { next: undefined }, 'new'],
  ] as const)('refuses %s and puts the focus there', async ([, tried, field], { browse }) => {
    const page = await browse()
    const person = await registerPerson()
    await openAccount(page, person)
    const current = 'current' in tried ? tried.current : person.password
    await page.locator('#new_password').evaluate((input) => input.removeAttribute('minlength'))
    await changePassword(page, current, tried.next ?? person.password)
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await page.locator(':focus').getAttribute('name')).toBe(`${field}_password`)
    await page.goto(`${world.postern}/account`)
    await heading(page, 'Your account')
  })
})

describe('the forms of the account page', () => {
  test('are refused when another page posts them', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson()
    await openAccount(page, person)
    const forms = await page
      .locator('form')
      .evaluateAll((elements) => elements.map((element) => element.outerHTML))
    for (const form of forms) {
      site.publish('/forger', form.replace('action="', `action="${world.postern}`))
      await page.goto(`${site.origin}/forger`)
      await page.evaluate('HTMLFormElement.prototype.submit.call(document.forms[0])')
      await heading(page, 'Please try that again')
    }
    await page.goto(`${world.postern}/account`)
    await heading(page, 'Your account')
  })
})

describe('the pages under the account page', () => {
  const pages = ['profile', 'email', 'language', 'password', 'data', 'delete']

  test('have no barriers, in both colour schemes and at both widths', async ({ browse }) => {
    const page = await browse()
    await openAccount(page, await registerPerson())
    await examine(page, 'account-overview', { isLong: true })
    for (const name of pages) {
      await page.goto(`${world.postern}/account/${name}`)
      await examine(page, `account-${name}`)
    }
    await page.goto(`${world.postern}/account/email`)
    await page.getByLabel('New e-mail address').fill(`${crypto.randomUUID()}@mail.example`)
    await press(page, 'Send code')
    await heading(page, 'Check your mail')
    await examine(page, 'account-email-code')
    await page.goto(`${world.postern}/account/delete`)
    await press(page, 'Send me a code by mail')
    await page.getByLabel('Code from the mail').waitFor()
    await examine(page, 'account-delete-code')
  })

  test('are reached and filled in with the keyboard alone', async ({ browse }) => {
    const page = await browse()
    // Wide enough for the navigation beside the page.
    await page.setViewportSize({ width: 1280, height: 800 })
    await openAccount(page, await registerPerson())
    await tabTo(page, 'Profile')
    await page.keyboard.press('Enter')
    await heading(page, 'Profile')
    await tabTo(page, 'Full name')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('Ada Byron')
    await page.keyboard.press('Enter')
    await words(page, 'Saved.')
    await tabTo(page, 'Language')
    await page.keyboard.press('Enter')
    await heading(page, 'Language')
    await tabTo(page, 'The language of the browser')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await heading(page, 'Sprache')
    await tabTo(page, 'Ihr Konto')
    await page.keyboard.press('Enter')
    expect(await page.locator('.lead').innerText()).toBe('Angemeldet als Ada Byron')
  })
})

/** Presses Tab until the element with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if ((await focused(page)) === name) return
  }
  throw new Error(`no tab stop is ${name}`)
}

const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

async function openAccount(page: Page, person: Person): Promise<void> {
  await page.goto(`${world.postern}/account`)
  await signIn(page, person)
  await heading(page, 'Your account')
}

const exampleSays = (page: Page, words: string) =>
  page.getByRole('status').filter({ hasText: words }).waitFor()

async function signInToExample(page: Page, person: Person): Promise<void> {
  await page.goto(world.spa)
  await press(page, 'Sign in')
  await signIn(page, person)
  await press(page, 'Allow')
  await exampleSays(page, 'You are signed in.')
}

async function changePassword(page: Page, current: string, next: string): Promise<void> {
  await page.getByLabel('Current password').fill(current)
  await page.getByLabel('New password').fill(next)
  await press(page, 'Change password')
}

/** Signs in so many times more, as other browsers would. */
async function manySessions(page: Page, person: Person, count: number): Promise<void> {
  const browser = page.context().browser()
  for (let index = 0; index < count; index++) {
    const context = await browser?.newContext()
    const form = await context?.request.get(`${world.postern}/`)
    const hidden = [
      ...((await form?.text()) ?? '').matchAll(/type="hidden" name="(\w+)" value="([\w-]+)"/g),
    ]
    const fields = Object.fromEntries(hidden.map(([, name, value]) => [name, value]))
    const { username, password } = person
    await context?.request.post(`${world.postern}/login`, {
      form: { ...fields, username, password },
    })
    await context?.close()
  }
}
