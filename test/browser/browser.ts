// Browsers for tests: profiles of the one Chromium, watched for everything that a page should never
// make it say.
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Page,
  type Response,
  type ViewportSize,
} from 'playwright-core'
import { expect, test as base } from 'vitest'
import { authorizeUrl, type Person, registerPerson, type RegisteredClient, world } from './world.ts'

/** Opens a page in a browser of its own, in which nobody is signed in. */
type Browse = (options?: BrowserContextOptions) => Promise<Page>

export const test = base
  .extend('browsers', { scope: 'worker' }, async ({}, { onCleanup }) => {
    const browser = await chromium.connect(world.chromium)
    onCleanup(() => browser.close())
    return new Browsers(browser)
  })
  // What the pages made the browser say. A test that means it to takes it out; none may be left.
  .extend('complaints', (): string[] => [])
  .extend('browse', async ({ browsers, complaints }, { onCleanup }): Promise<Browse> => {
    if (Date.now() > world.deadline) throw new Error('No time was left for this test')
    browsers.complain = (complaint) => complaints.push(complaint)
    onCleanup(async () => {
      await browsers.takeBack()
      expect(complaints).toEqual([])
    })
    return (options) => browsers.lend(options ?? {})
  })

/** Playwright's own size of a window. */
const usual = { width: 1280, height: 720 }

type Lent = { page: Page; likeness: string; size: ViewportSize; isFit: boolean }

/**
 * Lends browsers to one test after the other. A new one costs Chromium a second, so each is used
 * again once its cookies and the single-page example's storage are gone and its window is as it was, unless it was sent off this
 * machine: what nobody answers may leave a dialog.
 */
class Browsers {
  complain: (complaint: string) => void = () => undefined
  readonly #browser: Browser
  readonly #lent: Lent[] = []
  readonly #free: Lent[] = []

  constructor(browser: Browser) {
    this.#browser = browser
  }

  async lend(options: BrowserContextOptions): Promise<Page> {
    const likeness = JSON.stringify(options)
    const index = this.#free.findIndex((free) => free.likeness === likeness)
    const [known] = index < 0 ? [] : this.#free.splice(index, 1)
    const lent = known ?? (await this.#open(options, likeness))
    this.#lent.push(lent)
    return lent.page
  }

  async takeBack(): Promise<void> {
    for (const lent of this.#lent.splice(0)) {
      const { page, isFit } = lent
      const context = page.context()
      for (const other of context.pages()) if (other !== page || !isFit) await other.close()
      if (!isFit) {
        await context.close()
        continue
      }
      await page.unrouteAll()
      await page.setViewportSize(lent.size)
      await page.emulateMedia({ colorScheme: null })
      await page.goto(`${world.spa}/icon.svg`)
      await page.evaluate(() => sessionStorage.clear())
      await page.goto('about:blank')
      await context.clearCookies()
      this.#free.push(lent)
    }
  }

  async #open(options: BrowserContextOptions, likeness: string): Promise<Lent> {
    const size = options.viewport ?? usual
    const context = await this.#browser.newContext({
      locale: 'en-US',
      viewport: size,
      ...options,
    })
    context.setDefaultTimeout(10_000)
    context.on('page', (page) => this.#watch(page))
    const lent = { page: await context.newPage(), likeness, size, isFit: true }
    lent.page.on('request', (request) => {
      if (request.isNavigationRequest() && !isOnLoopback(request.url())) lent.isFit = false
    })
    return lent
  }

  #watch(page: Page): void {
    page.on('pageerror', ({ message }) => this.complain(`error in ${page.url()}: ${message}`))
    page.on('console', (message) => {
      // A page that refuses has the status of a refusal, of which the console tells, too.
      if (message.text().startsWith('Failed to load resource')) return
      if (message.type() === 'error' || message.type() === 'warning') {
        this.complain(`console of ${page.url()}: ${message.text()}`)
      }
    })
    page.on('response', (response) => {
      if (isFault(response)) this.complain(`${response.status()} of ${response.url()}`)
    })
  }
}

const isOnLoopback = (url: string): boolean => /^http:\/\/(localhost|127\.0\.0\.1):/.test(url)

function isFault(response: Response): boolean {
  const isPart = ['stylesheet', 'image', 'script', 'font'].includes(
    response.request().resourceType(),
  )
  return response.status() >= (isPart ? 400 : 500)
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

let somebody: Promise<Person> | undefined

/** The same Ada Lovelace each time, but for `known`, sent here by `client`, has signed in. */
export async function comeFrom(
  page: Page,
  client: RegisteredClient,
  parameters: Record<string, string> = {},
  known?: Person,
): Promise<Person> {
  const person = known ?? (await (somebody ??= registerPerson()))
  await page.goto(authorizeUrl(client, parameters))
  await signIn(page, person)
  return person
}

export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

/** Waits for the page with this heading, all of it. */
export async function heading(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  await page.waitForLoadState()
}

/** Waits for a page with these words, all of it. */
export async function words(page: Page, text: string): Promise<void> {
  await page.getByText(text).waitFor()
  await page.waitForLoadState()
}

/** What the browser asks of an address that begins so, once `act` has made it go there. */
export async function requestTo(page: Page, address: string, act: () => Promise<unknown>) {
  const [request] = await Promise.all([
    page.waitForRequest((one) => one.isNavigationRequest() && one.url().startsWith(address)),
    act(),
  ])
  return request
}
