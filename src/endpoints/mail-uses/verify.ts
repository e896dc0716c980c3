// The link by which a person proves that the address of their account is theirs.
import { completeVerification } from '../../core/people/mail/verification.ts'
import { mailActionPage } from '../../pages/mail-action.tsx'
import { textsIn } from '../../pages/texts.ts'
import { seeOther } from '../page.ts'
import type { MailUse } from './mail-use.ts'

export const verifyUse: MailUse = {
  purpose: 'verify',
  async show(_context, { frame, form, found, refusal }) {
    const { title, text, submit } = textsIn(frame.language).verifyAddress
    return mailActionPage(frame, {
      title,
      text,
      submit,
      form,
      facts: { address: found.address ?? '' },
      // Whoever has the mail has the code. A scanner that presses buttons types none.
      asksCode: !found.isOwnBrowser,
      ...(refusal === undefined ? {} : { refusal }),
    })
  },
  async answer(context, { token, browserSecret, form }) {
    const outcome = await completeVerification(context.env.as, {
      secret: token,
      browserSecret,
      code: form.get('code'),
    })
    if (outcome === 'dead') return 'dead'
    if (outcome === 'wrong') return { reason: 'wrongCode' }
    return seeOther(context, '/mail/verify/done')
  },
}
