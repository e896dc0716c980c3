// The page for somebody who has asked for a mail.
import { type Screen, isShownIn, openScreen } from '../core/authorization/screen.ts'
import { codeRequest } from '../core/authorization/steps/code-request.ts'
import { signUp } from '../core/authorization/steps/sign-up.ts'
import { mailActionPath } from '../core/people/mail/action.ts'
import type { MailPurpose } from '../core/people/mail/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf, formTokenInput } from '../http/browser.ts'
import type { Form } from '../pages/form.tsx'
import { mailSentPage } from '../pages/mail-action.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { frameOf, page } from './page.ts'
import { formOf } from './screen.ts'

/** The page for people who have forgotten their password. */
export const forgotPath = '/forgot'

/** Returns the path that takes the codes of a purpose. */
export const codePath = (purpose: MailPurpose): string => `${mailActionPath(purpose)}/code`

/** Purposes for which anybody may ask with any address: the page must not tell whether it is known. */
const neutral: readonly MailPurpose[] = ['reset', 'sign-in']

/** Where another mail is asked for. The other purposes are steps, which wait in a screen. */
const againPaths: Partial<Record<MailPurpose, string>> = {
  reset: forgotPath,
  verify: '/account/email',
}
/** The steps whose answer is a mail, by the purpose of that mail. */
const askingSteps = new Map<MailPurpose, { path: string }>([
  ['sign-in', codeRequest],
  ['sign-up', signUp],
])

/** What was typed to get a mail, and is typed again for another one. */
const askedAgain = ['email', 'username']

/**
 * Responds to somebody who has asked for a mail to an address. The page takes the code of the mail, in
 * this browser, and asks for another mail where a step did: `sent` is the form that was answered. It is
 * the same whether there is an account, and whether a mail was sent.
 */
export async function mailSent(
  context: FaceContext,
  purpose: MailPurpose,
  address: string,
  { sent, isRefusal = false }: { sent?: Parameters; isRefusal?: boolean } = {},
): Promise<Response> {
  const action = codePath(purpose)
  const again = sent === undefined ? null : await formAgain(context, purpose, sent)
  const kept = again?.hidden.filter(([name]) => name === 'screen' || name === 'username') ?? []
  const hidden = [['email', address], ...kept, await formTokenInput(context, action)] as const
  const frame = await frameOf(context, undefined, null)
  const html = mailSentPage(frame, {
    form: { action, hidden },
    isRefusal,
    ...(again === null ? { againHref: againPaths[purpose] } : { again }),
    ...(neutral.includes(purpose) ? {} : { address }),
  })
  return page(context, html, isRefusal ? 400 : 200)
}

/** Returns the form that asks for the mail again; null = its screen is not of this browser, or too old. */
async function formAgain(
  context: FaceContext,
  purpose: MailPurpose,
  sent: Parameters,
): Promise<Form | null> {
  const step = askingSteps.get(purpose)
  const screen = await openScreen(context.env.as, sent.get('screen') ?? '')
  if (step === undefined || screen === null || !(await isOwn(context, screen))) return null
  const form = await formOf(context, step.path, screen)
  const typed = askedAgain.flatMap((name) => {
    const value = sent.get(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...form, hidden: [...form.hidden, ...typed] }
}

const isOwn = async (context: FaceContext, screen: Screen): Promise<boolean> =>
  screen.expiresAt > context.env.as.now &&
  (await isShownIn(browserOf(context).secret ?? '', screen))
