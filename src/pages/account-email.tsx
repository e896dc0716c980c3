// The page of the e-mail address: whether it is confirmed, and how it is changed.

import { type AccountFrame, ConfirmFirst, accountSection } from './account-frame.tsx'
import { Name } from './display-name.tsx'
import { fill } from './fill.ts'
import { Field, type Form, PostForm } from './form.tsx'
import { CodeField } from './mail-action.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'

type EmailProps = {
  form: Form
  /** Sends another mail that confirms the address. */
  verification: Form
  notice?: string | undefined
  email: string | null
  isVerified: boolean
  /** Whether the person has just signed in, so that they can change the address. */
  isConfirmed: boolean
  /** The address that was typed and refused, and why. */
  refusal?: { typed: string; reason: keyof Texts['accountPages']['email']['refusals'] } | undefined
}

/** Renders the address. Posts `email`. */
export function emailPage(frame: AccountFrame, props: EmailProps): string {
  const { form, email, isVerified, isConfirmed, refusal } = props
  const { accountPages } = textsIn(frame.language)
  const texts = accountPages.email
  return accountSection(frame, {
    current: 'email',
    notice: props.notice,
    isRefusal: refusal !== undefined,
    children: (
      <>
        <section aria-labelledby="current">
          <h2 id="current">{texts.current}</h2>
          <p>{email === null ? texts.noneYet : <Name>{email}</Name>}</p>
          {email !== null && isVerified && <p class="hint">{accountPages.verified}</p>}
          {email !== null && !isVerified && (
            <PostForm form={props.verification} class="row">
              <p class="hint">{texts.unverifiedHint}</p>
              <button class="small">{texts.sendAgain}</button>
            </PostForm>
          )}
        </section>
        <section aria-labelledby="change">
          <h2 id="change">{texts.change}</h2>
          {isConfirmed ? (
            <PostForm form={form} class="narrow">
              <Field
                name="email"
                type="email"
                label={texts.next}
                autocomplete="email"
                inputmode="email"
                enterkeyhint="go"
                hint={texts.nextHint}
                {...(refusal === undefined
                  ? {}
                  : {
                      value: refusal.typed,
                      error: texts.refusals[refusal.reason],
                      autofocus: true,
                    })}
              />
              <button>{texts.send}</button>
            </PostForm>
          ) : (
            <ConfirmFirst form={form} frame={frame} />
          )}
        </section>
      </>
    ),
  })
}

type CodeProps = { form: Form; address: string; isRefusal: boolean }

/** Renders the page that takes the code of the mail to the new address. Posts `code`. */
export function emailCodePage(frame: AccountFrame, props: CodeProps): string {
  const { form, address, isRefusal } = props
  const { accountPages, mail } = textsIn(frame.language)
  const { sent, submit, another } = accountPages.email
  return accountSection(frame, {
    current: 'email',
    title: mail.sentTitle,
    isRefusal,
    children: (
      <section>
        <p>{fill(sent, { address: <Name>{address}</Name> })}</p>
        <PostForm form={form} class="narrow">
          <CodeField texts={mail} {...(isRefusal ? { error: mail.refusals.wrongCode } : {})} />
          <button>{submit}</button>
        </PostForm>
        <a class="older" href="/account/email">
          {another}
        </a>
      </section>
    ),
  })
}
