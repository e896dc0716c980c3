// English and German: by ui_locales, then by Accept-Language.
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { heading, press, signIn, test } from './browser.ts'
import { serveClientSite } from './client-site.ts'
import { ageScreen, authorizeUrl, registerClient, registerPerson, world } from './world.ts'

const site = serveClientSite()

const language = (page: Page) => page.locator('html').getAttribute('lang')

async function signInInGerman(page: Page): Promise<void> {
  const { username, password } = await registerPerson()
  await page.getByLabel('Benutzername oder E-Mail').fill(username)
  await page.getByLabel('Passwort').fill(password)
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
}

describe('ui_locales', () => {
  test('decides the language of every page on the way to the client', async ({ browse }) => {
    const page = await browse()
    const client = await registerClient(`${site.origin}/callback`)
    await page.goto(authorizeUrl(client, { ui_locales: 'tlh de-AT en' }))
    await heading(page, 'Anmelden')
    expect(await language(page)).toBe('de')
    await signInInGerman(page)
    await heading(page, 'Zugriff erlauben?')
    expect(await language(page)).toBe('de')
    await page.getByRole('button', { name: 'Erlauben' }).click()
    await page.waitForURL(`${site.origin}/callback?**`)
  })

  test('decides it for the page that has expired, too', async ({ browse }) => {
    const page = await browse()
    const client = await registerClient(`${site.origin}/callback`)
    await page.goto(authorizeUrl(client, { ui_locales: 'de' }))
    await ageScreen(page)
    await signInInGerman(page)
    await heading(page, 'Diese Seite ist abgelaufen')
    await page.getByRole('link', { name: 'Erneut beginnen' }).click()
    await heading(page, 'Anmelden')
  })

  test('goes before Accept-Language', async ({ browse }) => {
    const page = await browse({ locale: 'de-DE' })
    const client = await registerClient(`${site.origin}/callback`)
    await page.goto(authorizeUrl(client, { ui_locales: 'en' }))
    await heading(page, 'Sign in')
  })

  test('decides the language of a page that refuses', async ({ browse }) => {
    const page = await browse()
    const client = await registerClient(`${site.origin}/callback`)
    const elsewhere = { redirect_uri: 'https://elsewhere.example/', ui_locales: 'de' }
    await page.goto(authorizeUrl(client, elsewhere))
    expect(await language(page)).toBe('de')
  })
})

describe('the links below a page', () => {
  test('show it in another language, and so do all pages of this browser then', async ({
    browse,
  }) => {
    const page = await browse()
    const client = await registerClient(`${site.origin}/callback`)
    await page.goto(authorizeUrl(client, { ui_locales: 'en' }))
    await page.getByRole('link', { name: 'Deutsch' }).click()
    await heading(page, 'Anmelden')
    await signInInGerman(page)
    await heading(page, 'Zugriff erlauben?')
    await page.getByRole('link', { name: 'English' }).click()
    await heading(page, 'Allow access?')
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback?code=**`)
  })
})

describe('Accept-Language', () => {
  test('decides where nobody names a language', async ({ browse }) => {
    const page = await browse({ locale: 'de-CH' })
    await page.goto(`${world.postern}/account`)
    await heading(page, 'Anmelden')
    await signInInGerman(page)
    expect(await language(page)).toBe('de')
    await page.goto(world.postern)
    expect(await language(page)).toBe('de')
  })

  test('that asks for another language gets English', async ({ browse }) => {
    const page = await browse({ locale: 'fr-FR' })
    await page.goto(world.postern)
    await heading(page, 'Sign in')
    await signIn(page, await registerPerson())
    await heading(page, 'You are signed in')
  })
})
