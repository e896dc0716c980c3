// The links about one's own account: another address, the old one again, its end, and its rescue.
import {
  type MailActionAnswer,
  type MailActionOutcome,
  findMailAction,
} from '../../core/people/mail/action.ts'
import { completeAddressChange, undoAddressChange } from '../../core/people/self/address-change.ts'
import { confirmDeletion, restoreByMail } from '../../core/people/self/leaving.ts'
import { sendLogoutNotices } from '../../federation/logout-notices.ts'
import type { FaceContext } from '../../http/app.ts'
import { mailActionPage, mailDonePage } from '../../pages/mail-action.tsx'
import { textsIn } from '../../pages/texts.ts'
import { left } from '../account-leaving.ts'
import { frameOf, page } from '../page.ts'
import type { LinkAnswer, MailRefusal, MailUse, ShownLink } from './mail-use.ts'

type Words = 'changeAddress' | 'undoAddress' | 'delete' | 'restore'

/** Shows the page of a link: what it does, and its button. */
const showing =
  (words: Words, hasCode: boolean) =>
  async (_context: FaceContext, link: ShownLink): Promise<string> => {
    const { frame, form, found, refusal } = link
    return mailActionPage(frame, {
      ...textsIn(frame.language).accountPages.mails[words],
      form,
      facts: { address: found.address ?? '', user: found.user?.username ?? '' },
      // Whoever has the mail has the code. A scanner that presses buttons types none.
      asksCode: hasCode && !found.isOwnBrowser,
      isEnd: words === 'delete',
      ...(refusal === undefined ? {} : { refusal }),
    })
  }

/** Answers by a link: with the code beside it, if another browser asked for the mail. */
async function codedAnswer(
  { env: { as } }: FaceContext,
  purpose: 'change-address' | 'delete',
  { token: secret, browserSecret, form }: LinkAnswer,
): Promise<MailActionAnswer> {
  const found = await findMailAction(as, purpose, secret, browserSecret)
  const needsCode = found !== null && !found.isOwnBrowser
  return { secret, browserSecret, ...(needsCode ? { code: form.get('code') ?? '' } : {}) }
}

/** Responds to an answer: with what was done, or with why not. */
async function responseTo(
  outcome: MailActionOutcome,
  done: () => Promise<Response>,
): Promise<Response | MailRefusal | 'dead'> {
  if (outcome === 'dead') return 'dead'
  return outcome === 'wrong' ? { reason: 'wrongCode' } : done()
}

const done = async (
  context: FaceContext,
  words: 'changeAddress' | 'undoAddress' | 'restore',
  href: string,
): Promise<Response> => {
  const frame = await frameOf(context)
  const { mails } = textsIn(frame.language).accountPages
  const { doneTitle: title, doneText: text } = mails[words]
  const texts = textsIn(frame.language)
  const label = {
    changeAddress: texts.home.account,
    undoAddress: mails.undoAddress.next,
    restore: texts.login.submit,
  }[words]
  return page(context, mailDonePage(frame, { title, text, next: { href, label } }))
}

export const changeAddressUse: MailUse = {
  purpose: 'change-address',
  show: showing('changeAddress', true),
  async answer(context, sent) {
    const { language } = await frameOf(context)
    const answer = await codedAnswer(context, 'change-address', sent)
    const outcome = await completeAddressChange(context.env.as, answer, language)
    return responseTo(outcome, () => done(context, 'changeAddress', '/account'))
  },
}

export const undoAddressUse: MailUse = {
  purpose: 'undo-address',
  show: showing('undoAddress', false),
  async answer(context, { token: secret, browserSecret }) {
    const { as } = context.env
    const outcome = await undoAddressChange(as, { secret, browserSecret })
    as.waitUntil(sendLogoutNotices(as))
    return responseTo(outcome, () => done(context, 'undoAddress', '/forgot'))
  },
}

export const deleteUse: MailUse = {
  purpose: 'delete',
  show: showing('delete', true),
  async answer(context, sent) {
    const { language } = await frameOf(context)
    const answer = await codedAnswer(context, 'delete', sent)
    const outcome = await confirmDeletion(context.env.as, answer, language)
    return responseTo(outcome, () => left(context))
  },
}

export const restoreUse: MailUse = {
  purpose: 'restore',
  show: showing('restore', false),
  async answer(context, { token: secret, browserSecret }) {
    const outcome = await restoreByMail(context.env.as, { secret, browserSecret })
    return responseTo(outcome, () => done(context, 'restore', '/'))
  },
}
