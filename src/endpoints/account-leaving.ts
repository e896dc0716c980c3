// The pages of a copy of one's data, and of the end of one's account. Both need a fresh sign-in.
import { hasPassword } from '../core/people/account.ts'
import { isFresh } from '../core/people/fresh-sign-in.ts'
import { startDataCopy } from '../core/people/self/data-copy.ts'
import {
  type DeletionProof,
  confirmDeletion,
  deletionProofOf,
  leave,
  startDeletion,
} from '../core/people/self/leaving.ts'
import { signInWithPassword } from '../core/people/sign-in.ts'
import type { SessionStanding, User } from '../core/people/storage.ts'
import { utf8 } from '../crypto/encoding.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import { type DeletionStage, dataPage, deletionPage, leftPage } from '../pages/account-leaving.tsx'
import { OAuthError } from '../protocol/error.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { accountFrameOf, noticeOf } from './account-frame.ts'
import { formTo, freshly, ownPage } from './own-form.ts'
import { frameOf, page } from './page.ts'

const dataPath = '/account/data'
const deletionPath = '/account/delete'

/** The page from which a copy is downloaded. */
export const dataEndpoint = ownPage(
  dataPath,
  (context, standing) => showData(context, standing),
  freshly(download, dataPath),
)

/** The page that deletes an account. */
export const deletionEndpoint = ownPage(deletionPath, beginDeletion, freshly(remove, deletionPath))

async function showData(
  context: FaceContext,
  standing: SessionStanding,
  retryAfter?: number,
): Promise<Response> {
  const frame = await accountFrameOf(context, standing.user, dataPath)
  const html = dataPage(frame, {
    form: await formTo(context, dataPath),
    notice: noticeOf(context, standing, frame),
    isConfirmed: isFresh(context.env.as, standing),
    retryAfter,
  })
  if (retryAfter === undefined) return page(context, html)
  context.header('Retry-After', String(retryAfter))
  return page(context, html, 429)
}

async function download(context: FaceContext, standing: SessionStanding): Promise<Response> {
  const copy = await startDataCopy(context.env.as, standing.user)
  if (copy.outcome === 'too soon') return showData(context, standing, copy.retryAfter)
  const { pieces } = copy
  const body = new ReadableStream<Uint8Array>({
    // Read when the browser takes more, so that no more than one page waits in memory.
    async pull(controller) {
      const next = await pieces.next()
      if (next.done === true) controller.close()
      else controller.enqueue(utf8(next.value))
    },
  })
  return context.body(body, 200, {
    ...noStore,
    'Content-Type': 'application/json',
    'Content-Disposition': 'attachment; filename="my-data.json"',
    'X-Content-Type-Options': 'nosniff',
  })
}

const proofOf = (context: FaceContext, user: User): DeletionProof =>
  deletionProofOf(context.env.as, user, hasPassword(user))

/** What the page asks for first, by the proof that the person can give. */
const firstStage: Record<DeletionProof, DeletionStage> = {
  code: { ask: 'mail' },
  password: { ask: 'password' },
  'sign-in': { ask: 'nothing' },
}

function beginDeletion(context: FaceContext, standing: SessionStanding): Promise<Response> {
  const isConfirmed = isFresh(context.env.as, standing)
  const first = firstStage[proofOf(context, standing.user)]
  return showDeletion(context, standing, isConfirmed ? first : { ask: 'confirm first' })
}

async function showDeletion(
  context: FaceContext,
  standing: SessionStanding,
  stage: DeletionStage,
  status: 200 | 400 | 429 = 200,
): Promise<Response> {
  const { user } = standing
  const frame = await accountFrameOf(context, user, deletionPath)
  const html = deletionPage(frame, {
    form: await formTo(context, deletionPath),
    notice: noticeOf(context, standing, frame),
    deleteAt: deleteAtOf(context),
    stage,
  })
  return page(context, html, status)
}

/** Returns when an account goes that is deleted now; null = at once. */
function deleteAtOf({ env: { as } }: FaceContext): number | null {
  const { deletionDelay } = as.settings.people
  return deletionDelay === 0 ? null : as.now + deletionDelay
}

async function remove(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  const { user } = standing
  const { language } = await accountFrameOf(context, user, deletionPath)
  const proof = proofOf(context, user)
  if (proof === 'code') return removeByCode(context, standing, form, language)
  if (proof === 'password') {
    const refusal = await refusalOf(context, standing, form.get('password') ?? '')
    if (refusal !== null) {
      const { retryAfter } = refusal
      if (retryAfter !== undefined) context.header('Retry-After', String(retryAfter))
      const stage = { ask: 'password', refusal } as const
      return showDeletion(context, standing, stage, retryAfter === undefined ? 400 : 429)
    }
  }
  await leave(as, user, null, language)
  return left(context)
}

async function removeByCode(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
  language: string,
): Promise<Response> {
  const { as } = context.env
  const { id: userId, email } = standing.user
  const browserSecret = browserOf(context).ensureSecret()
  const code = form.get('code')
  const asked = { ask: 'code', address: email ?? '' } as const
  if (code === undefined) {
    await startDeletion(as, standing.user, { browserSecret, language })
    return showDeletion(context, standing, { ...asked, isRefusal: false })
  }
  const outcome = await confirmDeletion(as, { code, browserSecret, userId }, language)
  if (outcome === 'done' || outcome === 'repeated') return left(context)
  return showDeletion(context, standing, { ...asked, isRefusal: true }, 400)
}

/** Returns why a password does not confirm the deletion, or null if it does. It counts like every other try. */
async function refusalOf(
  { env: { as } }: FaceContext,
  { user, session }: SessionStanding,
  password: string,
): Promise<{ retryAfter?: number } | null> {
  try {
    const proved = await signInWithPassword(as, user.username, password, session.id, 'accepted')
    return proved.user.id === user.id ? null : {}
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    if (thrown.code === 'invalid_grant') return {}
    if (thrown.code !== 'too_many_requests') throw thrown
    return { retryAfter: thrown.retryAfter ?? 60 }
  }
}

/** Responds after a deletion, with which the session of this browser has ended. */
export async function left(context: FaceContext): Promise<Response> {
  const { as } = context.env
  browserOf(context).forgetSession()
  as.waitUntil(sendLogoutNotices(as))
  return page(context, leftPage(await frameOf(context), { deleteAt: deleteAtOf(context) }))
}
