// The links by which a person creates an account: of a sign-up, and of an invitation. The form asks for a
// password, which no scanner of mails types.
import { shortestPassword } from '../../core/people/chosen-password.ts'
import { createAccount, keptFacts } from '../../core/people/sign-up/new-account.ts'
import { newAccountPage } from '../../pages/sign-up.tsx'
import { signInFromMail } from './signed-in.ts'
import type { MailUse } from './mail-use.ts'

const newAccountUse = (purpose: 'sign-up' | 'invite'): MailUse => ({
  purpose,
  async show(context, { frame, form, found, refusal, sent }) {
    const { terms, signUpUsername } = context.env.as.settings.people
    return newAccountPage(frame, {
      form,
      address: found.address ?? '',
      ...(signUpUsername
        ? { username: sent?.get('username') ?? keptFacts(found).username ?? '' }
        : {}),
      minimumLength: shortestPassword,
      ...(terms === null ? {} : { termsUrl: terms.url }),
      ...(refusal === undefined ? {} : { refusal: refusal.reason }),
    })
  },
  async answer(context, { token, browserSecret, form }) {
    const outcome = await createAccount(context.env.as, {
      ...{ purpose, token, browserSecret },
      username: form.get('username')?.trim(),
      password: form.get('password') ?? '',
      agreesToTerms: form.has('terms'),
    })
    if (outcome.outcome === 'dead') return 'dead'
    if (outcome.outcome === 'refused') return { reason: outcome.fault }
    return signInFromMail(context, outcome)
  },
})

export const signUpUse = newAccountUse('sign-up')
export const inviteUse = newAccountUse('invite')
