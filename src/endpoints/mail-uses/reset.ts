// The link by which a person sets a new password: asked for at /forgot, or given out by an operator.
import { shortestPassword } from '../../core/people/chosen-password.ts'
import { asksFactor, completePasswordReset } from '../../core/people/mail/password-reset.ts'
import { sendLogoutNotices } from '../../federation/logout-notices.ts'
import { passwordResetPage } from '../../pages/password-reset.tsx'
import { frameOf, seeOther, shownUser } from '../page.ts'
import type { MailUse } from './mail-use.ts'

export const resetUse: MailUse = {
  purpose: 'reset',
  async show(context, { frame, form, found, refusal }) {
    const { user } = found
    if (user === null) throw new Error('a password is reset for users alone')
    return passwordResetPage(frame, {
      form,
      user: shownUser(user),
      minimumLength: shortestPassword,
      asksFactor: asksFactor(context.env.as, user),
      ...(refusal === undefined ? {} : { refusal }),
    })
  },
  async answer(context, { token, browserSecret, form }) {
    const { as } = context.env
    const result = await completePasswordReset(as, {
      secret: token,
      browserSecret,
      typed: form.get('new_password') ?? '',
      factorCode: form.get('code') ?? '',
      language: (await frameOf(context)).language,
    })
    // Until then no code of the factor is judged, right or wrong.
    if (result.outcome === 'throttled') {
      return { reason: 'wrongFactor', retryAfter: result.retryAfter }
    }
    if (result.outcome === 'dead') return 'dead'
    if (result.outcome !== 'done') return { reason: result.outcome }
    as.waitUntil(sendLogoutNotices(as))
    return seeOther(context, '/mail/reset/done')
  },
}
