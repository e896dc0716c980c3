// A browser without a screen: keeps cookies, follows redirects, fills in whatever form it is shown,
// until the answer comes back to the application.
import type { App, Contestant } from './contestant.ts'
import { formHeaders, headerOf, requestText, type Answer, type Ask, type Question } from './load.ts'

/** A verifier and its S256 challenge: RFC 7636, appendix B. */
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const mostSteps = 15

/** A fresh authorization request of the application. */
export const authorizationParameters = (app: App): Record<string, string> => ({
  response_type: 'code',
  client_id: app.id,
  redirect_uri: app.redirectUri,
  ...(app.scope === undefined ? {} : { scope: app.scope }),
  state: crypto.randomUUID(),
  nonce: crypto.randomUUID(),
  code_challenge: challenge,
  code_challenge_method: 'S256',
  ...app.authorizeExtra,
})

export class Browser {
  readonly #contestant: Contestant
  readonly #cookies = new Map<string, string>()

  constructor(contestant: Contestant) {
    this.#contestant = contestant
  }

  /** Asks for authorization by a fresh request or this one, does what it is asked for: the code. */
  async authorize(ask: Ask, parameters?: Record<string, string>): Promise<string> {
    const { app, paths, user, signIn, knownDefect } = this.#contestant
    const query = new URLSearchParams(parameters ?? authorizationParameters(app))
    const start: Question = { path: `${paths.authorization}?${query}` }
    let question = start
    for (let step = 0; step < mostSteps; step++) {
      const answer = await this.visit(ask, question)
      const location = answer.status >= 300 && answer.status < 400 && headerOf(answer, 'location')
      if (location && knownDefect?.test(location)) return this.authorize(ask)
      if (location && location.startsWith(app.redirectUri)) return codeIn(location)
      if (location && signIn !== undefined && step === 0) {
        await this.#signIn(ask, signIn)
        question = start
      } else if (location) {
        question = { path: this.#pathOf(location, question.path) }
      } else if (answer.status === 200 && user !== undefined) {
        question = this.fill(answer.body, question.path, user)
      } else {
        throw new Error(this.#complaint(question, answer))
      }
    }
    throw new Error(`${this.#contestant.name}: ${mostSteps} steps and no code`)
  }

  async #signIn(ask: Ask, signIn: NonNullable<Contestant['signIn']>): Promise<void> {
    const question: Question = { method: 'POST', ...signIn }
    const answer = await this.visit(ask, question)
    if (answer.status !== 200) throw new Error(this.#complaint(question, answer))
  }

  /** Sends a request with the cookies, and keeps those of the answer. */
  async visit(ask: Ask, question: Question): Promise<Answer> {
    const { headers } = this.#contestant
    const cookies = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const carried = {
      ...headers,
      ...question.headers,
      ...(cookies === '' ? {} : { Cookie: cookies }),
    }
    const answer = await ask(requestText(this.#contestant, { ...question, headers: carried }))
    for (const [, name = '', value = '', rest = ''] of answer.head.matchAll(
      /^set-cookie: *([^=;]+)=([^;\r\n]*)(.*)$/gim,
    )) {
      if (value === '' || /max-age=0\b|expires=thu, 01 jan 1970/i.test(rest)) {
        this.#cookies.delete(name)
      } else this.#cookies.set(name, value)
    }
    return answer
  }

  /** The first form of a page, with the name and password where it asks for them. */
  fill(page: string, here: string, user: { name: string; password: string }): Question {
    const form = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(page)
    if (form === null) throw new Error(`${this.#contestant.name}: no form at ${here}: ${page}`)
    const fields = new URLSearchParams()
    for (const [tag, kind = ''] of (form[2] ?? '').matchAll(/<(input|button)\b[^>]*>/gi)) {
      const name = attribute(tag, 'name')
      const value = attribute(tag, 'value') ?? ''
      const type = attribute(tag, 'type')
      if (name === undefined || fields.has(name)) continue
      if (type === 'password') fields.set(name, user.password)
      else if (/^(username|login|email)$/.test(name)) fields.set(name, user.name)
      else if (type === 'hidden' || (/button/i.test(kind) && !/deny|cancel/i.test(value))) {
        fields.set(name, value)
      }
    }
    const path = this.#pathOf(attribute(form[1] ?? '', 'action') ?? here, here)
    const isPost = attribute(form[1] ?? '', 'method')?.toLowerCase() === 'post'
    return isPost
      ? { method: 'POST', path, headers: formHeaders, body: fields.toString() }
      : { path: `${path}?${fields}` }
  }

  /** Where a link leads, on the server under measurement whatever name it calls itself by. */
  #pathOf(link: string, here: string): string {
    const { pathname, search } = new URL(link, this.#contestant.origin + here)
    return pathname + search
  }

  #complaint = ({ path }: Question, { status, body }: Answer): string =>
    `${this.#contestant.name}: ${status} at ${path.slice(0, 80)}: ${body.slice(0, 200)}`
}

function codeIn(location: string): string {
  const code = new URL(location).searchParams.get('code')
  if (code === null) throw new Error(`no code but ${location}`)
  return code
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\b${name}=(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag)
  const value = match?.[1] ?? match?.[2] ?? match?.[3]
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
