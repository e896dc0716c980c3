// The requests that the server sends, and the faults that meet them.
import { vi } from 'vitest'

/** What somebody else answers, or does not. */
export const outgoingFaults = ['refuses', 'hangs', 'says 500', 'says garbage'] as const
export type OutgoingFault = (typeof outgoingFaults)[number]

const real = globalThis.fetch

/** The outgoing requests of one case. */
export class Outgoing {
  sent: string[] = []
  hanging = 0
  underWay = 0
  readonly #plan: (nth: number) => OutgoingFault | null

  constructor(plan: (nth: number) => OutgoingFault | null = () => null) {
    this.#plan = plan
    vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) =>
      this.#send(input, init),
    )
  }

  /** Sends requests as they are again. */
  end(): void {
    vi.stubGlobal('fetch', real)
  }

  async #send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const url = input instanceof Request ? input.url : String(input)
    const fault = this.#plan(this.sent.push(url) - 1)
    if (fault === 'refuses') throw new TypeError('Network connection refused.')
    if (fault === 'says 500') return new Response('{"error":"server_error"}', { status: 500 })
    if (fault === 'says garbage') return Response.json({ garbage: ['<', 0, null] })
    this.underWay++
    if (fault === 'hangs') {
      this.hanging++
      await new Promise<never>((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('aborted')))
      }).finally(() => {
        this.hanging--
        this.underWay--
      })
    }
    try {
      // Whoever answers in the tests: nobody outside this machine is ever asked.
      if (!/^https?:\/\/(127\.0\.0\.1|localhost)[:/]/.test(url)) return new Response()
      const answer = await real(input, init)
      const { status, headers } = answer
      const body = await answer.arrayBuffer()
      return new Response(body.byteLength === 0 ? null : body, { status, headers })
    } finally {
      this.underWay--
    }
  }
}
