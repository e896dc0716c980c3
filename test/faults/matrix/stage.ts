// What a job is prepared on: a server without faults, browsers in front of it, and its mails.
import { z } from 'zod'
import { issuer, type Answerer } from '../../support/http.ts'
import { Server, type Environment } from '../../support/faults.ts'
import type { TestUser } from '../../support/registry.ts'
import { UserAgent } from '../../support/user-agent.ts'
import { signedIn } from '../../openid/flow.ts'
import type { Sent } from './job.ts'
import { logged } from './log.ts'

const printed = z.object({ event: z.literal('mail'), to: z.string(), text: z.string() })

/** Thrown in place of the answer of a request that is held back. */
class HeldBack extends Error {}

export class Stage {
  readonly server: Server
  #held: Sent | null = null
  #holds = false

  constructor(environment: Environment = {}) {
    this.server = new Server(environment)
  }

  /** Answers requests, or holds the next one back. */
  readonly to: Answerer = async (request) => {
    if (!this.#holds) return this.server.fetch(request)
    this.#held = await sentOf(request)
    throw new HeldBack()
  }

  /** A browser. */
  readonly browser = (): UserAgent => new UserAgent(this.to)

  /** A browser in which this user has signed in. */
  readonly signedIn = (user: TestUser): Promise<UserAgent> => signedIn(user, this.to)

  /** Returns the first request that `send` sends, which nobody answers. */
  async request(send: () => Promise<unknown>): Promise<Sent> {
    await this.server.settled()
    this.#held = null
    this.#holds = true
    try {
      await send()
    } catch (cause) {
      if (!(cause instanceof HeldBack)) throw cause
    } finally {
      this.#holds = false
    }
    if (this.#held === null) throw new Error('nothing was sent')
    return this.#held
  }

  /** The text of the last mail to an address. */
  async mailTo(address: string): Promise<string> {
    await this.server.settled()
    const mails = logged.flatMap((line) => {
      const mail = printed.safeParse(JSON.parse(line))
      return mail.success && mail.data.to === address ? [mail.data.text] : []
    })
    const mail = mails.at(-1)
    if (mail === undefined) throw new Error(`no mail to ${address}`)
    return mail
  }

  /** The code of the last mail to an address. */
  async codeTo(address: string): Promise<string> {
    const [, one, two] = /^(\d{4}) (\d{4})$/m.exec(await this.mailTo(address)) ?? []
    if (one === undefined || two === undefined) throw new Error('no code in the mail')
    return one + two
  }

  /** The path and query of the link of the last mail to an address. */
  async linkTo(address: string): Promise<string> {
    const link = /^https?:\S+$/m.exec(await this.mailTo(address))?.[0]
    if (link === undefined) throw new Error('no link in the mail')
    return link.slice(issuer.length)
  }
}

const decoded = (bytes: ArrayBuffer): string => new TextDecoder().decode(bytes)

/** A request as data. */
async function sentOf(request: Request): Promise<Sent> {
  const body = request.body === null ? null : decoded(await request.arrayBuffer())
  return { method: request.method, url: request.url, headers: [...request.headers], body }
}

export const requestOf = ({ method, url, headers, body }: Sent): Request =>
  new Request(url, { method, headers, body, redirect: 'manual' })
