// A device without a browser, and its user with a telephone of 360 px.
import { describe, expect } from 'vitest'
import { heading, press, signIn, test } from './browser.ts'
import { registerPerson, startDevice, world } from './world.ts'

const phone = { viewport: { width: 360, height: 640 } }

describe('connecting a device', () => {
  test('by the code that it shows, typed in lower case without the dash', async ({ browse }) => {
    const page = await browse(phone)
    const { codes, poll } = await startDevice()
    await page.goto(codes.verification_uri)
    await signIn(page, await registerPerson())
    await heading(page, 'Connect a device')
    expect(await page.evaluate('document.activeElement.id')).toBe('user_code')
    await page.keyboard.type(codes.user_code.replace('-', '').toLowerCase())
    await page.keyboard.press('Enter')
    await heading(page, 'Connect this device?')
    const text = await page.locator('main').innerText()
    expect(text).toContain('Reading room terminal asks for access to your account')
    expect(text).toContain(codes.user_code)
    expect(text).toContain('Chrome on Android')
    expect(await poll()).toBe(400)
    await press(page, 'Allow')
    await heading(page, 'The device is connected')
    expect(await poll()).toBe(200)
  })

  test('by its link, which fills the code in and asks all the same', async ({ browse }) => {
    const page = await browse(phone)
    const { codes, poll } = await startDevice()
    await page.goto(codes.verification_uri_complete)
    await signIn(page, await registerPerson())
    await heading(page, 'Connect a device')
    expect(await page.getByLabel('Code').inputValue()).toBe(codes.user_code)
    await press(page, 'Continue')
    await press(page, 'Deny')
    await heading(page, 'The device was not connected')
    expect(await poll()).toBe(400)
  })

  test('in German, picked on the page, with what was typed kept', async ({ browse }) => {
    const page = await browse(phone)
    const { codes } = await startDevice()
    await page.goto(codes.verification_uri_complete)
    await signIn(page, await registerPerson())
    await page.getByRole('link', { name: 'Deutsch' }).click()
    await heading(page, 'Gerät verbinden')
    expect(await page.getByLabel('Code').inputValue()).toBe(codes.user_code)
    await press(page, 'Weiter')
    await heading(page, 'Dieses Gerät verbinden?')
  })

  test('gets an impatient double click to one answer, and back to the question', async ({
    browse,
  }) => {
    const page = await browse(phone)
    const { codes, poll } = await startDevice()
    await page.goto(codes.verification_uri_complete)
    await signIn(page, await registerPerson())
    await press(page, 'Continue')
    await heading(page, 'Connect this device?')
    await page.getByRole('button', { name: 'Allow' }).dblclick()
    await heading(page, 'The device is connected')
    await page.goto(`${world.postern}/device`)
    await page.getByLabel('Code').fill(codes.user_code)
    await press(page, 'Continue')
    await page.getByRole('alert').waitFor()
    expect(await poll()).toBe(200)
  })
})
