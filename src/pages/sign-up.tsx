// The pages of a person without an account, or without a password: they ask for an account or a code, and
// choose a password. Between the two is the page of a mail (mail-action.tsx).

import type { Child } from 'hono/jsx'
import { ClientName, type ShownClient } from './client.tsx'
import { Name } from './display-name.tsx'
import { fill } from './fill.ts'
import { ErrorSummary, Field, type Form, PasswordField, PostForm } from './form.tsx'
import { HumanCheck, type HumanWidget } from './human-check.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'

type Refusal = keyof Texts['signUp']['refusals'] | 'username'

type QuestionProps = {
  title: string
  client?: ShownClient | undefined
  lead?: Child
  /** What is wrong, by the name of the input. */
  errors: Readonly<Record<string, string>>
  form: Form
  fields: Child
  submit: string
  hasPassword?: boolean
  /** Another way, below the form. */
  link?: { href: string; text: string }
}

function questionPage(frame: Frame, question: QuestionProps): string {
  const { title, client, lead, errors, form, fields, submit, hasPassword, link } = question
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title,
    isRefusal: Object.keys(errors).length > 0,
    typedForm: 'question',
    scripts: hasPassword ? ['showPassword'] : [],
    children: (
      <>
        <h1>{title}</h1>
        {client && (
          <p class="lead">
            {fill(texts.toClient, { client: <ClientName client={client} texts={texts} /> })}
          </p>
        )}
        {lead && <p class="lead">{lead}</p>}
        <ErrorSummary errors={errors} />
        <PostForm form={form} id="question">
          {fields}
          <button>{submit}</button>
        </PostForm>
        {link && (
          <p class="links">
            <a href={link.href}>{link.text}</a>
          </p>
        )}
      </>
    ),
  })
}

type SignUpProps = {
  form: Form
  client?: ShownClient
  /** What was typed before. */
  typed: { email?: string | undefined; username?: string | undefined }
  asksUsername: boolean
  /** The domains whose addresses can sign up; none = all. */
  domains: readonly string[]
  /** The input that programs alone fill in. */
  emptyInput: string
  human?: HumanWidget
  refusal?: Refusal
  signInHref: string
}

/** Renders the page that asks for an account. Posts `email` and `username`. */
export function signUpPage(frame: Frame, props: SignUpProps): string {
  const { signUp } = textsIn(frame.language)
  const { typed, refusal, human } = props
  const errors = errorsOf(frame, refusal, props.domains)
  return questionPage(frame, {
    title: signUp.title,
    client: props.client,
    errors,
    form: props.form,
    fields: (
      <>
        <Field
          name="email"
          label={signUp.email}
          type="email"
          autocomplete="email"
          inputmode="email"
          enterkeyhint={props.asksUsername ? 'next' : 'go'}
          value={typed.email}
          autofocus={refusal !== 'username'}
          error={errors.email}
        />
        {props.asksUsername && (
          <UsernameField frame={frame} value={typed.username} error={errors.username} />
        )}
        <div class="unseen" aria-hidden="true">
          <label>
            {signUp.empty}
            <input name={props.emptyInput} tabindex={-1} autocomplete="off" />
          </label>
        </div>
        {human && <HumanCheck widget={human} />}
      </>
    ),
    submit: signUp.submit,
    link: { href: props.signInHref, text: signUp.hasAccount },
  })
}

function errorsOf(
  frame: Frame,
  refusal: Refusal | undefined,
  domains: readonly string[] = [],
): Record<string, string> {
  if (refusal === undefined) return {}
  const { mail, signUp } = textsIn(frame.language)
  const sentence = { ...mail.refusals, ...signUp.refusals }[refusal]
  const text = fill(sentence, { domains: domains.join(', ') }).join('')
  return { [refusal === 'username' ? 'username' : 'email']: text }
}

type UsernameProps = { frame: Frame; value: string | undefined; error: string | undefined }

function UsernameField({ frame, value, error }: UsernameProps) {
  return (
    <Field
      name="username"
      label={textsIn(frame.language).signUp.username}
      autocomplete="username"
      enterkeyhint="next"
      value={value}
      autofocus={error !== undefined}
      error={error}
    />
  )
}

type CodeRequestProps = {
  form: Form
  client?: ShownClient
  typed: string | undefined
  human?: HumanWidget
  refusal?: Refusal
  signInHref: string
}

/** Renders the page that asks for a code to sign in by. Posts `email`. */
export function codeRequestPage(frame: Frame, props: CodeRequestProps): string {
  const { codeRequest, login, provider } = textsIn(frame.language)
  const { refusal, human } = props
  const errors = errorsOf(frame, refusal)
  return questionPage(frame, {
    title: codeRequest.title,
    client: props.client,
    lead: codeRequest.lead,
    errors,
    form: props.form,
    fields: (
      <>
        <Field
          name="email"
          label={login.username}
          autocomplete="username"
          inputmode="email"
          enterkeyhint="go"
          value={props.typed}
          autofocus
          error={errors.email}
        />
        {human && <HumanCheck widget={human} />}
      </>
    ),
    submit: codeRequest.submit,
    link: { href: props.signInHref, text: provider.back },
  })
}

type NewAccountProps = {
  form: Form
  address: string
  /** The username so far; absent = none is asked for. */
  username?: string
  /** In characters. */
  minimumLength: number
  /** Where the terms are that must be agreed to. */
  termsUrl?: string
  refusal?: keyof Texts['mail']['refusals']
}

// A longer hidden field would enlarge the page more than a password manager's help is worth.
const longestUsername = 100

/** Renders the page on which the account is created. Posts `username`, `password` and `terms`. */
export function newAccountPage(frame: Frame, props: NewAccountProps): string {
  const texts = textsIn(frame.language)
  const { newAccount, mail } = texts
  const { refusal, address, username, termsUrl } = props
  const input = refusal === undefined ? undefined : (inputs[refusal] ?? 'password')
  const errors =
    refusal === undefined || input === undefined ? {} : { [input]: mail.refusals[refusal] }
  return questionPage(frame, {
    title: newAccount.title,
    lead: fill(newAccount.forAddress, { address: <Name longest={254}>{address}</Name> }),
    errors,
    form: props.form,
    fields: (
      <>
        {username !== undefined && (
          <UsernameField frame={frame} value={username} error={errors.username} />
        )}
        {/* Tells a password manager whose password this is. It has no name, so it is not posted. */}
        {username === undefined && address.length <= longestUsername && (
          <input type="text" autocomplete="username" value={address} readonly hidden />
        )}
        <PasswordField
          name="password"
          label={newAccount.password}
          texts={texts}
          autocomplete="new-password"
          enterkeyhint="done"
          minlength={props.minimumLength}
          hint={fill(newAccount.hint, { count: props.minimumLength }).join('')}
          autofocus={input !== 'username'}
          error={errors.password}
        />
        {termsUrl !== undefined && (
          <label class="choice">
            <input id="terms" type="checkbox" name="terms" value="on" required />
            <span>
              {fill(newAccount.agree, { terms: <TermsLink frame={frame} url={termsUrl} /> })}
            </span>
          </label>
        )}
      </>
    ),
    submit: newAccount.submit,
    hasPassword: true,
  })
}

/** The inputs that refusals are about; the others are about the password. */
const inputs: Partial<Record<keyof Texts['mail']['refusals'], string>> = {
  username: 'username',
  usernameTaken: 'username',
  terms: 'terms',
}

function TermsLink({ frame, url }: { frame: Frame; url: string }) {
  return (
    <a href={url} target="_blank" rel="noopener">
      {textsIn(frame.language).newAccount.terms}
    </a>
  )
}

type TermsProps = {
  form: Form
  url: string
  /** Where somebody without a client goes who does not agree. */
  accountHref?: string
}

/** Renders the page that asks for agreement to the terms. Posts `decision=allow` or `decision=deny`. */
export function termsPage(frame: Frame, { form, url, accountHref }: TermsProps): string {
  const { terms } = textsIn(frame.language)
  return renderDocument({
    frame,
    title: terms.title,
    children: (
      <>
        <h1>{terms.title}</h1>
        <p class="lead">{fill(terms.lead, { terms: <TermsLink frame={frame} url={url} /> })}</p>
        <PostForm form={form}>
          <div class="actions">
            <button name="decision" value="allow">
              {terms.agree}
            </button>
            {accountHref === undefined && (
              <button name="decision" value="deny" class="quiet">
                {terms.decline}
              </button>
            )}
          </div>
        </PostForm>
        {accountHref !== undefined && (
          <p class="links">
            <a href={accountHref}>{terms.leave}</a>
          </p>
        )}
      </>
    ),
  })
}
