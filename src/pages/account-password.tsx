import { type LinkEntry, LinkState } from './account-providers.tsx'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import { ErrorSummary, type Form, PasswordField, PostForm } from './form.tsx'
import type { Frame } from './layout.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'
import { Throttled } from './throttled.tsx'

/** Why a new password was refused. `retryAfter` is in seconds. */
export type PasswordRefusal =
  { reason: keyof Texts['account']['refusals'] } | { reason: 'throttled'; retryAfter: number }

/**
 * `minimumLength` is in characters. `suspectLinks` end with the old password unless the user keeps
 * them.
 */
export type PasswordChange = {
  form: Form
  minimumLength: number
  suspectLinks?: readonly (LinkEntry & { isKept: boolean })[]
  refusal?: PasswordRefusal
}

// A longer hidden field would enlarge the page more than a password manager's help is worth.
const longestUsername = 100

type Props = { change: PasswordChange; username: string; frame: Frame }

/**
 * The password section. Posts `current_password`, `new_password` and `keep_<id>` for each link to
 * keep. A refused attempt moves the focus here, because the section is below the visible part of
 * the page. Its page lists the scripts `showPassword` and, after too many tries, `wait`.
 */
export function ChangePassword({ change, username, frame }: Props) {
  const { language } = frame
  const texts = textsIn(language)
  const { account } = texts
  const { refusal, suspectLinks = [] } = change
  const isThrottled = refusal?.reason === 'throttled'
  const error = refusal && !isThrottled ? account.refusals[refusal.reason] : undefined
  const isCurrent = refusal?.reason === 'wrong'
  const errors = isCurrent ? { current_password: error } : { new_password: error }
  return (
    <section aria-labelledby="password">
      <h2 id="password">{account.changePassword}</h2>
      <Throttled frame={frame} refusal={refusal} />
      <ErrorSummary errors={errors} />
      <PostForm form={change.form} class="narrow">
        {/* Tells a password manager whose password this is. It has no name, so it is not posted. */}
        {username.length <= longestUsername && (
          <input type="text" autocomplete="username" value={username} readonly hidden />
        )}
        <PasswordField
          name="current_password"
          label={account.currentPassword}
          autocomplete="current-password"
          enterkeyhint="next"
          autofocus={isCurrent || isThrottled}
          error={errors.current_password}
          texts={texts}
        />
        <PasswordField
          name="new_password"
          label={account.newPassword}
          autocomplete="new-password"
          enterkeyhint="done"
          minlength={change.minimumLength}
          hint={fill(account.newPasswordHint, { count: change.minimumLength }).join('')}
          autofocus={errors.new_password !== undefined}
          error={errors.new_password}
          texts={texts}
        />
        {suspectLinks.length > 0 && (
          <fieldset>
            <legend>{account.suspectLinks}</legend>
            {suspectLinks.map((link) => (
              <label class="choice">
                <input type="checkbox" name={`keep_${link.id}`} value="on" checked={link.isKept} />
                <span>
                  {fill(account.keepLink, { provider: displayName(link.label) })}{' '}
                  <span class="hint">
                    <LinkState entry={link} reader={{ language, texts }} />
                  </span>
                </span>
              </label>
            ))}
          </fieldset>
        )}
        <button disabled={isThrottled}>{account.changePassword}</button>
      </PostForm>
    </section>
  )
}
