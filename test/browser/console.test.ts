// The console as administrators see it: every screen without barriers, at any width, in both colour
// schemes, and with the keyboard alone.
import type { Page } from 'playwright-core'
import { describe } from 'vitest'
import { press, signIn, signInAtHome, test } from './browser.ts'
import { examine } from './examine.ts'
import { type Person, registerPerson, world } from './world.ts'

const registerAdministrator = () => registerPerson({ name: 'Grace Hopper', role: 'admin' })

const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

/** Opens a screen as a new administrator. */
async function openConsole(page: Page, path: string): Promise<void> {
  await page.goto(`${world.postern}/admin${path}`)
  await signIn(page, await registerAdministrator())
  await page.getByRole('navigation', { name: 'Console' }).waitFor()
}

let somebody: Promise<Person> | undefined
const ada = (): Promise<Person> => (somebody ??= registerPerson({ role: 'reader' }))

/** How to get to a screen. */
const walks: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  overview: (page) => openConsole(page, ''),
  users: async (page) => {
    await ada()
    await registerPerson({ name: 'علي‮ <script>alert(1)</script>', disabled: true })
    await registerPerson({ name: 'W'.repeat(200) })
    await openConsole(page, '/users')
  },
  'users-none-found': (page) => openConsole(page, '/users?q=nobody-has-this-name'),
  user: async (page) => openConsole(page, `/users/${(await ada()).id}`),
  'user-new': (page) => openConsole(page, '/users/new'),
  'user-new-refused': async (page) => {
    await openConsole(page, '/users/new')
    await page.getByLabel('Username').fill((await ada()).username)
    await page.getByLabel('Password').fill('short')
    await press(page, 'Create user')
    await page.getByRole('alert').waitFor()
  },
  'user-edit': async (page) => openConsole(page, `/users/${(await ada()).id}/edit`),
  'user-reset': async (page) => {
    const { id } = await registerPerson()
    await openConsole(page, `/users/${id}/reset`)
    await press(page, 'Reset password')
    await page.getByText('Copy it now').waitFor()
  },
  'user-disable': async (page) => openConsole(page, `/users/${(await ada()).id}/disable`),
  'user-delete': async (page) => openConsole(page, `/users/${(await ada()).id}/delete`),
  'not-found': (page) => openConsole(page, '/users/999999999'),
}

describe('every screen', () => {
  for (const [name, walk] of Object.entries(walks)) {
    test(`the screen ${name} has no barriers`, async ({ browse }) => {
      const phone = await browse({ userAgent: iPhone })
      if (name === 'user') await signInAtHome(phone, await ada())
      const page = await browse({ reducedMotion: 'reduce' })
      await walk(page)
      await examine(page, `console-${name}`)
    })
  }
})
