// The link by which a person signs in: by one button in the browser that asked, and in another one with
// the code, too.
import { signInByMail } from '../../core/people/sign-up/mail-sign-in.ts'
import { mailActionPage } from '../../pages/mail-action.tsx'
import { textsIn } from '../../pages/texts.ts'
import { signInFromMail } from './signed-in.ts'
import type { MailUse } from './mail-use.ts'

export const signInUse: MailUse = {
  purpose: 'sign-in',
  isDoneByCode: true,
  async show(_context, { frame, form, found, refusal }) {
    const { codeRequest, login } = textsIn(frame.language)
    return mailActionPage(frame, {
      title: codeRequest.title,
      text: found.isOwnBrowser ? codeRequest.ready : codeRequest.otherBrowser,
      submit: login.submit,
      form,
      facts: { address: found.address ?? '' },
      asksCode: !found.isOwnBrowser,
      ...(refusal === undefined ? {} : { refusal }),
    })
  },
  async answer(context, { token, browserSecret, form }) {
    const outcome = await signInByMail(context.env.as, {
      token,
      browserSecret,
      code: form.get('code'),
    })
    if (outcome === 'dead') return 'dead'
    return outcome === 'wrong' ? { reason: 'wrongCode' } : signInFromMail(context, outcome)
  },
}
