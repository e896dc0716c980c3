// A stranger at `npm start`: they sign up, come back by a code, and find the mails in its box.
import { describe, expect } from 'vitest'
import { heading, press, test } from './browser.ts'
import { readReceived, serveClientSite } from './client-site.ts'
import { examine } from './examine.ts'
import { codeFor } from './mail-box.ts'
import { authorizeUrl, registerClient, world } from './world.ts'

const site = serveClientSite()

describe('a stranger', () => {
  test('signs up on the way to an app, and signs in by a code later', async ({ browse }) => {
    const page = await browse()
    const address = `stranger-${crypto.randomUUID()}@mail.example`
    const client = await registerClient(`${site.origin}/callback`)
    await page.goto(authorizeUrl(client))
    await page.getByRole('link', { name: 'Create an account' }).click()
    await heading(page, 'Create an account')
    await examine(page, 'sign-up')
    await page.getByLabel('E-mail address').fill(address)
    await press(page, 'Continue')
    await heading(page, 'Check your mail')
    await examine(page, 'mail-sent')
    const signUpCode = await codeFor(address)
    await page.getByLabel('Code').fill(signUpCode)
    await press(page, 'Continue')
    await heading(page, 'Choose a password')
    await examine(page, 'new-account')
    await page.locator('[name=password]').fill('a password of their own')
    await press(page, 'Create account')
    await heading(page, 'Allow access?')
    await press(page, 'Allow')
    expect((await readReceived(page)).parameters).toMatchObject({ state: 'af0ifjsldkj' })

    const later = await browse()
    await later.goto(world.postern)
    await later.getByRole('link', { name: 'Sign in with a code by e-mail' }).click()
    await examine(later, 'code-request')
    await later.getByLabel('Username or e-mail').fill(address)
    await press(later, 'Send me a code')
    await heading(later, 'Check your mail')
    await later.getByLabel('Code').fill(await codeFor(address, signUpCode))
    await press(later, 'Continue')
    await heading(later, 'You are signed in')
  })
})
