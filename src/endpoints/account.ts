// The home page and the account page of a user who is signed in: what has access, and how to end it.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import {
  type Access,
  type Part,
  changePassword,
  endAccess,
  endEverythingElse,
  hasPassword,
  listAccess,
  listSessions,
} from '../core/people/account.ts'
import { shortestPassword } from '../core/people/chosen-password.ts'
import { endSession } from '../core/people/browser-session.ts'
import { isFresh } from '../core/people/fresh-sign-in.ts'
import { setFirstPassword } from '../core/people/self/profile.ts'
import type { AccountCounts } from '../core/people/self/storage.ts'
import type { Session, SessionStanding, User } from '../core/people/storage.ts'
import { type Link, linksOf } from '../core/providers/link.ts'
import { type SignInProvider, signInProviders } from '../core/providers/sign-in-provider.ts'
import type { Page } from '../core/server/storage.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import type { AccessEntry, SessionEntry } from '../pages/account-access.tsx'
import type { PasswordChange, PasswordRefusal } from '../pages/account-password.tsx'
import type { LinkEntry } from '../pages/account-providers.tsx'
import type { AccountFacts } from '../pages/account-sections.tsx'
import { firstPasswordPage, passwordPage } from '../pages/account-profile.tsx'
import { type AccountProps, accountPage } from '../pages/account.tsx'
import { longestList } from '../pages/home.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { accountFrameOf, noticeOf } from './account-frame.ts'
import { formTo, ownForm, ownPage, visitorOf } from './own-form.ts'
import { profileEndpoints } from './account-profile.ts'
import { dataEndpoint } from './account-leaving.ts'
import { page, renderPageError, seeOther, shownClient, shownUser } from './page.ts'
import { askToConfirm, askToSignIn } from './progress.ts'

const passwordPath = '/account/password'

export const accountEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    { path: '/account', handlers: { GET: (context) => showAccount(context) } },
    ownForm('/account/sessions', endOneSession),
    ownForm('/account/access', endOneAccess),
    ownForm('/account/everywhere', endAll),
    ownPage(
      passwordPath,
      (context, standing) => showPassword(context, standing),
      changeOwnPassword,
    ),
    ...profileEndpoints,
    dataEndpoint,
  ],
}

/** What was just done, as the address of the page can say. */
const notices = [
  'revoked',
  'passwordChanged',
  'linked',
  'unlinked',
  'lastWay',
  'confirmed',
] as const

type Shown = {
  notice?: AccountProps['notice']
  refusal?: PasswordRefusal
  /** Ids of the links that a refused change of password would have kept. */
  keptLinks?: readonly string[]
}

async function showAccount(context: FaceContext, shown: Shown = {}): Promise<Response> {
  const { as } = context.env
  const standing = await visitorOf(context, '/account')
  if (standing instanceof Response) return standing
  const [counts, sessions, access, links, providers] = await Promise.all([
    as.store.self.counts(standing.user.id, as.now),
    listSessions(as, standing.user.id, partOf(context, 'sessions')),
    listAccess(as, standing.user.id, partOf(context, 'access')),
    linksOf(as, standing.user),
    signInProviders(as),
  ])
  const notice = shown.notice ?? noticeOfOverview(context, standing)
  const html = accountPage(await accountFrameOf(context, standing.user, '/account'), {
    facts: factsOf(standing.user, counts),
    now: as.now,
    ...(notice === undefined ? {} : { notice }),
    sessions: {
      form: await formTo(context, '/account/sessions'),
      ...shownPage('sessions', sessions, (session) => sessionEntry(as, session, standing)),
    },
    clients: {
      form: await formTo(context, '/account/access'),
      ...shownPage('access', access, accessEntry),
    },
    everywhere: await formTo(context, '/account/everywhere'),
    providers: {
      link: await formTo(context, '/account/link'),
      unlink: await formTo(context, '/account/unlink'),
      links: links.map(linkEntry),
      choices: unlinkedProviders(providers, links),
    },
    ...(hasPassword(standing.user) ? { password: await passwordForm(context, shown, links) } : {}),
  })
  return refusable(context, html, shown.refusal)
}

const factsOf = (user: User, counts: AccountCounts): AccountFacts => ({
  user: shownUser(user),
  email: user.email,
  isEmailVerified: user.emailVerified,
  hasPassword: hasPassword(user),
  hasTotp: user.sealedTotp !== null,
  locale: user.locale,
  ...counts,
})

/** Returns which part of a list the address asks for. */
function partOf(context: FaceContext, list: 'sessions' | 'access'): Part {
  const from = context.req.query(list) ?? ''
  return { limit: longestList, cursor: /^\d{1,9}$/.test(from) ? Number(from) : 0 }
}

/** Returns one page of a list, with a link to the rest: nothing with access must stay unseen. */
const shownPage = <Item, Entry>(
  list: 'sessions' | 'access',
  { items, nextCursor }: Page<Item>,
  show: (item: Item) => Entry,
): { entries: readonly Entry[]; olderHref?: string } => ({
  entries: items.map(show),
  ...(nextCursor === null ? {} : { olderHref: `/account?${list}=${nextCursor}` }),
})

async function passwordForm(
  context: FaceContext,
  { refusal, keptLinks = [] }: Shown,
  links: readonly Link[],
): Promise<PasswordChange> {
  return {
    form: await formTo(context, '/account/password'),
    minimumLength: shortestPassword,
    suspectLinks: links
      .filter(({ isSuspect }) => isSuspect)
      .map((link) => ({ ...linkEntry(link), isKept: keptLinks.includes(link.id) })),
    ...(refusal === undefined ? {} : { refusal }),
  }
}

/** Returns what was just done, as the address says. "Confirmed" is shown only if it is true. */
function noticeOfOverview(
  context: FaceContext,
  standing: SessionStanding,
): AccountProps['notice'] | undefined {
  const notice = notices.find((name) => name === context.req.query('done'))
  return notice === 'confirmed' && !isFresh(context.env.as, standing) ? 'notConfirmed' : notice
}

const linkEntry = ({ id, label, email, createdAt }: Link): LinkEntry => ({
  ...{ id, label, linkedAs: email ?? '', createdAt },
})

const unlinkedProviders = (
  providers: readonly SignInProvider[],
  links: readonly Link[],
): readonly SignInProvider[] =>
  providers.filter(({ issuer }) => !links.some((link) => link.issuer === issuer))

const sessionEntry = (
  { timeZone }: AuthorizationServer,
  session: Session,
  standing: SessionStanding,
): SessionEntry => ({
  id: session.id,
  isCurrent: session.id === standing.session.id,
  createdAt: session.createdAt,
  lastUsedAt: session.lastSeenAt,
  ...(session.userAgent === null ? {} : { userAgent: session.userAgent }),
  ...(session.place === null ? {} : { place: session.place }),
  timeZone,
})

const accessEntry = ({ id, client, scope, createdAt, lastUsedAt }: Access): AccessEntry => ({
  ...{ id, client: shownClient(client), scopes: scope, createdAt },
  ...(lastUsedAt === null ? {} : { lastUsedAt }),
})

async function endOneSession(
  context: FaceContext,
  { session, user }: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  const id = form.get('session') ?? ''
  await endSession(as, id, user.id)
  as.waitUntil(sendLogoutNotices(as))
  if (id !== session.id) return seeOther(context, '/account?done=revoked')
  browserOf(context).forgetSession()
  return seeOther(context, '/')
}

async function endOneAccess(
  context: FaceContext,
  { user }: SessionStanding,
  form: Parameters,
): Promise<Response> {
  await endAccess(context.env.as, user.id, form.get('grant') ?? '')
  return seeOther(context, '/account?done=revoked')
}

async function endAll(context: FaceContext, standing: SessionStanding): Promise<Response> {
  const secret = browserOf(context).session ?? ''
  const successor = await endEverythingElse(context.env.as, standing, secret)
  // Another request came first and has the session now, so this browser has to sign in.
  if (successor === null) return askToSignIn(context, '/account')
  browserOf(context).keepSession(successor, standing.session)
  context.env.as.waitUntil(sendLogoutNotices(context.env.as))
  return seeOther(context, '/account?done=revoked')
}

async function showPassword(
  context: FaceContext,
  standing: SessionStanding,
  shown: Shown = {},
): Promise<Response> {
  const { as } = context.env
  const { user } = standing
  const frame = await accountFrameOf(context, user, passwordPath)
  const notice = noticeOf(context, standing, frame)
  const { refusal } = shown
  if (!hasPassword(user)) {
    const form = await formTo(context, passwordPath)
    const isConfirmed = isFresh(as, standing)
    const told = { form, notice, isConfirmed, minimumLength: shortestPassword, refusal }
    return refusable(context, firstPasswordPage(frame, told), refusal)
  }
  const { form, ...change } = await passwordForm(context, shown, await linksOf(as, user))
  // A refusal is shown on the page whose form it is: /account has the same form.
  const own = { ...form, hidden: [...form.hidden, ['page', 'password'] as const] }
  const html = passwordPage(frame, {
    change: { ...change, form: own },
    username: user.username,
    notice,
  })
  return refusable(context, html, refusal)
}

/** Responds with a page that may say why a password was refused. */
function refusable(
  context: FaceContext,
  html: string,
  refusal: PasswordRefusal | undefined,
): Promise<Response> {
  if (refusal?.reason === 'throttled') context.header('Retry-After', String(refusal.retryAfter))
  const refused = refusal?.reason === 'throttled' ? 429 : 400
  return page(context, html, refusal === undefined ? 200 : refused)
}

async function changeOwnPassword(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  if (!hasPassword(standing.user)) return setOwnPassword(context, standing, form)
  const [current, next] = [form.get('current_password') ?? '', form.get('new_password') ?? '']
  const secret = browserOf(context).session ?? ''
  const keptLinks = [...form.keys()].flatMap((name) => /^keep_(.+)$/.exec(name)?.[1] ?? [])
  const isOwnPage = form.get('page') === 'password'
  const result = await changePassword(as, standing, secret, current, next, keptLinks)
  if (result.outcome === 'changed') {
    browserOf(context).keepSession(result.secret, standing.session)
    as.waitUntil(sendLogoutNotices(as))
    return seeOther(context, `${isOwnPage ? passwordPath : '/account'}?done=passwordChanged`)
  }
  const refusal: PasswordRefusal =
    result.outcome === 'throttled'
      ? { reason: 'throttled', retryAfter: result.retryAfter }
      : { reason: result.outcome }
  const shown = { refusal, keptLinks }
  return isOwnPage ? showPassword(context, standing, shown) : showAccount(context, shown)
}

async function setOwnPassword(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  if (!isFresh(as, standing)) return askToConfirm(context, standing, passwordPath)
  const outcome = await setFirstPassword(as, standing.user, form.get('new_password') ?? '')
  // Another form set one first: this page asks for it now.
  if (outcome === 'set') return seeOther(context, passwordPath)
  return outcome === 'changed'
    ? seeOther(context, `${passwordPath}?done=passwordSet`)
    : showPassword(context, standing, { refusal: { reason: outcome } })
}
