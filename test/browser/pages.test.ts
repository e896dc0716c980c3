// Every page as people see it: without barriers (axe-core, WCAG 2.2 AA), at any width, in both
// colour schemes; and its pictures for somebody to look at. The pages come from the running server
// where a browser can get to them, the others from the samples that the tests of pages have.
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { defaultAccent } from '../../src/pages/accent.ts'
import { icon } from '../../src/pages/mark.tsx'
import { stylesheet } from '../../src/pages/stylesheet.ts'
import { textsIn } from '../../src/pages/texts.ts'
import { filledWith, frameIn, samples } from '../pages/samples.ts'
import { comeFrom, heading, press, signIn, signInAtHome, test } from './browser.ts'
import { serveClientSite } from './client-site.ts'
import { examine, expectReflow } from './examine.ts'
import { lengthen } from './pseudo-language.ts'
import {
  admin,
  ageScreen,
  authorizeUrl,
  registerClient,
  registerPerson,
  startDevice,
  world,
} from './world.ts'

const site = serveClientSite()
const scope = 'openid profile email offline_access'
const registerNotes = (metadata: object = {}) =>
  registerClient(`${site.origin}/callback`, { scope, ...metadata })

/** Follows the link of a device and signs in, to the question about it. */
async function askAboutDevice(page: Page): Promise<void> {
  const { codes } = await startDevice()
  await page.goto(codes.verification_uri_complete)
  await signIn(page, await registerPerson())
  await heading(page, 'Connect a device')
  await press(page, 'Continue')
  await heading(page, 'Connect this device?')
}

/** Follows a link for a new password, and returns it. */
async function openResetLink(page: Page): Promise<string> {
  const { id } = await registerPerson()
  const link = String(Object(await admin('POST', `/users/${id}/reset`)).link)
  await page.goto(link)
  await heading(page, 'Choose a new password')
  return link
}

/** Sets a password where a link has led to, or else by a new link. */
async function setPassword(page: Page): Promise<void> {
  if (!page.url().includes('/mail/reset')) await openResetLink(page)
  await page.getByLabel('New password').fill('a new pass phrase')
  await press(page, 'Set password')
  await heading(page, 'Your new password is set')
}

/** How to get to a page of the running server, by the name of its sample. */
const walks: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  login: async (page) => page.goto(authorizeUrl(await registerNotes())),
  'login-plain': (page) => page.goto(world.postern),
  'login-refused': async (page) => {
    await page.goto(authorizeUrl(await registerNotes()))
    await signIn(page, { username: 'ada', password: 'wrong' })
    await page.getByRole('alert').waitFor()
  },
  'login-confirms': async (page) => {
    await signInAtHome(page, await registerPerson())
    await page.goto(authorizeUrl(await registerNotes(), { prompt: 'login' }))
  },
  consent: async (page) => {
    await comeFrom(page, await registerNotes(), { scope })
    await heading(page, 'Allow access?')
  },
  'select-account': async (page) => {
    await signInAtHome(page, await registerPerson())
    await page.goto(authorizeUrl(await registerNotes(), { prompt: 'select_account' }))
  },
  home: async (page) => signInAtHome(page, await registerPerson()),
  'home-apps': async (page) => {
    await comeFrom(page, await registerNotes({ client_uri: 'https://notes.example/' }))
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback?**`)
    await page.goto(world.postern)
    await page.getByRole('link', { name: 'Analytical Notes' }).waitFor()
  },
  account: async (page) => {
    await comeFrom(page, await registerNotes(), { scope }, await registerPerson())
    await press(page, 'Allow')
    await page.waitForURL(`${site.origin}/callback?**`)
    await page.goto(`${world.postern}/account`)
  },
  'account-refused': async (page) => {
    await signInAtHome(page, await registerPerson())
    await page.goto(`${world.postern}/account`)
    await page.getByLabel('Current password').fill('wrong')
    await page.getByLabel('New password').fill('a new pass phrase')
    await press(page, 'Change password')
    await page.getByRole('alert').waitFor()
  },
  device: async (page) => {
    await page.goto(`${world.postern}/device`)
    await signIn(page, await registerPerson())
    await heading(page, 'Connect a device')
  },
  'device-refused': async (page) => {
    await page.goto(`${world.postern}/device`)
    await signIn(page, await registerPerson())
    await page.getByLabel('Code').fill('BBBB-BBBB')
    await press(page, 'Continue')
    await page.getByRole('alert').waitFor()
  },
  'device-confirmation': (page) => askAboutDevice(page),
  'device-allowed': async (page) => {
    await askAboutDevice(page)
    await press(page, 'Allow')
    await heading(page, 'The device is connected')
  },
  'device-denied': async (page) => {
    await askAboutDevice(page)
    await press(page, 'Deny')
    await heading(page, 'The device was not connected')
  },
  'password-reset': (page) => openResetLink(page),
  'password-reset-refused': async (page) => {
    await openResetLink(page)
    // The browser itself would refuse seven characters.
    await page.getByLabel('New password').fill('x'.repeat(1025))
    await press(page, 'Set password')
    await page.getByRole('alert').waitFor()
  },
  'password-set': (page) => setPassword(page),
  'error-deadLink': async (page) => {
    const link = await openResetLink(page)
    await setPassword(page)
    await page.goto(link)
    await heading(page, 'This link no longer works')
  },
  logout: async (page) => {
    await signInAtHome(page, await registerPerson())
    await page.goto(`${world.postern}/oauth2/logout?client_id=${(await registerNotes()).id}`)
  },
  'signed-out': async (page) => {
    await signInAtHome(page, await registerPerson())
    await press(page, 'Sign out')
    await heading(page, 'You are signed out')
  },
  // The client's server is busy: without an answer, the browser stays on the page.
  'form-post': async (page) => {
    const client = await registerClient('https://app.example/callback', { trusted: true })
    await page.route('https://app.example/**', (route) => route.fulfill({ status: 204 }))
    await comeFrom(page, client, { response_mode: 'form_post' })
    await page.getByRole('heading', { name: 'Taking you back' }).waitFor()
  },
  'error-expired': async (page) => {
    await page.goto(authorizeUrl(await registerNotes({ client_uri: 'https://notes.example/' })))
    await ageScreen(page)
    await page.reload()
    await page.getByRole('link', { name: 'Go to Analytical Notes' }).waitFor()
  },
  'error-forgery': async (page) => {
    await page.goto(world.postern)
    await page.context().clearCookies()
    await signIn(page, { username: 'ada', password: 'wrong' })
    await heading(page, 'Please try that again')
  },
  'error-redirectUri': async (page) =>
    page.goto(authorizeUrl({ ...(await registerNotes()), redirectUri: 'https://evil.example/' })),
  'error-unknownClient': (page) => page.goto(authorizeUrl({ id: 'nobody', redirectUri: '/' })),
  'error-invalidRequest': (page) => page.goto(`${world.postern}/oauth2/authorize?scope=a&scope=b`),
  'error-notFound': (page) => page.goto(`${world.postern}/nothing`),
}

describe('of the running server', () => {
  for (const [name, walk] of Object.entries(walks)) {
    test(`the page ${name} has no barriers`, async ({ browse }) => {
      const page = await browse({ reducedMotion: 'reduce' })
      await walk(page)
      await examine(page, name)
    })
  }
})

test('the page about the admin interface has no barriers, and an anchor leads to its place', async ({
  browse,
}) => {
  const page = await browse({ reducedMotion: 'reduce' })
  await page.goto(`${world.postern}/admin/v1/docs`)
  await page.getByRole('link', { name: 'createUser', exact: true }).click()
  const place = await page.getByRole('heading', { name: 'createUser', exact: true }).boundingBox()
  expect(place?.y).toBeLessThan(100)
  await examine(page, 'admin-docs', { isLong: true })
})

describe.each([
  [360, 640],
  [1366, 640],
])('in a window of %d by %d', (width, height) => {
  test('U09: the fields stand above the keyboard, and Allow is seen without scrolling', async ({
    browse,
  }) => {
    const page = await browse()
    await page.setViewportSize({ width, height })
    const client = await registerNotes()
    await page.goto(authorizeUrl(client, { scope }))
    const field = await page.getByLabel('Username or e-mail').boundingBox()
    await comeFrom(page, client, { scope })
    await heading(page, 'Allow access?')
    const allow = await page.getByRole('button', { name: 'Allow' }).boundingBox()
    expect({
      field: (field?.y ?? height) < 180,
      allow: (allow?.y ?? height) + (allow?.height ?? 0) < height,
    }).toEqual({ field: true, allow: true })
  })
})

describe('of the samples', () => {
  for (const [name, render] of Object.entries(samples)) {
    if (name in walks) continue
    test(`the page ${name} has no barriers`, async ({ browse }) => {
      const page = await browse({ reducedMotion: 'reduce' })
      await showSample(page, render(frameIn('en')))
      await examine(page, name)
    })
  }

  test('U11: every page in a language that is a third longer is whole at 360 px', async ({
    browse,
  }) => {
    const page = await browse()
    const shorten = lengthen(textsIn('en'))
    try {
      for (const [name, render] of Object.entries(samples)) {
        await showSample(page, render(frameIn('en')))
        await page.setViewportSize({ width: 360, height: 640 })
        const path = join(world.screenshots, `pseudo-${name}-360.png`)
        await page.screenshot({ path, fullPage: true })
        expect(await cutOff(page), name).toEqual([])
      }
    } finally {
      shorten()
    }
  })

  test('U11: every page is whole at 360 px with text of twice the size', async ({ browse }) => {
    const page = await browse({ viewport: { width: 360, height: 640 } })
    for (const [name, render] of Object.entries(samples)) {
      await showSample(page, render(frameIn('en')))
      await page.addStyleTag({ content: 'html{font-size:200%}' })
      const width = await page.evaluate<number>('document.documentElement.scrollWidth')
      expect(width, name).toBeLessThanOrEqual(360)
    }
  })

  test('every page in forced colours shows its buttons by an edge', async ({ browse }) => {
    const page = await browse({ forcedColors: 'active' })
    for (const [name, render] of Object.entries(samples)) {
      await showSample(page, render(frameIn('en')))
      const path = join(world.screenshots, `forced-${name}.png`)
      await page.screenshot({ path, fullPage: true })
      expect(await withoutEdge(page), name).toEqual([])
    }
  })

  test('every page in German fits into 320 px', async ({ browse }) => {
    const page = await browse()
    for (const [name, render] of Object.entries(samples)) {
      await showSample(page, render(frameIn('de')))
      await expectReflow(page, name)
    }
  })

  test.for(['W'.repeat(300), 'ﷺ'.repeat(60), `${'名'.repeat(100)} ${'a-'.repeat(100)}`])(
    'every page fits into 320 px when strangers fill it with %j',
    async (text, { browse }) => {
      const page = await browse()
      for (const [name, render] of Object.entries(filledWith(text))) {
        await showSample(page, render(frameIn('en')))
        await expectReflow(page, name)
      }
    },
  )
})

/** The texts that do not fit into their elements, or stand outside the window. */
const cutOff = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`[...document.querySelectorAll('body *')]
    .filter((element) => {
      const hasText = [...element.childNodes].some(({ data }) => data?.trim())
      if (!hasText || element.closest('.unseen') || !element.checkVisibility()) return false
      const { left, right } = element.getBoundingClientRect()
      const { clientWidth, scrollWidth } = element
      return left < 0 || right > innerWidth || (clientWidth > 0 && scrollWidth > clientWidth + 1)
    })
    .map((element) => element.outerHTML.slice(0, 100))`)

/** The buttons that only a background tells from the page, which forced colours take away. */
const withoutEdge = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`[...document.querySelectorAll('button:not(.link), .button')]
    .filter((button) => {
      const { borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(button)
      return borderTopWidth === '0px' || borderTopColor === backgroundColor
    })
    .map((button) => button.outerHTML.slice(0, 100))`)

// Nobody listens there; the pages are put in on their way.
const samplesOrigin = 'http://localhost:1'

/** Shows a rendered page with the stylesheet of all pages. */
async function showSample(page: Page, html: string): Promise<void> {
  const files: Record<string, { contentType: string; body: string }> = {
    '/': { contentType: 'text/html; charset=utf-8', body: html },
    '/postern.css': { contentType: 'text/css', body: stylesheet(defaultAccent) },
    '/icon.svg': { contentType: 'image/svg+xml', body: icon(defaultAccent) },
  }
  await page.unrouteAll()
  await page.route(`${samplesOrigin}/**`, (route) =>
    route.fulfill(files[new URL(route.request().url()).pathname] ?? { status: 404 }),
  )
  await page.goto(samplesOrigin)
}
