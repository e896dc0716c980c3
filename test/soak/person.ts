// One connection and who is behind it: an address, a browser that stays signed in, the tokens of its app.
import { Browser } from '../bench/browser.ts'
import type { Contestant } from '../bench/contestant.ts'
import {
  formHeaders,
  headerOf,
  Lane,
  requestText,
  type Answer,
  type Ask,
  type Question,
} from '../bench/load.ts'
import type { Figures } from './figures.ts'
import type { Rows } from './rows.ts'

/** A page and where it was found. */
type Page = Answer & { path: string }

/** The rows that a visit may have added because it proved something, by table. */
export type Proofs = Rows

/** Clients that a contestant of the bench does not have. */
export type World = { device: { id: string } }

export type Visit = {
  name: string
  /** How often it is made, beside the others. */
  weight: number
  make: (person: Person, world: World) => Promise<Proofs>
}

export class Person {
  readonly contestant: Contestant
  readonly ask: Ask
  browser: Browser
  refreshToken: string | null = null
  readonly #lane: Lane
  readonly #figures: Figures

  constructor(contestant: Contestant, index: number, figures: Figures) {
    const address = `10.1.${index >> 8}.${index & 255}`
    this.contestant = {
      ...contestant,
      headers: { 'CF-Connecting-IP': address, 'User-Agent': `soak/${index}` },
    }
    this.#lane = new Lane(contestant.origin)
    this.#figures = figures
    this.ask = (request) => this.#counted(request)
    this.browser = new Browser(this.contestant)
  }

  /** Begins again in a browser without cookies. */
  renewBrowser(): void {
    this.browser = new Browser(this.contestant)
    this.refreshToken = null
  }

  /** Sends a request without cookies. */
  send(question: Question): Promise<Answer> {
    const headers = { ...this.contestant.headers, ...question.headers }
    return this.ask(requestText(this.contestant, { ...question, headers }))
  }

  /** Opens a page in the browser, and goes where it is sent. */
  async follow(question: Question, browser = this.browser): Promise<Page> {
    let path = question.path
    let answer = await browser.visit(this.ask, question)
    for (let step = 0; step < 5 && answer.status === 303; step++) {
      const { pathname, search } = new URL(headerOf(answer, 'location') ?? '', this.#here(path))
      path = pathname + search
      answer = await browser.visit(this.ask, { path })
    }
    return { ...answer, path }
  }

  /** Sends the first form of a page with these fields, and goes where it is sent. */
  answer(page: Page, fields: Record<string, string>, browser = this.browser): Promise<Page> {
    const { username: name = '', password = '', ...others } = fields
    const form = browser.fill(page.body, page.path, { name, password })
    const body = new URLSearchParams(form.body)
    for (const [field, value] of Object.entries(others)) body.set(field, value)
    return this.follow({ ...form, body: body.toString() }, browser)
  }

  #here(path: string): string {
    return (this.contestant.issuer ?? this.contestant.origin) + path
  }

  /** Posts a form, with Basic where an account is given. */
  post(
    path: string,
    form: Record<string, string>,
    account?: { id: string; secret?: string },
  ): Promise<Answer> {
    const basic = account && `Basic ${btoa(`${account.id}:${account.secret ?? ''}`)}`
    const headers = { ...formHeaders, ...(basic === undefined ? {} : { Authorization: basic }) }
    return this.send({
      method: 'POST',
      path,
      headers,
      body: new URLSearchParams(form).toString(),
    })
  }

  close(): void {
    this.#lane.close()
  }

  async #counted(request: string): Promise<Answer> {
    const route = routeOf(request)
    const asked = performance.now()
    const answer = await this.#lane.ask(request)
    this.#figures.note(route, answer.status, performance.now() - asked, () => answer.body)
    return answer
  }
}

/** The method and the path of a request, without what differs each time. */
function routeOf(request: string): string {
  const [method = '', target = ''] = request.slice(0, request.indexOf('\r\n')).split(' ')
  const path = URL.canParse(target) ? new URL(target).pathname : target.replace(/\?.*/, '')
  const pattern = path
    .replace(/^(\/oauth2\/register)\/.*/, '$1/:id')
    .replace(/^\/[0-9a-f]{32}$/, '/unknown')
  return `${method} ${pattern}`
}

/** Demands a status, and returns the answer. @throws what was answered instead */
export function expectStatus<Got extends Answer>(answer: Got, ...statuses: number[]): Got {
  if (statuses.includes(answer.status)) return answer
  throw new Error(`${answer.status} instead of ${statuses.join()}: ${answer.body.slice(0, 200)}`)
}

/** Reads the members of a JSON answer that are text. */
export function membersOf(answer: Answer): Record<string, string> {
  const members: unknown = JSON.parse(answer.body)
  if (typeof members !== 'object' || members === null) throw new Error('the answer is no object')
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  )
}

/** A member that must be there. @throws */
export function memberOf(answer: Answer, name: string): string {
  const member = membersOf(answer)[name]
  if (member === undefined) throw new Error(`${answer.status} without ${name}`)
  return member
}
