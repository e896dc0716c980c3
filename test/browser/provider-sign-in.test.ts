// Signing in with a provider elsewhere, on its real screens.
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { heading, press, signInAtHome, test, words } from './browser.ts'
import { serveClientSite } from './client-site.ts'
import { authorizeUrl, registerClient, registerPerson, world } from './world.ts'

const site = serveClientSite()

// Short enough that the account page shows the whole address.
const newLogin = () => `user-${crypto.randomUUID().slice(0, 8)}`

const provider = (page: Page) =>
  page.getByRole('region', { name: 'Other ways to sign in' }).getByRole('listitem')

describe('Continue with Test provider', () => {
  test('signs in by the consent there, and the account tells that it is linked', async ({
    browse,
  }) => {
    const page = await browse()
    const login = newLogin()
    await page.goto(world.postern)
    await press(page, 'Continue with Test provider')
    await signInThere(page, login)
    await heading(page, 'You are signed in')
    expect(await page.locator('.lead').innerText()).toBe(`Signed in as Upstream ${login}`)
    await page.getByRole('link', { name: 'Your account' }).click()
    expect(await provider(page).innerText()).toContain(`Linked as ${login}@upstream.example`)
  })

  test('goes on to the client that asked', async ({ browse }) => {
    const page = await browse()
    const login = newLogin()
    await page.goto(authorizeUrl(await registerClient(`${site.origin}/onward`)))
    await press(page, 'Continue with Test provider')
    await signInThere(page, login)
    await heading(page, 'Allow access?')
    expect(await page.locator('.whoami').innerText()).toContain(`Signed in as Upstream ${login}`)
    await press(page, 'Allow')
    await page.waitForURL(`${site.thirdOrigin}/landed`)
  })

  test('tells what to do after a refusal there, and leads back to the sign-in page', async ({
    browse,
  }) => {
    const page = await browse()
    await page.goto(world.postern)
    await press(page, 'Continue with Test provider')
    await page.getByRole('link', { name: 'Cancel' }).click()
    await heading(page, 'Signing in with Test provider did not work')
    await page.getByRole('link', { name: 'Back to sign in' }).click()
    await heading(page, 'Sign in')
    await signInAtHome(page, await registerPerson())
  })

  test('keeps the only way in linked', async ({ browse }) => {
    const page = await browse()
    await page.goto(`${world.postern}/account`)
    await press(page, 'Continue with Test provider')
    await signInThere(page, newLogin())
    await heading(page, 'Your account')
    await press(page, 'Unlink Test provider')
    await page.getByRole('status').waitFor()
    expect(await provider(page).innerText()).toContain('Linked as')
  })
})

describe('an account', () => {
  test('is linked, signs in with the provider, and is unlinked', async ({ browse }) => {
    const page = await browse()
    const login = newLogin()
    const person = await registerPerson({ name: 'Grace Hopper' })
    await signInAtHome(page, person)
    await page.goto(`${world.postern}/account`)
    await press(page, 'Link Test provider')
    await signInThere(page, login)
    await words(page, 'The sign-in provider is linked.')
    expect(await provider(page).innerText()).toContain(`Linked as ${login}@upstream.example`)

    await press(page, 'Sign out')
    await page.getByRole('link', { name: 'Sign in again' }).click()
    // The provider knows this browser by now, and asks nothing.
    await press(page, 'Continue with Test provider')
    await heading(page, 'You are signed in')
    expect(await page.locator('.lead').innerText()).toBe('Signed in as Grace Hopper')

    await page.goto(`${world.postern}/account`)
    await press(page, 'Unlink Test provider')
    await words(page, 'The sign-in provider is unlinked.')
    expect(await provider(page).innerText()).toContain('Not linked')

    const elsewhere = await browse()
    await elsewhere.goto(world.postern)
    await press(elsewhere, 'Continue with Test provider')
    await signInThere(elsewhere, login)
    await heading(elsewhere, 'You are signed in')
    expect(await elsewhere.locator('.lead').innerText()).toBe(`Signed in as Upstream ${login}`)
  })

  test('cannot be linked to a person elsewhere whom another account has', async ({ browse }) => {
    const [page, other] = [await browse(), await browse()]
    const login = newLogin()
    await page.goto(world.postern)
    await press(page, 'Continue with Test provider')
    await signInThere(page, login)
    await signInAtHome(other, await registerPerson())
    await other.goto(`${world.postern}/account`)
    await press(other, 'Link Test provider')
    await signInThere(other, login)
    await heading(other, 'Signing in with Test provider did not work')
    await other.getByRole('link', { name: 'Back to your account' }).click()
    expect(await provider(other).innerText()).toContain('Not linked')
  })
})

/** Signs in on the provider's screens and consents. */
async function signInThere(page: Page, login: string): Promise<void> {
  await page.locator('input[name=login]').fill(login)
  await page.locator('input[name=password]').fill('any')
  await press(page, 'Sign-in')
  await press(page, 'Continue')
}
