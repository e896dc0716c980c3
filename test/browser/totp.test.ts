// The authenticator app, as a person with a phone uses it: the picture is read by a reader of QR codes,
// the codes are those of another implementation.
import jsQR from 'jsqr'
import * as OTPAuth from 'otpauth'
import type { Page } from 'playwright-core'
import { PNG } from 'pngjs'
import { describe, expect } from 'vitest'
import { heading, press, signIn, signInAtHome, test } from './browser.ts'
import { examine } from './examine.ts'
import { registerPerson, world } from './world.ts'

/** Reads the picture on a page as a phone does. */
async function scan(page: Page): Promise<OTPAuth.TOTP> {
  const { data, width, height } = PNG.sync.read(await page.screenshot({ fullPage: true }))
  const found = jsQR(new Uint8ClampedArray(data), width, height)
  if (found === null) throw new Error('there is no QR code to read')
  const app = OTPAuth.URI.parse(found.data)
  if (!(app instanceof OTPAuth.TOTP)) throw new Error('not a TOTP')
  return app
}

/** The code that the app shows `steps` time steps from now. */
const codeOf = (app: OTPAuth.TOTP, steps = 0): string =>
  app.generate({ timestamp: Date.now() + steps * 30_000 })

async function signOut(page: Page): Promise<void> {
  await page.goto(world.postern)
  await press(page, 'Sign out')
  await page.goto(world.postern)
}

describe('an authenticator app', () => {
  test('is set up from the picture, signs in, and is replaced by a recovery code', async ({
    browse,
  }) => {
    const [page, phone] = [await browse(), await browse()]
    const person = await registerPerson()
    await signInAtHome(page, person)
    await page.goto(`${world.postern}/account/totp`)
    await examine(page, 'totp-set-up')
    const app = await scan(page)
    expect({ issuer: app.issuer, label: app.label }).toEqual({
      issuer: 'Postern',
      label: person.username,
    })
    await page.getByLabel('Code').fill(codeOf(app, -1))
    await press(page, 'Turn on')
    expect(await page.getByRole('status').innerText()).toContain('is set up')

    await page.goto(`${world.postern}/account/recovery-codes`)
    await press(page, 'Create new codes')
    await heading(page, 'Your recovery codes')
    await examine(page, 'recovery-codes')
    const codes = await page.locator('.codes code').allInnerTexts()
    expect(codes).toHaveLength(10)

    await signOut(page)
    await signIn(page, person)
    await heading(page, 'Enter your code')
    await examine(page, 'second-factor')
    await page.getByLabel('Code').fill(codeOf(app))
    await page.getByLabel('Do not ask in this browser for 30 days').check()
    await press(page, 'Continue')
    await heading(page, 'You are signed in')

    await signOut(page)
    await signIn(page, person)
    await heading(page, 'You are signed in')

    await phone.goto(world.postern)
    await signIn(phone, person)
    await phone.getByRole('link', { name: 'I do not have the app at hand' }).click()
    await phone.getByLabel('Recovery code').fill(codes[0] ?? '')
    await press(phone, 'Continue')
    await heading(phone, 'You are signed in')
    await phone.goto(`${world.postern}/account/recovery-codes`)
    expect(await phone.locator('main').innerText()).toContain('You have 9 recovery codes left.')
  })
})
