// Browsers for tests: each a fresh profile of the one Chromium, watched for everything that a page
// should never make it say.
import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { expect, test as base } from 'vitest'
import { authorizeUrl, type Person, registerPerson, type RegisteredClient, world } from './world.ts'

/** Opens a page in a browser of its own, in which nobody is signed in. */
export type Browse = (options?: BrowserContextOptions) => Promise<Page>

export const test = base
  .extend('chromiumBrowser', { scope: 'file' }, async ({}, { onCleanup }) => {
    const browser = await chromium.connect(world.chromium)
    onCleanup(() => browser.close())
    return browser
  })
  // What the pages made the browser say. A test that means it to takes it out; none may be left.
  .extend('complaints', (): string[] => [])
  .extend('browse', async ({ chromiumBrowser, complaints }, { onCleanup }): Promise<Browse> => {
    if (Date.now() > world.deadline) throw new Error('No time was left for this test')
    const contexts: BrowserContext[] = []
    onCleanup(async () => {
      for (const context of contexts) await context.close()
      expect(complaints).toEqual([])
    })
    return async (options) => {
      const context = await chromiumBrowser.newContext({ locale: 'en-US', ...options })
      contexts.push(context)
      context.setDefaultTimeout(10_000)
      context.on('page', (page) => watch(page, complaints))
      return context.newPage()
    }
  })

function watch(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`error in ${page.url()}: ${error.message}`))
  page.on('console', (message) => {
    // A page that refuses has the status of a refusal, of which the console tells, too.
    if (message.text().startsWith('Failed to load resource')) return
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(`console of ${page.url()}: ${message.text()}`)
    }
  })
  page.on('response', (response) => {
    const request = response.request()
    const isPart = ['stylesheet', 'image', 'script', 'font'].includes(request.resourceType())
    if (response.status() >= (isPart ? 400 : 500)) {
      complaints.push(`${response.status()} ${request.method()} ${response.url()}`)
    }
  })
}

/** Fills in and posts the sign-in page that is shown. */
export async function signIn(page: Page, { username, password }: Omit<Person, 'id' | 'name'>) {
  await page.getByLabel('Username or e-mail').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Signs in without being on the way to a client. */
export async function signInAtHome(page: Page, person: Person): Promise<void> {
  await page.goto(world.postern)
  await signIn(page, person)
  await heading(page, 'You are signed in')
}

/** Somebody new, sent here by `client`, who has signed in and sees what comes next. */
export async function comeFrom(
  page: Page,
  client: RegisteredClient,
  parameters: Record<string, string> = {},
): Promise<Person> {
  const person = await registerPerson()
  await page.goto(authorizeUrl(client, parameters))
  await signIn(page, person)
  return person
}

export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

/** Waits for the page with this heading. */
export const heading = (page: Page, name: string): Promise<void> =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor()

/** What the browser asks of an address that begins so, once `act` has made it go there. */
export async function requestTo(page: Page, address: string, act: () => Promise<unknown>) {
  const [request] = await Promise.all([
    page.waitForRequest((one) => one.isNavigationRequest() && one.url().startsWith(address)),
    act(),
  ])
  return request
}
