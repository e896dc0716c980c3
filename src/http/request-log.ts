// Log lines: one for each request, and one for each event in it. Each is a JSON object with
// consistent names. A line never contains a query, which may hold tokens and codes, nor a full IP
// address, which is personal data.
import { networkOf } from '../core/people/address.ts'
import type { LogEvent } from '../core/server/events.ts'

/** Maximum characters of a logged path, which the sender chooses. */
const longestPath = 200

/**
 * Events of successful requests. The request log setting turns them off together with the request's
 * line.
 */
const successes: readonly LogEvent['event'][] = [
  'signed in',
  'request pushed',
  'code issued',
  'device code issued',
  'token issued',
]

/** Writes the log lines of one request. */
export class RequestLog {
  readonly requestId: string
  readonly #request: Request
  readonly #tellsSuccess: boolean
  #clientId: string | undefined
  #route: string | undefined
  #code: string | undefined
  #isWithoutDatabase = false

  /** `tellsSuccess`: whether successful requests are logged too. Refused requests always are. */
  constructor(request: Request, requestId: string, tellsSuccess: boolean) {
    this.#request = request
    this.requestId = requestId
    this.#tellsSuccess = tellsSuccess
  }

  /**
   * Sets the client that sends the request. The first call wins: a later one may be about another
   * client's token.
   */
  readonly nameClient = (clientId: string): void => {
    this.#clientId ??= clientId
  }

  /** Sets the pattern of the path that answers the request. */
  readonly nameRoute = (pattern: string): void => {
    this.#route = pattern
  }

  get method(): string {
    return this.#request.method
  }

  /** The client that sends the request, once it is known. */
  get clientId(): string | undefined {
    return this.#clientId
  }

  /** The pattern of the path that answers the request; none for unknown addresses. */
  get route(): string | undefined {
    return this.#route
  }

  /** Whether the request was answered although D1 did not answer. */
  get isWithoutDatabase(): boolean {
    return this.#isWithoutDatabase
  }

  /** The error code of the last refusal. */
  get code(): string | undefined {
    return this.#code
  }

  /** Writes the line of an event in the request. */
  readonly event = (event: LogEvent): void => {
    if ('code' in event && typeof event.code === 'string') this.#code = event.code
    if (event.event === 'refreshed without the database') this.#isWithoutDatabase = true
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

  /** Writes the line of the request itself. `duration` is in milliseconds. */
  end(status: number, duration: number): void {
    if (this.#tellsSuccess) this.event({ event: 'request', status, duration_ms: duration })
  }
}
