// Passkeys in a real browser, with an authenticator that Chromium plays itself.
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { Authenticator } from './authenticator.ts'
import { heading, press, signIn, signInAtHome, test, words } from './browser.ts'
import { examine } from './examine.ts'
import { type Person, admin, registerPerson, world } from './world.ts'

const button = 'Sign in with a passkey'

/** Signs in by password, takes the offer of a passkey, and signs out. */
async function takeOffer(page: Page, authenticator: Authenticator, person: Person): Promise<void> {
  await page.goto(world.postern)
  await page.locator('input[name=webauthn][value="1"]').waitFor({ state: 'attached' })
  await signIn(page, person)
  await heading(page, 'Sign in faster next time')
  await authenticator.setPresent(true)
  await press(page, 'Add a passkey')
  await heading(page, 'You are signed in')
  await authenticator.setPresent(false)
  await press(page, 'Sign out')
  await heading(page, 'You are signed out')
}

test('a passkey is offered after a password, and signs in by the button', async ({ browse }) => {
  const page = await browse()
  const authenticator = await Authenticator.in(page)
  const person = await registerPerson()
  await takeOffer(page, authenticator, person)
  await page.goto(world.postern)
  await page.getByRole('button', { name: button }).waitFor()
  await authenticator.setPresent(true)
  await press(page, button)
  await heading(page, 'You are signed in')
  await authenticator.remove()
})

test('a passkey signs in without a button, where the browser suggests it', async ({ browse }) => {
  const page = await browse()
  const authenticator = await Authenticator.in(page)
  await takeOffer(page, authenticator, await registerPerson())
  await authenticator.setPresent(true)
  await page.goto(world.postern)
  await heading(page, 'You are signed in')
  await authenticator.remove()
})

test('the offer can be declined, and its page has no barriers', async ({ browse }) => {
  const page = await browse()
  const authenticator = await Authenticator.in(page)
  const person = await registerPerson()
  await page.goto(world.postern)
  await page.locator('input[name=webauthn][value="1"]').waitFor({ state: 'attached' })
  await signIn(page, person)
  await heading(page, 'Sign in faster next time')
  await examine(page, 'passkey-offer')
  await press(page, 'Not now')
  await heading(page, 'You are signed in')
  expect(await authenticator.count()).toBe(0)
  await authenticator.remove()
})

test('P14: a device that does not verify its owner signs nobody in', async ({ browse }) => {
  const page = await browse()
  const authenticator = await Authenticator.in(page)
  await takeOffer(page, authenticator, await registerPerson())
  await authenticator.setUserVerified(false)
  await page.goto(world.postern)
  await page.getByRole('button', { name: button }).waitFor()
  await authenticator.setPresent(true)
  await press(page, button)
  await page.waitForTimeout(500)
  await heading(page, 'Sign in')
  await authenticator.remove()
})

test('P18: a passkey that the operator removed is refused, and the browser forgets it', async ({
  browse,
}) => {
  const page = await browse()
  const authenticator = await Authenticator.in(page)
  const person = await registerPerson()
  await takeOffer(page, authenticator, person)
  expect(await authenticator.count()).toBe(1)
  await admin('DELETE', `/users/${person.id}/second-factors`)
  await page.goto(world.postern)
  await page.getByRole('button', { name: button }).waitFor()
  await authenticator.setPresent(true)
  await press(page, button)
  await words(page, 'This passkey did not work.')
  await expect.poll(() => authenticator.count()).toBe(0)
  await authenticator.remove()
})

test('the page of the passkeys adds, names and removes them', async ({ browse }) => {
  const page = await browse()
  const person = await registerPerson()
  await signInAtHome(page, person)
  const authenticator = await Authenticator.in(page)
  await page.goto(`${world.postern}/account/passkeys`)
  await heading(page, 'Passkeys')
  await authenticator.setPresent(true)
  await press(page, 'Add a passkey')
  await words(page, 'The passkey is added.')
  expect(await authenticator.count()).toBe(1)
  await press(page, 'Add a passkey')
  await words(page, 'This device already has a passkey for your account.')
  await page.getByRole('link', { name: 'Rename' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('My laptop')
  await page.locator('button[name=rename]').click()
  await words(page, 'My laptop')
  await examine(page, 'passkeys')
  await page.locator('button[name=remove]').click()
  await words(page, 'You have no passkey yet.')
  await expect.poll(() => authenticator.count()).toBe(0)
  await authenticator.remove()
})
