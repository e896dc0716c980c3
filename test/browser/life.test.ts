// One person from the first page to the last, in one browser: an account, its address, a passkey, and the
// end of it all, which they take back.
import { expect } from 'vitest'
import { Authenticator } from './authenticator.ts'
import { heading, press, test, words } from './browser.ts'
import { codeFor } from './mail-box.ts'
import { world } from './world.ts'

test('a person signs up, adds a passkey, signs in by it, leaves, and comes back', async ({
  browse,
}) => {
  const page = await browse()
  const authenticator = await Authenticator.in(page)
  const address = `person-${crypto.randomUUID()}@mail.example`

  await page.goto(world.postern)
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.getByLabel('E-mail address').fill(address)
  await press(page, 'Continue')
  await heading(page, 'Check your mail')
  const signUpCode = await codeFor(address)
  await page.getByLabel('Code').fill(signUpCode)
  await press(page, 'Continue')
  await heading(page, 'Choose a password')
  await page.locator('[name=password]').fill('a password of their own')
  await press(page, 'Create account')
  await heading(page, 'You are signed in')

  await page.goto(`${world.postern}/account/email`)
  await page.locator('.hint', { hasText: 'confirmed' }).waitFor()
  await page.goto(`${world.postern}/account/passkeys`)
  await authenticator.setPresent(true)
  await press(page, 'Add a passkey')
  await words(page, 'The passkey is added.')
  await authenticator.setPresent(false)
  await press(page, 'Sign out')
  await heading(page, 'You are signed out')

  const signInByAutofill = async (): Promise<void> => {
    await authenticator.setPresent(true)
    await page.goto(world.postern)
  }
  await signInByAutofill()
  await heading(page, 'You are signed in')
  await authenticator.setPresent(false)

  await page.goto(`${world.postern}/account/delete`)
  await press(page, 'Send me a code by mail')
  await page.getByLabel('Code from the mail').fill(await codeFor(address, signUpCode))
  await press(page, 'Delete my account')
  await heading(page, 'Your account will be deleted')
  await page.goto(`${world.postern}/account`)
  await heading(page, 'Sign in')

  await signInByAutofill()
  await heading(page, 'Your account is about to be deleted')
  await press(page, 'Keep my account')
  await heading(page, 'You are signed in')
  await page.goto(`${world.postern}/account/passkeys`)
  await heading(page, 'Passkeys')
  expect(await authenticator.count()).toBe(1)
  await authenticator.remove()
})
