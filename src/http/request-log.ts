// What goes to the log: a line for each request, and one for whatever happened in it. Each is one
// JSON object with the same names for the same things, and never a query, where tokens and codes
// stand, nor a whole address, which is personal data.
import { networkOf } from '../core/people/address.ts'
import type { LogEvent } from '../core/server/events.ts'

/** Characters of a path at most: whoever asks chooses them. */
const longestPath = 200

/** What a request was for: told with the line of the request, or not at all. */
const successes: readonly string[] = ['signed in', 'code issued', 'token issued']

export class RequestLog {
  readonly requestId: string
  readonly #request: Request
  readonly #tellsSuccess: boolean
  #clientId: string | undefined

  /** `tellsSuccess`: whether what went well has lines, too; what is refused always has. */
  constructor(request: Request, requestId: string, tellsSuccess: boolean) {
    this.#request = request
    this.requestId = requestId
    this.#tellsSuccess = tellsSuccess
  }

  /** Names the client that asks. The first stays: whose token it asks about is another matter. */
  readonly nameClient = (clientId: string): void => {
    this.#clientId ??= clientId
  }

  /** Writes a line about something that happened in the request. */
  readonly event = (event: LogEvent): void => {
    if (!this.#tellsSuccess && successes.includes(event.event)) return
    const { method, url, headers } = this.#request
    const line = {
      ...event,
      client_id: event.client_id ?? this.#clientId,
      request_id: this.requestId,
      method,
      path: new URL(url).pathname.slice(0, longestPath),
      address: networkOf(headers.get('CF-Connecting-IP') ?? ''),
    }
    console.log(JSON.stringify(line))
  }

  /** Writes the line of the request itself. `duration` in milliseconds. */
  end(status: number, duration: number): void {
    if (this.#tellsSuccess) this.event({ event: 'request', status, duration_ms: duration })
  }
}
