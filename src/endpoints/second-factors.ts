// The pages of a user's own second factor: the authenticator app, and the recovery codes for it.
import { fewCodes, newRecoveryCodes, readableCodes } from '../core/people/factors/recovery-code.ts'
import { hasSecondFactor } from '../core/people/factors/second-factor.ts'
import { completeTotp, removeTotp, waitingTotp } from '../core/people/factors/totp-enrolment.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { recoveryCodesPage, totpPage } from '../pages/totp.tsx'
import { type TotpSetUp, setUpForm } from '../pages/totp-set-up.tsx'
import { textsIn } from '../pages/texts.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { accountFrameOf, noticeOf } from './account-frame.ts'
import { formTo, freshly, ownPage } from './own-form.ts'
import { page, renderPageError, seeOther } from './page.ts'

const totpPath = '/account/totp'
const codesPath = '/account/recovery-codes'

export const secondFactorEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    ownPage(totpPath, (context, standing) => showTotp(context, standing), answerTotp),
    ownPage(
      codesPath,
      (context, standing) => showCodes(context, standing),
      freshly(createCodes, codesPath),
    ),
  ],
}

type Refused = { refusal?: TotpSetUp['refusal']; carried?: string }

async function showTotp(
  context: FaceContext,
  standing: SessionStanding,
  { refusal, carried }: Refused = {},
): Promise<Response> {
  const { as } = context.env
  const frame = await accountFrameOf(context, standing.user, totpPath)
  const form = await formTo(context, totpPath)
  const texts = textsIn(frame.language).factors
  const done = context.req.query('done')
  const isOn = hasSecondFactor(standing.user)
  const waiting = isOn ? null : await waitingTotp(as, standing, carried)
  const html = totpPage(frame, {
    form,
    notice:
      (done === 'added' && isOn) || (done === 'removed' && !isOn)
        ? texts[done]
        : noticeOf(context, standing, frame),
    state: isOn ? 'on' : waiting === null ? 'off' : { ...setUpForm(form, waiting), refusal },
  })
  return page(context, html, refusal === undefined ? 200 : 400)
}

function answerTotp(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const isSent = form.get('enrolment') !== undefined && form.get('code') !== undefined
  return isSent
    ? confirmTotp(context, standing, form)
    : freshly(changeTotp, totpPath)(context, standing, form)
}

async function confirmTotp(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  const [carried, code] = [form.get('enrolment') ?? '', form.get('code') ?? '']
  const browser = browserOf(context)
  const { language } = await accountFrameOf(context, standing.user, totpPath)
  const added = await completeTotp(as, standing, browser.session ?? '', {
    ...{ carried, code, language },
  })
  if (added.outcome === 'wrong') {
    return showTotp(context, standing, { refusal: { reason: 'code' }, carried })
  }
  if (added.outcome === 'old') return showTotp(context, standing, { refusal: { reason: 'old' } })
  if (added.outcome === 'second') return seeOther(context, totpPath)
  browser.keepSession(added.secret, standing.session)
  return seeOther(context, `${totpPath}?done=added`)
}

async function changeTotp(
  context: FaceContext,
  { user }: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  if (form.get('remove') === undefined) return seeOther(context, totpPath)
  await removeTotp(as, user, (await accountFrameOf(context, user, totpPath)).language)
  return seeOther(context, `${totpPath}?done=removed`)
}

async function showCodes(
  context: FaceContext,
  standing: SessionStanding,
  created?: readonly string[],
): Promise<Response> {
  const { as } = context.env
  const { user } = standing
  const frame = await accountFrameOf(context, user, codesPath)
  const form = await formTo(context, codesPath)
  const facts = await as.store.factors.find(user.id)
  const left = readableCodes(as, facts).length
  const isOther = created === undefined && context.req.query('done') === 'other'
  const html = recoveryCodesPage(frame, {
    form: { ...form, hidden: [...form.hidden, ['replaced', `${facts.recoveryCodesCreatedAt}`]] },
    notice: isOther
      ? textsIn(frame.language).factors.otherCodes
      : noticeOf(context, standing, frame),
    left: hasSecondFactor(user) || facts.passkeys > 0 ? left : null,
    isFew: left < fewCodes,
    ...(created === undefined ? {} : { created }),
  })
  return page(context, html)
}

async function createCodes(
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
): Promise<Response> {
  const { as } = context.env
  const { user } = standing
  const canUse = hasSecondFactor(user) || (await as.store.factors.find(user.id)).passkeys > 0
  if (!canUse) return seeOther(context, codesPath)
  const created = await newRecoveryCodes(as, user, {
    replaced: Number(form.get('replaced') ?? 0),
    language: (await accountFrameOf(context, user, codesPath)).language,
  })
  // Two answers at once: codes that another one has ended already are not shown.
  return created === null
    ? seeOther(context, `${codesPath}?done=other`)
    : showCodes(context, standing, created)
}
