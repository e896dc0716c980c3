// The page of the passkeys under /account, and what other sites of the operator may do with them.
import { pendingGoal } from '../core/authorization/goal.ts'
import { type Screen, isShownIn, newScreen, openScreen } from '../core/authorization/screen.ts'
import { isFresh } from '../core/people/fresh-sign-in.ts'
import { addPasskey, removePasskey, renamePasskey } from '../core/people/passkeys/own-passkeys.ts'
import {
  acceptedPasskeys,
  creationOptions,
  mostPasskeys,
} from '../core/people/passkeys/relying-party.ts'
import { rpIdOf } from '../core/server/rp-id.ts'
import type { Passkey } from '../core/people/passkeys/storage.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import type { Language } from '../pages/language.ts'
import { type PasskeyEntry, type PasskeysProps, passkeysPage } from '../pages/passkeys.tsx'
import { textsIn } from '../pages/texts.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { accountFrameOf, noticeOf } from './account-frame.ts'
import { formTo, freshly, ownPage } from './own-form.ts'
import { page, refuse, renderPageError, seeOther } from './page.ts'

const path = '/account/passkeys'

export const passkeyEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [ownPage(path, show, freshly(act, path))],
}

async function show(
  context: FaceContext,
  standing: SessionStanding,
  isRefused = false,
): Promise<Response> {
  const { as } = context.env
  const { user } = standing
  const rpId = rpIdOf(as)
  if (rpId === null) return refuse(context, 'notFound', 404, { startAgainHref: '/account' })
  const passkeys = await as.store.passkeys.list(user.id)
  const frame = await accountFrameOf(context, user, path)
  const html = passkeysPage(frame, {
    form: await formTo(context, path),
    entries: passkeys.map(entryOf),
    renamed: passkeys.map(entryOf).find(({ id }) => id === context.req.query('rename')),
    adding: await addingOf(context, standing, rpId, passkeys),
    signal: await acceptedPasskeys(rpId, user, passkeys),
    notice: passkeyNotice(context, frame.language) ?? noticeOf(context, standing, frame),
    isRefused,
  })
  return page(context, html, isRefused ? 400 : 200)
}

const entryOf = (passkey: Passkey): PasskeyEntry => ({
  id: passkey.id,
  name: passkey.name,
  userAgent: passkey.userAgent,
  isSynced: passkey.isBackedUp,
  createdAt: passkey.createdAt,
  lastUsedAt: passkey.lastUsedAt,
})

/** Returns what was just done, as the address says. */
function passkeyNotice(context: FaceContext, language: Language): string | undefined {
  const { notices } = textsIn(language).passkeys
  const done = context.req.query('done')
  return Object.entries(notices).find(([name]) => name === done)?.[1]
}

/** Returns how a passkey is added: by a screen that only this session can answer. */
async function addingOf(
  context: FaceContext,
  standing: SessionStanding,
  rpId: string,
  passkeys: readonly Passkey[],
): Promise<PasskeysProps['adding']> {
  const { as } = context.env
  if (passkeys.length >= mostPasskeys) return 'most'
  if (!isFresh(as, standing)) return 'confirm'
  const { session, user } = standing
  const goal = { kind: 'page', path, confirms: false } as const
  const pending = pendingGoal(goal, { done: [], sessionId: session.id, scope: [] })
  const screen = await newScreen(as, browserOf(context).ensureSecret(), pending)
  const { action, hidden } = await formTo(context, path)
  return {
    form: { action, hidden: [['screen', screen.sealed], ...hidden] },
    options: await creationOptions(as, rpId, screen, user, passkeys),
  }
}

async function act(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  const { user } = standing
  const { language } = await accountFrameOf(context, user, path)
  const [made, removed, renamed] = ['passkey', 'remove', 'rename'].map((name) => form.get(name))
  if (made !== undefined) {
    const screen = await screenOf(context, standing, form)
    const isAdded = screen !== null && (await addPasskey(as, user, screen, made, { language }))
    return isAdded ? seeOther(context, `${path}?done=added`) : show(context, standing, true)
  }
  if (removed !== undefined)
    return seeOther(context, `${path}?done=${await removePasskey(as, user, removed, language)}`)
  if (renamed === undefined) return seeOther(context, `${path}?done=confirmed`)
  await renamePasskey(as, user, renamed, form.get('name') ?? '')
  return seeOther(context, `${path}?done=renamed`)
}

/** Returns the screen of the page that this session was shown; null = the form has another one. */
async function screenOf(
  context: FaceContext,
  { session }: SessionStanding,
  form: Parameters,
): Promise<Screen | null> {
  const { secret = '' } = browserOf(context)
  const screen = await openScreen(context.env.as, form.get('screen') ?? '')
  if (screen === null || !(await isShownIn(secret, screen))) return null
  const { pending } = screen
  const isOwn = pending.kind === 'page' && pending.path === path && pending.sessionId === session.id
  return isOwn ? screen : null
}
