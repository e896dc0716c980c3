// A response as far as it can be compared: its kind, without the secrets of one request.
import type { Face, Outcome } from './job.ts'

const titleIn = (html: string): string => /<title>([^<]*)</.exec(html)?.[1] ?? ''

/** Where a redirect leads: its address, and the names of its parameters. */
function placeOf(location: string | null): string | null {
  if (location === null) return null
  const [whole = '', query = ''] = location.split('?')
  // What was just made has another name each time.
  const address = whole.replace(/\/(\d+|[\w-]{20,})(?=\/|$)/g, '/:id')
  const names = [...new URLSearchParams(query)].map(([name, value]) =>
    name === 'error' || name === 'done' ? `${name}=${value}` : name,
  )
  return names.length === 0 ? address : `${address}?${names.join('&')}`
}

/** The text of a body that ends before its end, as who reads it notices. */
export const broken = 'broken off'

/** Cookies by what a browser does with them. */
const cookieOf = (line: string): string =>
  `${/Max-Age=0\b/i.test(line) ? 'removes' : 'sets'} ${line.split('=', 1)[0]}`.replace(
    /journey_[\w-]+/,
    'journey',
  )

export async function outcomeOf(response: Response): Promise<Outcome> {
  const { status, headers } = response
  const text = await response.arrayBuffer().then(
    (bytes) => new TextDecoder().decode(bytes),
    () => broken,
  )
  const type = (headers.get('Content-Type') ?? '').split(';', 1)[0] ?? ''
  const body: unknown = /\bjson$/.test(type) && text !== '' ? jsonIn(text) : null
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
  return {
    status,
    type,
    location: placeOf(headers.get('Location')),
    members: isObject ? Object.keys(body).sort() : [],
    active: isObject && 'active' in body ? body.active : undefined,
    title: titleIn(text),
    cookies: headers.getSetCookie().map(cookieOf).sort(),
    retryAfter: headers.get('Retry-After'),
    text,
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What two outcomes of one kind have in common. */
export const kindOf = ({ text, ...outcome }: Outcome): string => {
  const { status, location, members, active, title, cookies } = outcome
  const isBroken = text === broken ? true : undefined
  return JSON.stringify({ status, location, members, active, title, cookies, isBroken })
}

const jsonError = (type: string, member: string) => (outcome: Outcome) =>
  outcome.type === type && outcome.members.includes(member)

/** How each face says that it cannot answer now. */
const formats: Record<Face, (outcome: Outcome) => boolean> = {
  page: ({ type, text }) => type === 'text/html' && text.includes('<main'),
  oauth: ({ type, text }) =>
    type === 'application/json' && text.includes('"error":"temporarily_unavailable"'),
  problem: jsonError('application/problem+json', 'status'),
  cms: jsonError('application/json', 'error'),
  'comic-clan': jsonError('application/json', 'error'),
  korap: ({ text }) => /"errors?":/.test(text),
  'traffic-ops': jsonError('application/json', 'alerts'),
  turnstile: ({ type }) => type !== 'text/html',
  monitor: jsonError('application/json', 'status'),
  cron: () => true,
}

/** Whether an outcome is 503, says when to come again, and is written as the face writes. */
export const isUnavailable = (outcome: Outcome, face: Face): boolean =>
  (outcome.status === 503 &&
    (face === 'monitor' || /^[1-9]\d*$/.test(outcome.retryAfter ?? '')) &&
    formats[face](outcome)) ||
  // A client hears of it at its own address (RFC 6749 4.1.2.1).
  (outcome.status === 303 && outcome.location?.includes('error=temporarily_unavailable') === true)

/** Whether it gives nothing that a proof would have earned, and takes nothing away. */
export const givesNothing = ({ cookies, location, text }: Outcome): boolean =>
  !cookies.some((cookie) => /session|remembered|known/.test(cookie)) &&
  !/[?&]code(&|$)/.test(location ?? '') &&
  !/"(access_token|refresh_token|id_token|client_secret)"/.test(text)
