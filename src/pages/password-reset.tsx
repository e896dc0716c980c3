// Where a one-time link leads that lets a person set a new password, and what they see afterwards.

import { fill } from './fill.ts'
import { ErrorSummary, Field, type Form, PasswordField, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import type { Texts } from './texts/en.ts'
import { textsIn } from './texts.ts'
import { Throttled, passwordScripts } from './throttled.tsx'
import { type ShownUser, UserName } from './user.tsx'

type PasswordResetProps = {
  form: Form
  user: ShownUser
  /** In characters. */
  minimumLength: number
  /** Whether a code of the user's second factor is asked for, too. */
  asksFactor?: boolean
  /** Why the last attempt was refused; `retryAfter`, in seconds, after too many tries. */
  refusal?: { reason: keyof Texts['mail']['refusals']; retryAfter?: number }
}

// A longer hidden field would enlarge the page more than a password manager's help is worth.
const longestUsername = 100

/** Renders the page that asks for a new password. Posts `new_password`. */
export function passwordResetPage(frame: Frame, props: PasswordResetProps): string {
  const texts = textsIn(frame.language)
  const { form, user, minimumLength, asksFactor = false, refusal } = props
  const wait = refusal?.retryAfter
  const error = refusal && wait === undefined ? texts.mail.refusals[refusal.reason] : undefined
  const errors = refusal?.reason === 'wrongFactor' ? { code: error } : { new_password: error }
  return renderDocument({
    frame,
    title: texts.passwordReset.title,
    isRefusal: refusal !== undefined,
    scripts: passwordScripts(refusal),
    children: (
      <>
        <h1>{texts.passwordReset.title}</h1>
        <p class="lead">{fill(texts.passwordReset.forUser, { user: <UserName user={user} /> })}</p>
        <ErrorSummary errors={errors} />
        <Throttled frame={frame} refusal={refusal} />
        <PostForm form={form}>
          {/* Tells a password manager whose password this is. It has no name, so it is not posted. */}
          {user.username.length <= longestUsername && (
            <input type="text" autocomplete="username" value={user.username} readonly hidden />
          )}
          <PasswordField
            name="new_password"
            label={texts.account.newPassword}
            autocomplete="new-password"
            enterkeyhint="done"
            minlength={minimumLength}
            hint={fill(texts.passwordReset.hint, { count: minimumLength }).join('')}
            autofocus
            error={errors.new_password}
            texts={texts}
          />
          {asksFactor && (
            <Field
              name="code"
              label={texts.mail.factor}
              hint={texts.mail.factorHint}
              autocomplete="one-time-code"
              enterkeyhint="done"
              error={errors.code}
            />
          )}
          <button disabled={wait !== undefined}>{texts.passwordReset.submit}</button>
        </PostForm>
      </>
    ),
  })
}

/** Renders the page after a new password has been set. Nobody is signed in by it. */
export function passwordSetPage(frame: Frame, props: { signInHref: string }): string {
  const { passwordSet, login } = textsIn(frame.language)
  return renderDocument({
    frame,
    title: passwordSet.title,
    children: (
      <>
        <h1>{passwordSet.title}</h1>
        <p class="lead">{passwordSet.hint}</p>
        <a class="button" href={props.signInHref}>
          {login.submit}
        </a>
      </>
    ),
  })
}
