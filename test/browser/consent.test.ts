// The consent page: what it tells, and that every answer counts once.
import { describe, expect } from 'vitest'
import { comeFrom, heading, press, requestTo, signIn, test } from './browser.ts'
import { readReceived, serveClientSite } from './client-site.ts'
import { ageScreen, authorizeUrl, registerClient, registerPerson, world } from './world.ts'

const site = serveClientSite()
const registerNotes = (metadata: object = {}) => registerClient(`${site.origin}/callback`, metadata)

describe('the consent page', () => {
  test('tells who asks, for what, for whom, and where one is sent', async ({ browse }) => {
    const page = await browse()
    const scope = 'openid profile email offline_access notes:read'
    const client = await registerNotes({ scope })
    await comeFrom(page, client, { scope })
    await heading(page, 'Allow access?')
    const text = await page.locator('main').innerText()
    expect(text).toContain('Analytical Notes asks for access to your account.')
    expect(await page.getByRole('listitem').allInnerTexts()).toEqual([
      'know which account is yours',
      'see your name and profile',
      'see your e-mail address',
      'keep its access while you are away, until you end it',
      'use notes:read',
    ])
    const { host } = new URL(site.origin)
    expect(text).toContain(`You will be sent to an app on this device (${host}).`)
    expect(text).toContain('Signed in as Ada Lovelace')
  })

  test('asks only for what the client may have', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes({ scope: 'openid email' })
    await comeFrom(page, client, { scope: 'openid email phone' })
    await heading(page, 'Allow access?')
    expect(await page.getByRole('listitem').allInnerTexts()).toEqual([
      'know which account is yours',
      'see your e-mail address',
    ])
  })

  test('takes no click in its first moment: it may be the second half of a double click', async ({
    browse,
  }) => {
    const page = await browse()
    const client = await registerNotes()
    await comeFrom(page, client)
    await heading(page, 'Allow access?')
    const box = await page.getByRole('button', { name: 'Allow' }).boundingBox()
    if (box === null) throw new Error('there is no button')
    const { href } = new URL(page.url())
    await page.reload({ waitUntil: 'commit' })
    await page.waitForSelector('button[value=allow]')
    for (let click = 0; click < 4; click++) {
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    }
    await page.waitForTimeout(300)
    expect(page.url()).toBe(href)
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback?code=**`)
  })

  test('in another tab goes on with what the first one was allowed', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerNotes())
    await heading(page, 'Allow access?')
    const second = await page.context().newPage()
    await second.goto(page.url())
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback?code=**`)
    await press(second, 'Allow')
    await second.waitForURL(`${site.origin}/callback?code=**`)
  })

  test('gets an impatient double click to the client', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerNotes())
    await page.getByRole('button', { name: 'Allow' }).dblclick()
    await page.waitForURL(`${site.origin}/callback?code=**`)
  })

  test('starts again with what was asked when it was left open too long', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerNotes(), { state: 'kept' })
    await heading(page, 'Allow access?')
    await ageScreen(page)
    await press(page, 'Allow')
    await heading(page, 'This page has expired')
    await page.getByRole('link', { name: 'Start again' }).click()
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback?code=**`)
    expect((await readReceived(page)).parameters).toMatchObject({ state: 'kept' })
  })

  test('lets people switch the account', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerNotes())
    const grace = await registerPerson({ name: 'Grace Hopper' })
    await press(page, 'Use another account')
    await signIn(page, grace)
    await heading(page, 'Allow access?')
    expect(await page.locator('.whoami').innerText()).toContain('Signed in as Grace Hopper')
  })

  test('counts only for the person it was shown to', async ({ browse }) => {
    const page = await browse()
    await comeFrom(page, await registerNotes())
    await heading(page, 'Allow access?')
    const second = await page.context().newPage()
    await second.goto(world.postern)
    await press(second, 'Sign out')
    await press(page, 'Allow')
    await heading(page, 'This page has expired')
  })
})

describe('a consent', () => {
  test('is remembered for a client whose answer nobody else can take', async ({ browse }) => {
    const page = await browse()
    const client = await registerClient('https://app.example/callback')
    await comeFrom(page, client)
    await requestTo(page, client.redirectUri, () => press(page, 'Allow'))
    const again = await page.context().newPage()
    const ask = () => again.goto(authorizeUrl(client)).catch(() => null)
    await requestTo(again, `${client.redirectUri}?code=`, ask)
  })

  test('is asked for again when the client wants more', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes()
    await comeFrom(page, client)
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback?code=**`)
    await page.goto(authorizeUrl(client, { scope: 'openid email' }))
    await heading(page, 'Allow access?')
  })

  test('is asked for again with prompt=consent', async ({ browse }) => {
    const page = await browse()
    const client = await registerNotes({ trusted: true })
    await comeFrom(page, client)
    await page.waitForURL(`${site.origin}/callback?code=**`)
    await page.goto(authorizeUrl(client, { prompt: 'consent' }))
    await heading(page, 'Allow access?')
  })
})
