import { type LinkEntry, LinkState } from './account-providers.tsx'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import { Alert, Field, type Form, PostForm } from './form.tsx'
import { duration } from './instant.tsx'
import type { Language } from './language.ts'
import type { Texts } from './texts/en.ts'

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

type Props = { change: PasswordChange; username: string; language: Language; texts: Texts }

/**
 * The password section. Posts `current_password`, `new_password` and `keep_<id>` for each link to
 * keep. A refused attempt moves the focus here, because the section is below the visible part of
 * the page.
 */
export function ChangePassword({ change, username, language, texts }: Props) {
  const { account } = texts
  const { refusal, suspectLinks = [] } = change
  const atCurrent = refusal?.reason === 'wrong'
  const atNew = refusal && !atCurrent && refusal.reason !== 'throttled'
  return (
    <section aria-labelledby="password">
      <h2 id="password">{account.changePassword}</h2>
      {refusal && (
        <Alert id="refusal">
          {refusal.reason === 'throttled'
            ? fill(texts.throttled, { delay: duration(language, refusal.retryAfter) })
            : account.refusals[refusal.reason]}
        </Alert>
      )}
      <PostForm form={change.form} class="narrow">
        {/* Tells a password manager whose password this is. It has no name, so it is not posted. */}
        {username.length <= longestUsername && (
          <input type="text" autocomplete="username" value={username} readonly hidden />
        )}
        <Field
          name="current_password"
          label={account.currentPassword}
          type="password"
          autocomplete="current-password"
          enterkeyhint="next"
          autofocus={atCurrent || refusal?.reason === 'throttled'}
          refusedBy={atCurrent ? 'refusal' : undefined}
        />
        <Field
          name="new_password"
          label={account.newPassword}
          type="password"
          autocomplete="new-password"
          enterkeyhint="done"
          minlength={change.minimumLength}
          hint={fill(account.newPasswordHint, { count: change.minimumLength }).join('')}
          autofocus={Boolean(atNew)}
          refusedBy={atNew ? 'refusal' : undefined}
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
        <button>{account.changePassword}</button>
      </PostForm>
    </section>
  )
}
