// The console as administrators see it: every screen without barriers, at any width, in both colour
// schemes, and with the keyboard alone.
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { z } from 'zod'
import { heading, press, signIn, signInAtHome, test, words } from './browser.ts'
import { examine } from './examine.ts'
import { focused, tabStops } from './tab-stops.ts'
import { type Person, admin, registerClient, registerPerson, world } from './world.ts'

const registerAdministrator = () => registerPerson({ name: 'Grace Hopper', role: 'admin' })

const iPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

/** Opens a screen as a new administrator. */
async function openConsole(page: Page, path: string): Promise<void> {
  await page.goto(`${world.postern}/admin${path}`)
  await signIn(page, await registerAdministrator())
  await page.getByRole('navigation', { name: 'Console' }).waitFor()
  // A key that is pressed while the page is still being laid out may pass over parts of it.
  await page.waitForLoadState()
}

let somebody: Promise<Person> | undefined
const ada = (): Promise<Person> => (somebody ??= registerPerson({ role: 'reader' }))

const unused = 'https://unused.example/'

let registered: Promise<string> | undefined
const notes = (): Promise<string> => (registered ??= registerClient(unused).then(({ id }) => id))

/** Imports a person, and a row that is wrong; returns the id of the import. */
async function importSomebody(): Promise<string> {
  const begun = await admin('POST', '/imports', { source: 'csv', source_id: 'students' })
  const { id } = z.looseObject({ id: z.string() }).parse(begun)
  const name = `student-${crypto.randomUUID()}`
  const rows = [
    { line: 2, external_id: name, username: name },
    { line: 3, external_id: 'x', username: 'student', email: 'nonsense' },
  ]
  const answer = await fetch(`${world.postern}/admin/v1/imports/${id}/chunks/1`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${world.adminToken}`,
      'content-type': 'application/x-ndjson',
    },
    body: rows.map((row) => JSON.stringify(row)).join('\n'),
  })
  expect(answer.status).toBe(200)
  return id
}

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
  events: (page) => openConsole(page, '/events'),
  'events-none-found': (page) => openConsole(page, '/events?user=nobody-has-this-name'),
  clients: async (page) => {
    await notes()
    await registerClient(unused, { client_name: 'W'.repeat(200), disabled: true })
    await openConsole(page, '/clients')
  },
  'clients-none-found': (page) => openConsole(page, '/clients?q=nothing-has-this-name'),
  client: async (page) => openConsole(page, `/clients/${await notes()}`),
  'client-new-refused': async (page) => {
    await openConsole(page, '/clients/new')
    await page.getByLabel('Name').fill('Analytical Notes')
    await press(page, 'Create client')
    await page.getByRole('alert').waitFor()
  },
  'client-edit': async (page) => openConsole(page, `/clients/${await notes()}/edit`),
  'client-secret': async (page) => {
    await openConsole(page, `/clients/${await notes()}/secret`)
    await press(page, 'New secret')
    await page.getByText('Copy it now').waitFor()
  },
  'client-delete': async (page) => openConsole(page, `/clients/${await notes()}/delete`),
  providers: (page) => openConsole(page, '/providers'),
  provider: async (page) => {
    // Disabled: the pages of the other tests, which run beside, list the providers.
    const facts = {
      label: 'The university',
      issuer: 'https://login.university.example',
      disabled: true,
    }
    const id = `p-${crypto.randomUUID().slice(0, 8)}`
    await admin('POST', '/providers', { ...facts, id, client_id: 'postern', client_secret: 'x' })
    await openConsole(page, `/providers/${id}`)
  },
  'provider-new': (page) => openConsole(page, '/providers/new'),
  keys: (page) => openConsole(page, '/keys'),
  'keys-rotate': (page) => openConsole(page, '/keys/rotate'),
  'key-withdraw': async (page) => {
    await openConsole(page, '/keys')
    await page.getByRole('link', { name: 'Withdraw' }).first().click()
    await page.getByRole('button', { name: 'Withdraw' }).waitFor()
  },
  'tokens-none': (page) => openConsole(page, '/registration-tokens'),
  'token-new': (page) => openConsole(page, '/tokens/new'),
  'token-made': async (page) => {
    await openConsole(page, '/tokens/new')
    await page.getByLabel('Name').fill('Nightly import')
    await page.getByLabel('Change users').check()
    await press(page, 'Create admin token')
    await page.getByText('Copy it now').waitFor()
  },
  tokens: async (page) => {
    await admin('POST', '/tokens', { name: 'Metrics', scope: 'read' })
    await openConsole(page, '/tokens')
  },
  'registration-token-new': (page) => openConsole(page, '/registration-tokens/new'),
  'imports-none': (page) => openConsole(page, '/imports'),
  import: async (page) => {
    await importSomebody()
    await openConsole(page, '/imports')
    await page.getByRole('link', { name: 'students' }).first().click()
    await heading(page, 'students')
  },
  'import-undo': async (page) => openConsole(page, `/imports/${await importSomebody()}/undo`),
  settings: (page) => openConsole(page, '/settings'),
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

describe('with the keyboard alone', () => {
  const navigation = [
    'Skip to content',
    ...['Overview', 'Users', 'Clients', 'Events', 'Providers', 'Keys', 'Tokens', 'Imports'],
    ...['Settings', 'Grace Hopper', 'Sign out'],
  ]

  test('everything is reached in the order of reading', async ({ browse }) => {
    const page = await browse()
    const person = await registerPerson({ role: 'reader' })
    await openConsole(page, `/users/${person.id}`)
    expect(await tabStops(page)).toEqual([
      ...navigation,
      '‹ Users',
      'Edit',
      'Unlock',
      'Reset password',
      'Sign out everywhere',
      'Disable',
      'Delete',
    ])
    await page.goto(`${world.postern}/admin/users?q=${person.username}`)
    expect(await tabStops(page)).toEqual([
      ...navigation,
      'Invite user',
      'Create user',
      'Username or e-mail begins with',
      'Role',
      'State',
      'Not signed in for',
      'Search',
      'Ada Lovelace',
      'reader',
    ])
  })

  test('every part of the console is reached in a narrow window, too', async ({ browse }) => {
    const page = await browse({ viewport: { width: 360, height: 640 } })
    await openConsole(page, '/keys')
    expect((await tabStops(page)).toSorted()).toEqual(expect.arrayContaining(navigation.toSorted()))
  })

  test('an administrator skips to the content, finds somebody and deletes the account', async ({
    browse,
  }) => {
    const page = await browse()
    const person = await registerPerson({ name: 'Charles Babbage' })
    await openConsole(page, '/users')
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Skip to content')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Username or e-mail begins with')
    await page.keyboard.type(person.username)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/admin/users?q=*')
    await tabTo(page, 'Charles Babbage')
    await page.keyboard.press('Enter')
    await heading(page, 'Charles Babbage')
    await tabTo(page, 'Delete')
    await page.keyboard.press('Enter')
    await heading(page, 'Delete: Charles Babbage')
    await tabTo(page, `Type ${person.username} to confirm`)
    await page.keyboard.type(person.username)
    await page.keyboard.press('Enter')
    await words(page, 'Deleted.')
  })
})

describe('a new client', () => {
  test('is made with the keyboard alone, and its secret is read where it is shown', async ({
    browse,
  }) => {
    const page = await browse()
    await openConsole(page, '/clients')
    await tabTo(page, 'Create client')
    await page.keyboard.press('Enter')
    await heading(page, 'Create client')
    await tabTo(page, 'Kind')
    await page.keyboard.type('Service')
    await tabTo(page, 'Name')
    await page.keyboard.type('Nightly report')
    await page.keyboard.press('Enter')
    await heading(page, 'Nightly report')
    await tabTo(page, 'The secret of Nightly report')
    await page.reload()
    await heading(page, 'This form was sent before')
  })
})

describe('what an administrator ends', () => {
  test('signs the phone of the user out at its next step, and back and reload are safe', async ({
    browse,
  }) => {
    const person = await registerPerson({ name: 'Mary Somerville' })
    const phone = await browse({ userAgent: iPhone })
    await signInAtHome(phone, person)
    const page = await browse()
    await openConsole(page, `/users/${person.id}`)
    await press(page, 'End Safari on iPhone')
    await words(page, 'Ended.')
    await page.reload()
    await page.getByText('No browser is signed in.').waitFor()
    await phone.reload()
    await heading(phone, 'Sign in')
    await page.getByRole('link', { name: 'Disable' }).click()
    await press(page, 'Disable')
    await words(page, 'Disabled.')
    await page.goBack()
    await page.goBack()
    await page.reload()
    await press(page, 'Enable')
    await words(page, 'Enabled.')
    await signInAtHome(phone, person)
  })

  test('needs a click that is not the second half of the one before', async ({ browse }) => {
    const person = await registerPerson()
    const page = await browse()
    await openConsole(page, `/users/${person.id}/disable`)
    const animation = await page.evaluate<string>(
      "getComputedStyle(document.querySelector('main form button')).animationName",
    )
    expect(animation).toBe('arm')
  })
})

/** Presses Tab until what has this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let stops = 0; stops < 60; stops++) {
    if ((await focused(page)) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard does not reach ${name}`)
}
