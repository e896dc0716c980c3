// The pages of what a person is called, in which language they are spoken to, and their password.

import { type AccountFrame, ConfirmFirst, accountSection } from './account-frame.tsx'
import { ChangePassword, type PasswordChange, type PasswordRefusal } from './account-password.tsx'
import { Name } from './display-name.tsx'
import { fill } from './fill.ts'
import { Field, type Form, PasswordField, PostForm } from './form.tsx'
import { languages } from './language.ts'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'
import { passwordScripts } from './throttled.tsx'

/** What every page here is told. */
type Told = { form: Form; notice?: string | undefined }

type ProfileRefusal = keyof Texts['accountPages']['profile']['refusals']

type ProfileProps = Told & {
  usernameForm: Form
  name: string
  username: string
  /** Whether people choose their username, and whether it can be changed now. */
  usernameChange: 'none' | 'confirm first' | 'possible'
  refusal?: { of: 'name' | 'username'; reason: ProfileRefusal } | undefined
}

/** Renders the profile. Posts `name`; the other form posts `username`. */
export function profilePage(frame: AccountFrame, props: ProfileProps): string {
  const { form, usernameForm, notice, name, username, usernameChange, refusal } = props
  const { accountPages } = textsIn(frame.language)
  const { profile } = accountPages
  const errorOf = (field: 'name' | 'username') =>
    refusal?.of === field ? profile.refusals[refusal.reason] : undefined
  return accountSection(frame, {
    current: 'profile',
    lead: profile.lead,
    notice,
    isRefusal: refusal !== undefined,
    children: (
      <>
        <section>
          <PostForm form={form} class="narrow">
            <Field
              name="name"
              label={profile.name}
              autocomplete="name"
              enterkeyhint="done"
              value={name}
              hint={profile.nameHint}
              error={errorOf('name')}
              isOptional
            />
            <button>{accountPages.save}</button>
          </PostForm>
        </section>
        <section aria-labelledby="of-username">
          <h2 id="of-username">{profile.username}</h2>
          {usernameChange === 'possible' ? (
            <PostForm form={usernameForm} class="narrow">
              <Field
                name="username"
                label={profile.username}
                autocomplete="username"
                enterkeyhint="done"
                value={username}
                hint={profile.usernameHint}
                error={errorOf('username')}
              />
              <button>{profile.changeUsername}</button>
            </PostForm>
          ) : (
            <p>
              <Name>{username}</Name>
            </p>
          )}
          {usernameChange === 'confirm first' && <ConfirmFirst form={usernameForm} frame={frame} />}
        </section>
      </>
    ),
  })
}

/** Renders the choice of a language. Posts `locale`, '' for that of the browser. */
export function languagePage(
  frame: AccountFrame,
  { form, notice, locale }: Told & { locale: string | null },
): string {
  const { accountPages } = textsIn(frame.language)
  const choices = [
    { value: '', label: accountPages.language.byBrowser, lang: undefined },
    ...languages.map((value) => ({ value, label: textsIn(value).languageName, lang: value })),
  ]
  return accountSection(frame, {
    current: 'language',
    lead: accountPages.language.lead,
    notice,
    children: (
      <section>
        <PostForm form={form} class="narrow">
          <fieldset>
            <legend class="unseen">{accountPages.sections.language}</legend>
            {choices.map(({ value, label, lang }) => (
              <label class="choice">
                <input
                  type="radio"
                  name="locale"
                  value={value}
                  checked={value === (locale ?? '')}
                />
                <span lang={lang}>{label}</span>
              </label>
            ))}
          </fieldset>
          <button>{accountPages.save}</button>
        </PostForm>
      </section>
    ),
  })
}

type FirstPasswordProps = Told & {
  minimumLength: number
  isConfirmed: boolean
  refusal?: PasswordRefusal | undefined
}

/** Renders the page that sets a first password. Posts `new_password`. */
export function firstPasswordPage(frame: AccountFrame, props: FirstPasswordProps): string {
  const { form, notice, minimumLength, isConfirmed, refusal } = props
  const texts = textsIn(frame.language)
  const { password } = texts.accountPages
  return accountSection(frame, {
    current: 'password',
    lead: password.noneYet,
    notice,
    isRefusal: refusal !== undefined,
    scripts: ['showPassword'],
    children: (
      <section>
        {isConfirmed ? (
          <PostForm form={form} class="narrow">
            <PasswordField
              texts={texts}
              name="new_password"
              label={texts.account.newPassword}
              autocomplete="new-password"
              enterkeyhint="done"
              minlength={minimumLength}
              hint={fill(password.hint, { count: minimumLength }).join('')}
              error={
                refusal === undefined || refusal.reason === 'throttled'
                  ? undefined
                  : texts.account.refusals[refusal.reason]
              }
              autofocus={refusal !== undefined}
            />
            <button>{password.submit}</button>
          </PostForm>
        ) : (
          <ConfirmFirst form={form} frame={frame} />
        )}
      </section>
    ),
  })
}

/** Renders the page that changes a password. */
export function passwordPage(
  frame: AccountFrame,
  { change, username, notice }: { change: PasswordChange; username: string } & Omit<Told, 'form'>,
): string {
  return accountSection(frame, {
    current: 'password',
    notice,
    isRefusal: change.refusal !== undefined,
    scripts: passwordScripts(change.refusal),
    children: <ChangePassword change={change} username={username} frame={frame} />,
  })
}
