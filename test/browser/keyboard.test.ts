// Everything with the keyboard alone, and the focus to be seen on each step (WCAG 2.2, 2.1.1, 2.4.3,
// 2.4.7).
import { expect } from 'vitest'
import { heading, test } from './browser.ts'
import { serveClientSite } from './client-site.ts'
import { focused, tabStops, waitForFocus } from './tab-stops.ts'
import { authorizeUrl, registerClient, registerPerson, world } from './world.ts'

const site = serveClientSite()

const languages = ['English', 'Deutsch']

test('somebody signs in and allows access with the keyboard alone', async ({ browse }) => {
  const page = await browse()
  const { username, password } = await registerPerson()
  await page.goto(authorizeUrl(await registerClient(`${site.origin}/callback`)))
  await waitForFocus(page, 'Username or e-mail')
  await page.keyboard.type(username)
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Password')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await heading(page, 'Allow access?')
  expect(await tabStops(page)).toEqual(['Allow', 'Deny', 'Use another account', ...languages])
  await page.reload()
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Allow')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${site.origin}/callback?code=**`)
})

test('the keyboard reaches everything on the account page, in the order of reading', async ({
  browse,
}) => {
  const page = await browse()
  const { username, password } = await registerPerson()
  await page.goto(`${world.postern}/account`)
  await waitForFocus(page, 'Username or e-mail')
  await page.keyboard.type(username)
  await page.keyboard.press('Tab')
  await page.keyboard.type(password)
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Show password')
  await page.keyboard.press('Tab')
  expect(await focused(page)).toBe('Sign in')
  await page.keyboard.press('Space')
  await heading(page, 'Your account')
  expect(await tabStops(page)).toEqual([
    'Sign out',
    'Profile',
    'E-mail address',
    'Language',
    'Password',
    'Passkeys',
    'Authenticator app',
    'Recovery codes',
    'Browsers',
    'Apps and devices',
    'Your data',
    'Delete account',
    'Sign out Chrome on Linux',
    'Sign out everywhere else',
    'Link Test provider',
    'Current password',
    'Show password',
    'New password',
    'Show password',
    'Change password',
    ...languages,
  ])
})
