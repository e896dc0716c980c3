// The admin interface over HTTP: one call, its retries, and what each refusal means for the command.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure, type Outcome } from './failure.ts'
import { type JsonObject, objectsOf, parseObject, textOf } from './json.ts'
import type { ListPage } from './output.ts'
import type { Target } from './target.ts'
import { whyUnreachable } from './unreachable.ts'
import { version } from './version.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Query parameters; those without a value are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>

export type Call = {
  /** The path below /admin/v1, or a whole path that begins with /health. */
  path: string
  query?: Query
  body?: JsonObject
  /** A body that is not JSON. */
  bytes?: { type: string; content: Uint8Array<ArrayBuffer> }
  /**
   * Whether the same call twice is as good as once, so that it is tried again where the first answer
   * was lost. `key`: by an Idempotency-Key. GET, PUT, PATCH and DELETE are.
   */
  repeatable?: boolean | 'key'
  /** Statuses that are an answer, too. */
  accepted?: readonly number[]
}

/** An answer of the admin interface; `body` is empty where there is none (204). */
export type Answer = { status: number; body: JsonObject }

type Surroundings = {
  signal: AbortSignal
  /** Writes to stderr, at a terminal, why the command takes longer. */
  note: (line: string) => void
}

/** How often a call is tried in all. */
const tries = 5
/** Seconds for one attempt. */
const patience = 60
/** The longest wait that a server may ask for, in seconds. */
const longestWait = 120
/** The most items on one page. */
const pageSize = 500

export class AdminApi {
  readonly origin: string
  readonly #token: string
  readonly #around: Surroundings

  constructor({ origin, token }: Target, around: Surroundings) {
    this.origin = origin
    this.#token = token
    this.#around = around
  }

  /** Loads one object. @throws Failure */
  async get(path: string, query?: Query): Promise<JsonObject> {
    return (await this.call('GET', { path, ...(query === undefined ? {} : { query }) })).body
  }

  /** Loads pages of a list, up to `limit` items in all. @throws Failure */
  async *pages(
    path: string,
    query: Query,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): AsyncGenerator<ListPage> {
    let left = limit
    let next = cursor
    do {
      const page = await this.get(path, { ...query, limit: Math.min(left, pageSize), cursor: next })
      const items = objectsOf(page, 'items')
      next = textOf(page, 'next_cursor')
      left -= items.length
      yield { items, nextCursor: next ?? null }
    } while (next !== undefined && left > 0)
  }

  /** Loads a list that cannot be cut into pages. @throws Failure */
  async *whole(path: string, query: Query = {}): AsyncGenerator<ListPage> {
    yield { items: objectsOf(await this.get(path, query), 'items'), nextCursor: null }
  }

  /**
   * Sends a call, and again after a network error or a 5xx if it may be repeated.
   * @throws Failure for every refusal
   */
  async call(method: Method, call: Call): Promise<Answer> {
    const { repeatable = method !== 'POST' } = call
    const key = repeatable === 'key' ? randomUUID() : undefined
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(method, call, key)
      if (!('failure' in outcome)) return outcome
      // The first attempt may have deleted it, and only its answer was lost.
      const isGone = method === 'DELETE' && outcome.failure.outcome === 'notFound'
      if (isGone && attempt > 1) return { status: 204, body: {} }
      const wait = outcome.wait ?? backoff(attempt)
      const canRetry = repeatable !== false && outcome.mayPass && attempt < tries
      if (!canRetry || wait > longestWait) throw outcome.failure
      if (attempt === 1) this.#around.note(`${outcome.failure.message}; trying again`)
      await sleep(wait * 1000, undefined, { signal: this.#around.signal }).catch(() => undefined)
      this.#around.signal.throwIfAborted()
    }
  }

  async #attempt(method: Method, call: Call, key: string | undefined): Promise<Answer | Refused> {
    const { signal } = this.#around
    const timeout = AbortSignal.timeout(patience * 1000)
    const content = contentOf(call)
    let response: Response
    let text: string
    try {
      response = await fetch(this.#urlOf(call), {
        method,
        // The token must not follow to another address.
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
        headers: {
          Accept: 'application/json',
          Authorization: `Bearer ${this.#token}`,
          'User-Agent': `postern-cli/${version}`,
          ...(content === undefined ? {} : { 'Content-Type': content.type }),
          ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        },
        ...(content === undefined ? {} : { body: content.body }),
      })
      text = await response.text()
    } catch (cause) {
      signal.throwIfAborted()
      const { message, mayPass } = whyUnreachable(cause, this.origin, timeout.aborted)
      return { failure: new Failure('unreachable', message), mayPass }
    }
    return judged(response, text, this.origin, call.accepted ?? [])
  }

  #urlOf({ path, query = {} }: Call): URL {
    const below = path.startsWith('/health') ? path : `/admin/v1${path}`
    const url = new URL(below, this.origin)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    return url
  }
}

type Refused = {
  failure: Failure
  /** Whether it may be over in a moment. */
  mayPass: boolean
  /** Seconds that the server asks to wait. */
  wait?: number | undefined
}

function contentOf({ body, bytes }: Call) {
  if (bytes !== undefined) return { type: bytes.type, body: bytes.content }
  return body === undefined ? undefined : { type: 'application/json', body: JSON.stringify(body) }
}

function judged(
  response: Response,
  text: string,
  origin: string,
  accepted: readonly number[],
): Answer | Refused {
  const { status, headers } = response
  if (status === 204) return { status, body: {} }
  if (status >= 300 && status < 400) {
    const message = `${origin} redirects to ${headers.get('location') ?? 'nowhere'}: use the address of Postern itself`
    return { failure: new Failure('unreachable', message), mayPass: false }
  }
  const type = headers.get('content-type')?.split(';')[0] ?? 'no content type'
  const isJson = /^application\/([\w.-]+\+)?json$/.test(type)
  const body = isJson ? parseObject(text) : null
  if (body !== null && (response.ok || accepted.includes(status))) return { status, body }
  const wait = retryAfter(headers.get('retry-after'))
  const mayPass = status === 429 || status >= 500
  if (body === null) {
    const got = isJson ? 'broken JSON' : `${type} instead of JSON`
    const message = `${origin} answered ${status} with ${got}: is it the address of Postern?`
    return { failure: new Failure('unreachable', message), mayPass, wait }
  }
  return { failure: refusalOf(status, body, wait), mayPass, wait }
}

const outcomes: Readonly<Record<number, Outcome>> = {
  401: 'notAllowed',
  403: 'notAllowed',
  404: 'notFound',
  409: 'conflict',
  429: 'unreachable',
}

/** Returns the failure that a problem document means (RFC 9457). */
function refusalOf(status: number, problem: JsonObject, wait: number | undefined): Failure {
  const outcome = outcomes[status] ?? (status >= 500 ? 'unreachable' : 'refused')
  const detail =
    textOf(problem, 'detail') ??
    textOf(problem, 'error_description') ??
    textOf(problem, 'title') ??
    `the server answered ${status}`
  const faults = objectsOf(problem, 'errors').map((fault) =>
    `${textOf(fault, 'field') ?? ''} ${textOf(fault, 'detail') ?? ''}`.trim(),
  )
  const later = wait === undefined ? '' : ` (Retry-After: ${Math.ceil(wait)} s)`
  return new Failure(outcome, `${detail}${later}`, faults)
}

/** Returns the seconds of a Retry-After header, which is a number or a date (RFC 9110 10.2.3). */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header)
  const seconds = (Date.parse(header) - Date.now()) / 1000
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}

/** Returns seconds: 0.25, 0.5, 1, 2, up to a quarter more so that many clients do not come at once. */
const backoff = (attempt: number): number => 0.125 * 2 ** attempt * (1 + Math.random() / 4)
