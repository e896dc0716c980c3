// A device with passkeys, as Chromium plays one by its DevTools protocol.
import type { CDPSession, Page } from 'playwright-core'

/** The authenticator of a browser. */
export class Authenticator {
  readonly #session: CDPSession
  readonly #id: string

  private constructor(session: CDPSession, id: string) {
    this.#session = session
    this.#id = id
  }

  /** Gives the browser of a page a device that knows its owner, who presses nothing yet. */
  static async in(page: Page): Promise<Authenticator> {
    const session = await page.context().newCDPSession(page)
    await session.send('WebAuthn.enable')
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: false,
      },
    })
    return new Authenticator(session, authenticatorId)
  }

  /** Whether the owner is at hand, who then agrees to everything at once. */
  async setPresent(enabled: boolean): Promise<void> {
    const authenticatorId = this.#id
    await this.#session.send('WebAuthn.setAutomaticPresenceSimulation', {
      authenticatorId,
      enabled,
    })
  }

  async setUserVerified(isUserVerified: boolean): Promise<void> {
    const authenticatorId = this.#id
    await this.#session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
  }

  /** How many passkeys it holds. */
  async count(): Promise<number> {
    const authenticatorId = this.#id
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', { authenticatorId })
    return credentials.length
  }

  async remove(): Promise<void> {
    await this.#session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.#id })
    await this.#session.send('WebAuthn.disable')
  }
}
