// A stranger at `npm start`: they sign up, come back by a code, and find the mails in its box.
import { describe, expect } from 'vitest'
import { z } from 'zod'
import { heading, press, test } from './browser.ts'
import { readReceived, serveClientSite } from './client-site.ts'
import { examine } from './examine.ts'
import { authorizeUrl, registerClient, world } from './world.ts'

const site = serveClientSite()

const mails = z.array(z.looseObject({ to: z.unknown(), text: z.string() }))

/** The code of the newest mail to an address, once one has arrived with another code than `before`. */
async function codeFor(address: string, before = ''): Promise<string> {
  const { port } = new URL(world.postern)
  for (let round = 0; round < 100; round++) {
    const response = await fetch(`http://localhost:${Number(port) + 1}/messages`)
    const mail = mails
      .parse(await response.json())
      .find(({ to }) => JSON.stringify(to).includes(address))
    const code = /(\d{4}) (\d{4})/.exec(mail?.text ?? '')
    if (code !== null && code[0] !== before) return code[0]
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`no mail to ${address} has arrived`)
}

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
