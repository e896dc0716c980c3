// Bodies: counted while they are read (a Content-Length can lie, a chunked body has none), decoded
// strictly, and refused before any work is done for them.
import { utf8Text } from '../crypto/encoding.ts'
import { invalidRequest, requestTooLarge } from '../protocol/error.ts'
import { parseParameters, type ParameterRules, type Parameters } from '../protocol/parameters.ts'

/** Bytes of a body at most. */
const longestBody = 64 * 1024

/** The media type of a request without its parameters, in lower case; '' where there is none. */
export const mediaType = (request: Request): string =>
  (request.headers.get('Content-Type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/**
 * The parameters of an `application/x-www-form-urlencoded` body, none more than once but those that
 * may repeat.
 * @throws invalid_request, request_too_large
 */
export async function readForm(request: Request, rules?: ParameterRules): Promise<Parameters> {
  if (mediaType(request) !== 'application/x-www-form-urlencoded') {
    throw invalidRequest(
      'send the body as a form, with the header Content-Type: application/x-www-form-urlencoded',
      // What HTTP has a status of its own for (RFC 9110 15.5.16).
      { reason: 'not_form_encoded', status: 415 },
    )
  }
  return parseParameters(await readText(request), rules)
}

/** The parameters of the query string, as strictly as a form's. */
export function readQuery(request: Request, rules?: ParameterRules): Parameters {
  const start = request.url.indexOf('?')
  return parseParameters(start < 0 ? '' : request.url.slice(start + 1), rules)
}

/** The body as strict UTF-8. @throws invalid_request, request_too_large */
export async function readText(request: Request): Promise<string> {
  const text = utf8Text(await readBytes(request))
  if (text === null) throw invalidRequest('the body is not valid UTF-8')
  return text
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const declared = request.headers.get('Content-Length')
  if (Number(declared ?? 0) > longestBody) throw tooLarge()
  if (request.body === null) return new Uint8Array()
  // HTTP ends a body where its declared length does; read at once it costs less than by chunks.
  const bytes =
    declared === null
      ? await countedBytes(request.body)
      : new Uint8Array(await request.arrayBuffer())
  if (bytes.byteLength > longestBody) throw tooLarge()
  return bytes
}

async function countedBytes(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.byteLength
    if (length > longestBody) {
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
