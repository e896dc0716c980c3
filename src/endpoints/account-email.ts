// The page of the e-mail address. A change needs a fresh sign-in and a code that is sent to the new one.
import { isFresh } from '../core/people/fresh-sign-in.ts'
import { startVerification } from '../core/people/mail/verification.ts'
import {
  completeAddressChange,
  judgeAddress,
  startAddressChange,
} from '../core/people/self/address-change.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { emailCodePage, emailPage } from '../pages/account-email.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { accountFrameOf, noticeOf } from './account-frame.ts'
import { mailSent } from './mail-sent.ts'
import { formTo, ownForm, ownPage } from './own-form.ts'
import { page, seeOther } from './page.ts'
import { askToConfirm } from './progress.ts'

const path = '/account/email'

const verificationPath = '/account/verify'

/** The page of the e-mail address. */
export const emailEndpoints: readonly Endpoint[] = [
  ownPage(path, (context, standing) => show(context, standing), change),
  ownForm(verificationPath, verify, path),
]

type Refused = { typed: string; reason: 'unusable' | 'own' }

async function show(
  context: FaceContext,
  standing: SessionStanding,
  refusal?: Refused,
): Promise<Response> {
  const { user } = standing
  const frame = await accountFrameOf(context, user, path)
  const html = emailPage(frame, {
    form: await formTo(context, path),
    verification: await formTo(context, verificationPath),
    notice: noticeOf(context, standing, frame),
    email: user.email,
    isVerified: user.emailVerified,
    isConfirmed: isFresh(context.env.as, standing),
    refusal,
  })
  return page(context, html, refusal === undefined ? 200 : 400)
}

async function verify(context: FaceContext, { user }: SessionStanding): Promise<Response> {
  // Another window may have confirmed it since the page was shown.
  if (user.email === null || user.emailVerified) return seeOther(context, path)
  const browserSecret = browserOf(context).ensureSecret()
  const { language } = await accountFrameOf(context, user, path)
  await startVerification(context.env.as, user, { browserSecret, language })
  return mailSent(context, 'verify', user.email)
}

async function change(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  const { user } = standing
  const browserSecret = browserOf(context).ensureSecret()
  const { language } = await accountFrameOf(context, user, path)
  const address = form.get('email')?.trim() ?? ''
  const code = form.get('code')
  // Whoever was asked for the code had just signed in.
  if (code !== undefined) {
    const answer = { code, browserSecret, userId: user.id }
    const outcome = await completeAddressChange(as, answer, language)
    return outcome === 'done' || outcome === 'repeated'
      ? seeOther(context, `${path}?done=emailChanged`)
      : askForCode(context, standing, address, true)
  }
  if (!isFresh(as, standing)) return askToConfirm(context, standing, path)
  const verdict = judgeAddress(user, address)
  if (verdict !== 'usable') return show(context, standing, { typed: address, reason: verdict })
  await startAddressChange(as, user, address, { browserSecret, language })
  return askForCode(context, standing, address, false)
}

async function askForCode(
  context: FaceContext,
  { user }: SessionStanding,
  address: string,
  isRefusal: boolean,
): Promise<Response> {
  const { action, hidden } = await formTo(context, path)
  const form = { action, hidden: [...hidden, ['email', address] as const] }
  const frame = await accountFrameOf(context, user, path)
  return page(context, emailCodePage(frame, { form, address, isRefusal }), isRefusal ? 400 : 200)
}
