// A browser as small as tests need it: keeps cookies, follows redirects within our own origin, sends
// hidden inputs back as they are, and stops where it is sent to somebody else.
import { encodeForm, issuer, postern, type Answerer, type Form } from './http.ts'

/** A form of a page: where it is posted to, and what goes with it unseen. */
type PageForm = { action: string; hidden: Record<string, string> }

/** Where the browser came to rest. */
export type Place = {
  status: number
  /** The path and query that answered last. */
  path: string
  headers: Headers
  html: string
  title: string
  forms: PageForm[]
  /** Where it was sent that is not ours; null = it shows a page. */
  away: string | null
  /** Status and Location of every redirect on the way. */
  trail: { status: number; location: string }[]
  /** Every Set-Cookie on the way. */
  setCookies: string[]
}

type Sent = { method: 'GET' | 'POST'; body: string | null; headers: Record<string, string> }

const formType = 'application/x-www-form-urlencoded'

export class UserAgent {
  readonly cookies = new Map<string, string>()
  readonly #to: Answerer
  readonly #origin: string
  readonly #headers: Record<string, string>

  constructor(to: Answerer = postern, origin = issuer, headers: Record<string, string> = {}) {
    this.#to = to
    this.#origin = origin
    this.#headers = headers
  }

  /** Follows a link or types an address. */
  open(path: string, headers: Record<string, string> = {}): Promise<Place> {
    return this.#go(path, { method: 'GET', body: null, headers })
  }

  /** Posts a form that no page of ours showed. */
  post(path: string, form: Form, headers: Record<string, string> = {}): Promise<Place> {
    const typed = { 'Content-Type': formType, ...headers }
    return this.#go(path, { method: 'POST', body: encodeForm(form), headers: typed })
  }

  /**
   * Sends the form with this action (default: the only one), as a browser does that was told to
   * send no referrer.
   */
  submit(
    place: Place,
    fields: Record<string, string | undefined>,
    { action, headers = {} }: { action?: string; headers?: Record<string, string> } = {},
  ): Promise<Place> {
    const form = formOf(place, action)
    const own = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin', ...headers }
    return this.post(form.action, { ...form.hidden, ...fields }, own)
  }

  /** A browser with the same cookies, from now on apart. */
  copy(): UserAgent {
    const other = new UserAgent(this.#to, this.#origin, this.#headers)
    for (const [name, value] of this.cookies) other.cookies.set(name, value)
    return other
  }

  async #go(path: string, first: Sent): Promise<Place> {
    let [at, sent] = [path, first]
    const trail: Place['trail'] = []
    const setCookies: string[] = []
    for (let step = 0; step < 10; step++) {
      const answer = await this.#send(at, sent)
      for (const cookie of answer.headers.getSetCookie()) {
        setCookies.push(cookie)
        this.#keep(cookie)
      }
      const location = answer.headers.get('Location')
      const rest = { status: answer.status, path: at, headers: answer.headers, trail, setCookies }
      if (location === null) return { ...rest, ...pageOf(await answer.text()), away: null }
      trail.push({ status: answer.status, location })
      const next = URL.parse(location, this.#origin + at)
      if (next?.origin !== this.#origin) {
        return { ...rest, html: '', title: '', forms: [], away: location }
      }
      at = next.pathname + next.search
      sent = { method: 'GET', body: null, headers: {} }
    }
    throw new Error(`the redirects have no end: ${JSON.stringify(trail)}`)
  }

  #send(path: string, { method, body, headers }: Sent): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const all = { ...this.#headers, ...(cookie === '' ? {} : { Cookie: cookie }), ...headers }
    return this.#to(
      new Request(this.#origin + path, { method, headers: all, body, redirect: 'manual' }),
    )
  }

  #keep(setCookie: string): void {
    const [pair = '', ...attributes] = setCookie.split('; ')
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals)
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, pair.slice(equals + 1))
  }
}

/** The form of a page with this action (default: the only one). */
export function formOf(place: Place, action?: string): PageForm {
  const fitting = place.forms.filter((form) => action === undefined || form.action === action)
  const [form, ...others] = fitting
  if (form !== undefined && others.length === 0) return form
  throw new Error(`no single form ${action ?? ''} but ${fitting.length} on: ${shownText(place)}`)
}

/** What a person reads: the page without its markup. */
export const shownText = (place: Place): string =>
  unescaped(
    place.html
      .replace(/<head>.*<\/head>/s, '')
      .replace(/<script\b.*?<\/script>/gs, '')
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' '),
  ).trim()

function pageOf(html: string): Pick<Place, 'html' | 'title' | 'forms'> {
  const forms = [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(
    ([, head = '', content = '']) => ({
      action: attribute(head, 'action'),
      hidden: Object.fromEntries(
        [...content.matchAll(/<input\b([^>]*)>/g)]
          .map(([, input = '']) => input)
          .filter((input) => attribute(input, 'type') === 'hidden')
          .map((input) => [attribute(input, 'name'), attribute(input, 'value')]),
      ),
    }),
  )
  return { html, title: unescaped(/<title>([^<]*)</.exec(html)?.[1] ?? ''), forms }
}

const attribute = (tag: string, name: string): string =>
  unescaped(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '')

const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&', '#39': "'" }

const unescaped = (text: string): string =>
  text.replace(/&(lt|gt|quot|amp|#39);/g, (all, name: string) => characters[name] ?? all)
