// What every answer of the server keeps, whatever it was asked.
import { promise } from '../target.ts'

/** What an answer is judged by, beside itself. */
type Circumstances = {
  request: Request
  /** What no answer that refuses, and no line of the log, may contain. */
  secrets: readonly string[]
  /** The lines that were logged meanwhile. */
  lines: readonly string[]
}

const markup = '<script>alert(1)</script>'

// RFC 6749 5.2, 4.1.2.1: no quote, no backslash, ASCII.
const errorText = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Judges an answer, and returns what it was in a few words.
 * @throws Error with the rule that it breaks
 */
export async function judgeAnswer(
  answer: Response,
  { request, secrets, lines }: Circumstances,
): Promise<string> {
  const { pathname } = new URL(request.url)
  const text = new TextDecoder().decode(await answer.arrayBuffer())
  const { status, headers } = answer
  // Traffic Ops says 501 to the versions of its API that are not served.
  promise(
    status < 500 || (status === 501 && pathname.startsWith('/api/')),
    'no 5xx',
    status,
    pathname,
    text.slice(0, 200),
    failures(lines),
  )
  promise(headers.has('X-Request-Id'), 'a request id', pathname)
  promise(headers.get('X-Content-Type-Options') === 'nosniff', 'nosniff', pathname)
  promise(headers.get('Referrer-Policy') === 'no-referrer', 'no referrer', pathname)
  const type = headers.get('Content-Type')?.split(';')[0] ?? ''
  const code = judgeBody(status, type, text, pathname)
  if (status >= 400) {
    const shown = [text, ...[...headers].flat()].join('\n')
    promise(!secrets.some((one) => shown.includes(one)), 'no secret in a refusal', pathname, text)
    const caching = headers.get('Cache-Control') ?? ''
    promise(/no-store|immutable|max-age/.test(caching), 'a refusal is not kept', pathname, status)
  }
  const told = lines.find((line) => secrets.some((one) => line.includes(one)))
  promise(told === undefined, 'no secret in the log', told)
  const location = headers.get('Location')
  if (location !== null) judgeLocation(location, request.url)
  return `${status} ${type} ${code}`
}

const failures = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.includes('failed')).map((line) => line.slice(0, 900))

function judgeBody(status: number, type: string, text: string, path: string): string {
  if (type === 'text/html') {
    promise(!text.includes(markup), 'N037: nothing of a request is markup', path)
    return ''
  }
  if (!/^application\/(?:[\w.-]+\+)?json$/.test(type)) return ''
  // Kustvakt's word, which is no JSON.
  if (text === '' || text === 'SUCCESS') return 'empty'
  const body: unknown = JSON.parse(text)
  if (status < 400) return ''
  const { error, error_description: description, ...rest } = Object(body)
  if (type === 'application/problem+json') {
    promise(rest.status === status && typeof rest.title === 'string', 'RFC 9457', text)
    promise(typeof rest.detail === 'string' && rest.type === 'about:blank', 'RFC 9457', text)
    return String(rest.detail).slice(0, 40)
  }
  if (typeof error !== 'string') return 'of its dialect'
  promise(errorText.test(error), 'RFC 6749 5.2: error', text)
  promise(
    description === undefined || errorText.test(description),
    'RFC 6749 5.2: description',
    text,
  )
  return `${error} ${description}`.slice(0, 60)
}

/** The origins of the redirect URIs that clients of the world have registered. */
const registered = ['https://client.example', 'https://app.example', 'http://localhost:8089']

/** Where a browser may be sent: to a page of ours or to an address that a client registered. */
function judgeLocation(location: string, base: string): void {
  const origin = URL.parse(location, base)?.origin ?? ''
  const isKnown = [new URL(base).origin, ...registered].includes(origin)
  promise(isKnown, 'RFC 9700 4.11: nobody is sent elsewhere', location)
  promise(!/[\r\n]/.test(location), 'one header', location)
}
