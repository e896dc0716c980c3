// "Continue with ..." in Chromium, with a provider that nobody here wrote, on a port of its own.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { upstreamClient, upstreamProvider } from '../federation/servers/upstream.ts'
import { heading, press, signInAtHome, test } from './browser.ts'
import { admin, registerPerson, world } from './world.ts'

let server: Server

const label = `Test provider ${crypto.randomUUID().slice(0, 4)}`
const id = `browser-${crypto.randomUUID().slice(0, 8)}`

beforeAll(async () => {
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (!isAddress(address)) throw new Error('the provider has no port')
  const issuer = `http://127.0.0.1:${address.port}`
  server.on('request', upstreamProvider(issuer, [`${world.postern}/login/callback/${id}`]))
  await admin('POST', '/providers', { ...upstreamClient, id, label, issuer, accounts: 'create' })
})

afterAll(async () => {
  await admin('DELETE', `/providers/${id}`)
  server.closeAllConnections()
  server.close()
})

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null

/** Signs in over there and allows what is asked. */
async function consentThere(page: Page, login: string): Promise<void> {
  await page.locator('input[name="login"]').fill(login)
  await page.locator('input[name="password"]').fill('any')
  await page.locator('button[type="submit"]').click()
  await page.locator('input[name="prompt"][value="consent"]').waitFor({ state: 'attached' })
  await page.locator('button[type="submit"]').click()
}

const entry = (page: Page) => page.getByRole('listitem').filter({ hasText: label })

describe('a provider elsewhere', () => {
  test('signs somebody new in, who is linked from then on', async ({ browse }) => {
    const page = await browse()
    const name = `person-${crypto.randomUUID().slice(0, 8)}`
    await page.goto(world.postern)
    await press(page, `Continue with ${label}`)
    await consentThere(page, name)
    await heading(page, 'You are signed in')
    await page.getByRole('link', { name: 'Your account' }).click()
    expect(await entry(page).innerText()).toContain(`Linked as ${name}@upstream.example`)
  })

  test('is linked and unlinked on the account page', async ({ browse }) => {
    const page = await browse()
    const name = `person-${crypto.randomUUID().slice(0, 8)}`
    await signInAtHome(page, await registerPerson())
    await page.goto(`${world.postern}/account`)
    expect(await entry(page).innerText()).toContain('Not linked')
    await press(page, `Link ${label}`)
    await consentThere(page, name)
    await heading(page, 'Your account')
    expect(await page.getByRole('status').innerText()).toBe('The sign-in provider is linked.')
    await press(page, `Unlink ${label}`)
    expect(await page.getByRole('status').innerText()).toBe('The sign-in provider is unlinked.')
    expect(await entry(page).innerText()).toContain('Not linked')
  })

  test('leads back to the sign-in page where somebody turns back', async ({ browse }) => {
    const page = await browse()
    await page.goto(world.postern)
    await press(page, `Continue with ${label}`)
    await page.getByRole('link', { name: /cancel/i }).click()
    await heading(page, `Signing in with ${label} did not work`)
    await page.getByRole('link', { name: 'Back to sign in' }).click()
    await heading(page, 'Sign in')
  })
})
