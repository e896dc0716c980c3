// Screens and forms of the console as endpoints. A screen only reads; a form is shown by GET at the
// address to which it is posted, proves that it is ours, and leads on by a redirect.
import type { Child } from 'hono/jsx'
import { type PagePath, consolePath } from '../core/authorization/screen.ts'
import { randomSecret } from '../crypto/secret.ts'
import { frameOf, page, refuse, seeOther } from '../endpoints/page.ts'
import type { FaceContext } from '../http/app.ts'
import { formTokenInput, isOwnForm } from '../http/browser.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { readForm } from '../http/form.ts'
import type { Form } from '../pages/form.tsx'
import { OAuthError } from '../protocol/error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { type Section, consolePage } from './layout.tsx'
import { stylesheetPath } from './stylesheet.ts'
import { type Visit, needsFreshSignIn, ownPath, visitOf } from './visit.ts'

/** What a screen shows. */
export type View = {
  /** Plain text: the heading, and the title of the window. */
  title: string
  /** The entry of the navigation that it belongs to. */
  section: Section
  /** The list that it was reached from. */
  up?: { href: string; title: string }
  /** Beside the heading: what can be done here. */
  actions?: Child
  body: Child
}

/** Returns the endpoint of a screen. `show` returns null where what the address names is not there. */
export const screen = (path: string, show: (visit: Visit) => Promise<View | null>): Endpoint => ({
  path,
  handlers: {
    GET: async (context) => {
      const visit = await visitOf(context, ownPath(context))
      return visit instanceof Response ? visit : answer(visit, await show(visit))
    },
  },
})

/** Why a form is shown again: the fault of each field, and what was sent. */
export type Refusal = { faults: Readonly<Record<string, string>>; sent: Parameters }

/** What a posted form leads to. */
type Outcome = Response | Refusal | null

type FormScreen<Facts> = {
  /** Whether the last sign-in must be fresh: for what destroys or gives power. */
  needsFresh: boolean
  /** Reads what the form is about; null = it is not there. */
  read: (visit: Visit) => Promise<Facts | null>
  show: (visit: Visit, facts: Facts, form: Form, refusal?: Refusal) => View | Promise<View>
  /** Acts. It reads itself what it decides by: the page may be old. */
  act: (visit: Visit, sent: Parameters) => Promise<Outcome>
}

/** Returns the endpoint of a form with a page of its own. */
export function formScreen<Facts>(path: string, form: FormScreen<Facts>): Endpoint {
  const shown = async (visit: Visit, refusal?: Refusal): Promise<Response> => {
    const facts = await form.read(visit)
    if (facts === null) return answer(visit, null)
    const ownForm = await formTo(visit, visit.context.req.path)
    return answer(visit, await form.show(visit, facts, ownForm, refusal), refusal && 400)
  }
  return {
    path,
    handlers: {
      GET: async (context) => {
        const visit = await changerOf(context, ownPath(context))
        if (visit instanceof Response) return visit
        const signIn = form.needsFresh ? needsFreshSignIn(visit, ownPath(context)) : null
        return signIn ?? shown(visit)
      },
      POST: async (context) => {
        const posted = await postedTo(context, ownPath(context), form.needsFresh)
        if (posted instanceof Response) return posted
        const { visit, sent } = posted
        const outcome = await form.act(visit, sent)
        if (outcome === null) return answer(visit, null)
        return outcome instanceof Response ? outcome : shown(visit, outcome)
      },
    },
  }
}

/**
 * Returns the endpoint of a form that stands on another screen, the one a step above its address: there
 * it leads back, also whoever has to sign in first.
 */
export const action = (
  path: string,
  act: (visit: Visit, sent: Parameters) => Promise<Response | null>,
): Endpoint => ({
  path,
  handlers: {
    GET: (context) => seeOther(context, above(context)),
    POST: async (context) => {
      const posted = await postedTo(context, above(context), false)
      if (posted instanceof Response) return posted
      return (await act(posted.visit, posted.sent)) ?? answer(posted.visit, null)
    },
  },
})

const above = ({ req: { path } }: FaceContext): PagePath =>
  consolePath(path.slice(0, path.lastIndexOf('/')))

/** Returns the visit of somebody who may change things. */
async function changerOf(context: FaceContext, path: PagePath): Promise<Visit | Response> {
  const visit = await visitOf(context, path)
  if (visit instanceof Response || visit.mayChange) return visit
  return refuse(context, 'denied', 403, { startAgainHref: '/admin' })
}

async function postedTo(
  context: FaceContext,
  path: PagePath,
  needsFresh: boolean,
): Promise<{ visit: Visit; sent: Parameters } | Response> {
  const sent = await readForm(context.req.raw)
  if (!(await isOwnForm(context, sent, purposeOf(context.req.path, sent.get('form') ?? ''))))
    return refuse(context, 'forgery', 403, { startAgainHref: path })
  const visit = await changerOf(context, path)
  if (visit instanceof Response) return visit
  return (needsFresh ? needsFreshSignIn(visit, path) : null) ?? { visit, sent }
}

const purposeOf = (path: string, id: string): string => `${path} ${id}`

/** Returns a form that is posted to `action`; each one that is shown has an id of its own. */
export async function formTo({ context, as }: Visit, action: string): Promise<Form> {
  const id = `${Math.floor(as.now)}-${randomSecret(16)}`
  return { action, hidden: [['form', id], await formTokenInput(context, purposeOf(action, id))] }
}

/** Seconds for which a form that counts once can be sent. */
const answerableFor = 3600

/**
 * Does what a form asks for whose second copy would do harm (a secret that is made twice). `act` has to
 * cause one event: its key is the form, so that D1 refuses the whole batch of a second copy, and a batch
 * that failed leaves the form as good as new.
 */
export async function once(
  visit: Visit,
  section: Section,
  sent: Parameters,
  act: (as: Visit['as']) => Promise<Response | null>,
): Promise<Response | null> {
  const { as } = visit
  const id = sent.get('form') ?? ''
  const isTimely = Number(id.split('-', 1)[0]) + answerableFor > as.now
  if (!isTimely) return sentBefore(visit, section)
  const eventKey = `form ${id}`
  try {
    return await act({ ...as, eventKey })
  } catch (failure) {
    // Whoever is told 503 sends the form again, and hears then whether it was done.
    if (failure instanceof OAuthError || !(await as.store.audit.isKnown(eventKey))) throw failure
    return sentBefore(visit, section)
  }
}

/** Responds with the page that says that a form was sent before, or is too old. */
export function sentBefore(visit: Visit, section: Section): Promise<Response> {
  const { title, text } = visit.texts.sentBefore
  return answer(visit, { title, section, body: <p>{text}</p> }, 400)
}

/** Leads to a screen that says what was done. */
export const doneAt = (
  { context }: Visit,
  path: string,
  done: keyof Visit['texts']['done'],
): Response => seeOther(context, `${path}${path.includes('?') ? '&' : '?'}done=${done}`)

/** Responds with a screen; null = with the page that says that there is nothing. */
export async function answer(
  visit: Visit,
  view: View | null,
  status: 200 | 400 | 404 = 200,
): Promise<Response> {
  const { context, texts } = visit
  const frame = {
    ...(await frameOf(context, undefined, null)),
    language: 'en' as const,
    furtherStylesheetHref: await stylesheetPath(),
  }
  const { title, text } = texts.notFound
  const shown = view ?? { title, section: 'none' as const, body: <p>{text}</p> }
  const signOut = { action: '/sign-out', hidden: [await formTokenInput(context, '/sign-out')] }
  const doneName = context.req.method === 'GET' ? context.req.query('done') : undefined
  const done = Object.entries(texts.done).find(([name]) => name === doneName)?.[1]
  const html = consolePage(frame, { visit, view: shown, signOut, done, isRefusal: status === 400 })
  return page(context, html, view === null ? 404 : status)
}
