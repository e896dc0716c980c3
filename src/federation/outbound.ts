// Every request that the server itself sends goes through this file. The URL is checked before
// anything is sent, redirects are never followed, one deadline covers the whole response, and at
// most 64 KiB of it (after decompression) are read.
import type { Settings } from '../core/server/settings.ts'
import { utf8Text } from '../crypto/encoding.ts'
import { outboundUrlFault } from '../protocol/outbound-url.ts'
import { isJsonObject, isStorable, parseJson } from '../protocol/strict-json.ts'

/** Milliseconds from the request to the last byte of the response. */
const deadline = 3_000

/** Maximum size of a response in bytes. */
const longest = 64 * 1024

/**
 * Why a request failed. `forbidden`: nothing was sent. `unreachable`, `late`: there was no complete
 * response. Otherwise there was a response that cannot be used.
 */
type OutboundReason =
  'forbidden' | 'unreachable' | 'late' | 'redirected' | 'too_large' | 'malformed'

/** The one error of outgoing requests. Its message is constant text, for the log. */
export class OutboundError extends Error {
  readonly reason: OutboundReason

  constructor(reason: OutboundReason, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'OutboundError'
    this.reason = reason
  }
}

/** Exceptions to "https on port 443 of a public host". */
export type OutboundAllowance = {
  /** Ports besides 443 that the operator's configuration or a client's registration names. */
  ports?: readonly number[]
  /** One of these names this exact loopback host. Has an effect only in development. */
  loopback?: boolean
}

type OutboundRequest = {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** Maximum size of the response in bytes, where it is less than 64 KiB. */
  longestAnswer?: number
}

/** A complete response with any status except a redirect. */
export type OutboundAnswer = { status: number; headers: Headers; text: string }

/** The parts of an AuthorizationServer that decide whether a request may be sent. */
export type OutboundOrigin = { settings: Settings; ownIssuers: readonly string[] }

/** Returns why the server must not fetch `url`, or null if it may. Registration uses this too. */
export function outboundFault(
  as: OutboundOrigin,
  url: string,
  allow: OutboundAllowance = {},
): string | null {
  const { development, insecureLoopbackProviders } = as.settings
  const loopback = development && (insecureLoopbackProviders || allow.loopback === true)
  return outboundUrlFault(url, { loopback, ports: allow.ports ?? [], ownOrigins: as.ownIssuers })
}

/**
 * Sends one request and reads its response, with the given headers only and no cookies.
 * @throws OutboundError
 */
export async function guardedFetch(
  as: OutboundOrigin,
  url: string,
  request: OutboundRequest = {},
  allow: OutboundAllowance = {},
): Promise<OutboundAnswer> {
  const fault = outboundFault(as, url, allow)
  if (fault !== null) throw new OutboundError('forbidden', `the address ${fault}`)
  const abort = new AbortController()
  try {
    return await inTime(exchange(url, request, abort.signal), deadline)
  } finally {
    abort.abort()
  }
}

/** Waits for work that may take too long, or never end. @throws OutboundError `late` */
export async function inTime<Result>(work: Promise<Result>, milliseconds: number): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new OutboundError('late', 'the response took too long')),
      milliseconds,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

async function exchange(
  url: string,
  { longestAnswer = longest, ...request }: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundAnswer> {
  let response: Response
  try {
    // Following a redirect would leave the checked address. Workers do not support `redirect:
    // 'error'`.
    response = await fetch(url, { ...request, redirect: 'manual', cache: 'no-store', signal })
  } catch (cause) {
    throw new OutboundError('unreachable', 'the host cannot be reached', cause)
  }
  const { status, headers } = response
  if (status >= 300 && status < 400) {
    throw new OutboundError('redirected', 'the response is a redirect')
  }
  const text = utf8Text(await readBounded(response, longestAnswer))
  if (text === null) throw new OutboundError('malformed', 'the response is not UTF-8')
  return { status, headers, text }
}

/**
 * Reads the body and counts its bytes: Content-Length can be false, and a compressed body expands.
 */
async function readBounded(response: Response, most: number): Promise<Uint8Array> {
  const whole = new Uint8Array(most)
  let length = 0
  const reader = response.body?.getReader()
  while (reader !== undefined) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new OutboundError('unreachable', 'the response was cut off', cause)
    })
    if (done) break
    if (length + value.byteLength > most) {
      throw new OutboundError('too_large', 'the response is too large')
    }
    whole.set(value, length)
    length += value.byteLength
  }
  return whole.subarray(0, length)
}

/** Returns the media type in lower case, without parameters, or '' if the response names none. */
export const mediaTypeOf = (answer: OutboundAnswer): string =>
  answer.headers.get('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''

/**
 * Returns the JSON object in a successful response.
 * @throws OutboundError `malformed` for another status, another media type (a missing one is accepted)
 *   or other JSON
 */
export function jsonObjectOf(answer: OutboundAnswer): Record<string, unknown> {
  const value = jsonOf(answer)
  if (!isJsonObject(value))
    throw new OutboundError('malformed', 'the response is not a JSON object')
  return value
}

/** Returns the JSON value in a successful response. @throws OutboundError as `jsonObjectOf` */
export function jsonOf(answer: OutboundAnswer): unknown {
  if (answer.status !== 200) throw new OutboundError('malformed', 'the response is not a success')
  if (!/^(application\/([\w.-]+\+)?json)?$/.test(mediaTypeOf(answer))) {
    throw new OutboundError('malformed', 'the response is not application/json')
  }
  return parsedJson(answer.text)
}

function parsedJson(text: string): unknown {
  try {
    const value = parseJson(text)
    // What others publish is stored: names of apps, of people.
    if (isStorable(value)) return value
  } catch (cause) {
    throw new OutboundError('malformed', 'the response is not strict JSON', cause)
  }
  throw new OutboundError('malformed', 'the response has a NUL or half of a character')
}
