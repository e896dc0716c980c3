// The one door outwards: every request that the server itself makes goes through here. The address
// is judged before anything leaves, redirects are never followed, one deadline covers the whole
// answer, and no more than 64 KiB of it (after decompression) are read.
import type { Settings } from '../core/server/settings.ts'
import { utf8Text } from '../crypto/encoding.ts'
import { outboundUrlFault } from '../protocol/outbound-url.ts'
import { isJsonObject, parseJson } from '../protocol/strict-json.ts'

/** Milliseconds from the request to the last byte of the answer. */
const deadline = 3_000

/** Bytes of an answer at most. */
const longestAnswer = 64 * 1024

/**
 * Why a request came to nothing: `forbidden` = nothing left the server; `unreachable` and `late` =
 * there was no (whole) answer; the rest = there was one that cannot be used.
 */
export type OutboundReason =
  'forbidden' | 'unreachable' | 'late' | 'redirected' | 'too_large' | 'malformed'

/** The one error of the door. Its message is constant text, for the log. */
export class OutboundError extends Error {
  readonly reason: OutboundReason

  constructor(reason: OutboundReason, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'OutboundError'
    this.reason = reason
  }
}

/** What a route may reach beyond https on port 443 of a public host. */
export type OutboundAllowance = {
  /** Ports beside 443 that the operator's configuration names. */
  ports?: readonly number[]
  /** The operator listed this very loopback host; honoured in development alone. */
  loopback?: boolean
}

export type OutboundRequest = {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
}

/** A whole answer, whatever its status (never a redirect). */
export type OutboundAnswer = { status: number; headers: Headers; text: string }

/** Whose request it is: what decides whether it may leave. */
export type OutboundOrigin = { settings: Settings; ownIssuers: readonly string[] }

/** Why the server would not fetch `url`, or null: for judging an address when it is registered. */
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
 * Makes one request and reads its answer. No credentials, cookies or headers but the given ones.
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
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new OutboundError('late', 'the answer took too long'))
      abort.abort()
    }, deadline)
  })
  try {
    return await Promise.race([exchange(url, request, abort.signal), late])
  } finally {
    clearTimeout(timer)
    abort.abort()
  }
}

async function exchange(
  url: string,
  request: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundAnswer> {
  let response: Response
  try {
    // A redirect would leave the judged address; `error` is not of the platform.
    response = await fetch(url, { ...request, redirect: 'manual', cache: 'no-store', signal })
  } catch (cause) {
    throw new OutboundError('unreachable', 'the host cannot be reached', cause)
  }
  const { status, headers } = response
  if (status >= 300 && status < 400) {
    throw new OutboundError('redirected', 'the answer is a redirect')
  }
  const text = utf8Text(await readBounded(response))
  if (text === null) throw new OutboundError('malformed', 'the answer is not UTF-8')
  return { status, headers, text }
}

/** The bytes of the body, counted as they come: a length can lie, a compressed body swells. */
async function readBounded(response: Response): Promise<Uint8Array> {
  const whole = new Uint8Array(longestAnswer)
  let length = 0
  const reader = response.body?.getReader()
  while (reader !== undefined) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new OutboundError('unreachable', 'the answer broke off', cause)
    })
    if (done) break
    if (length + value.byteLength > longestAnswer) {
      throw new OutboundError('too_large', 'the answer is too large')
    }
    whole.set(value, length)
    length += value.byteLength
  }
  return whole.subarray(0, length)
}

/** The media type without its parameters, in lower case; '' where the answer names none. */
export const mediaTypeOf = (answer: OutboundAnswer): string =>
  answer.headers.get('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''

/**
 * The JSON object of a successful answer.
 * @throws OutboundError `malformed` for another status, another media type (none will do) or other JSON
 */
export function jsonObjectOf(answer: OutboundAnswer): Record<string, unknown> {
  if (answer.status !== 200) throw new OutboundError('malformed', 'the answer is not a success')
  if (!/^(application\/([\w.-]+\+)?json)?$/.test(mediaTypeOf(answer))) {
    throw new OutboundError('malformed', 'the answer is not application/json')
  }
  const value = parsedJson(answer.text)
  if (!isJsonObject(value)) throw new OutboundError('malformed', 'the answer is no JSON object')
  return value
}

function parsedJson(text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw new OutboundError('malformed', 'the answer is not acceptable JSON', cause)
  }
}
