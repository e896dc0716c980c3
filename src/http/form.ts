// Request bodies: counted while they are read (a Content-Length can be false, and a chunked body
// has none), decoded strictly, and rejected before any work is done for them.
import { utf8Text } from '../crypto/encoding.ts'
import { invalidRequest, requestTooLarge } from '../protocol/error.ts'
import { parseParameters, type ParameterRules, type Parameters } from '../protocol/parameters.ts'

/** Maximum size of a body in bytes. */
const longestBody = 64 * 1024

/**
 * Returns the media type of a request in lower case, without parameters, or '' if there is none.
 */
export const mediaType = (request: Request): string =>
  (request.headers.get('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/**
 * Parses an `application/x-www-form-urlencoded` body.
 * @throws invalid_request for another media type, malformed text or a repeated parameter
 * @throws request_too_large
 */
export async function readForm(request: Request, rules?: ParameterRules): Promise<Parameters> {
  if (mediaType(request) !== 'application/x-www-form-urlencoded') {
    throw invalidRequest(
      'send the body as a form, with the header Content-Type: application/x-www-form-urlencoded',
      // HTTP has a specific status for this (RFC 9110 15.5.16).
      { reason: 'not_form_encoded', status: 415 },
    )
  }
  return parseParameters(await readText(request), rules)
}

/** Parses the query string, as strictly as a form. @throws invalid_request */
export function readQuery(request: Request, rules?: ParameterRules): Parameters {
  const start = request.url.indexOf('?')
  return parseParameters(start < 0 ? '' : request.url.slice(start + 1), rules)
}

/** Returns the body as strict UTF-8. @throws invalid_request, request_too_large */
export async function readText(request: Request): Promise<string> {
  const text = utf8Text(await readBytes(request))
  if (text === null) throw invalidRequest('the body is not valid UTF-8')
  return text
}

/** Returns the body, of at most `most` bytes (default: 64 KiB). @throws request_too_large */
export async function readBytes(request: Request, most = longestBody): Promise<Uint8Array> {
  const declared = request.headers.get('Content-Length')
  if (Number(declared ?? 0) > most) throw tooLarge()
  if (request.body === null) return new Uint8Array()
  // HTTP ends a body at its declared length. One read costs less than reading by chunks.
  const bytes =
    declared === null
      ? await countedBytes(request.body, most)
      : new Uint8Array(await request.arrayBuffer())
  if (bytes.byteLength > most) throw tooLarge()
  return bytes
}

async function countedBytes(body: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.byteLength
    if (length > most) {
      await reader.cancel()
      throw tooLarge()
    }
    chunks.push(value)
  }
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

const tooLarge = () => requestTooLarge('the body is too large')
