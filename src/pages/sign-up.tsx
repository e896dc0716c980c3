// The pages of a person without an account, or without a password: they ask for an account or a code,
// type the code of the mail, and choose a password.

import type { Child } from 'hono/jsx'
import { ClientName, type ShownClient } from './client.tsx'
import { Name } from './display-name.tsx'
import { fill } from './fill.ts'
import { Alert, Field, type Form, PasswordField, PostForm } from './form.tsx'
import { HumanCheck, type HumanWidget } from './human-check.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'

type Refusal = keyof Texts['signUp']['refusals'] | 'username'

type QuestionProps = {
  title: string
  client?: ShownClient
  lead?: Child
  alert?: Child
  form: Form
  fields: Child
  submit: string
  hasPassword?: boolean
  /** Another way, below the form. */
  link?: { href: string; text: string }
}

function questionPage(frame: Frame, question: QuestionProps): string {
  const { title, client, lead, alert, form, fields, submit, link } = question
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title,
    isRefusal: alert !== undefined,
    typedForm: 'question',
    scripts: question.hasPassword ? ['showPassword'] : [],
    children: (
      <>
        <h1>{title}</h1>
        {client && (
          <p class="lead">
            {fill(texts.toClient, { client: <ClientName client={client} texts={texts} /> })}
          </p>
        )}
        {lead && <p class="lead">{lead}</p>}
        {alert && <Alert id="refusal">{alert}</Alert>}
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
  const isOfName = refusal === 'username'
  return questionPage(frame, {
    title: signUp.title,
    ...(props.client === undefined ? {} : { client: props.client }),
    ...(refusal === undefined ? {} : { alert: refusalText(frame, refusal, props.domains) }),
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
          autofocus={!isOfName}
          refusedBy={refusal && !isOfName && refusal !== 'robot' ? 'refusal' : undefined}
        />
        {props.asksUsername && (
          <Field
            name="username"
            label={signUp.username}
            autocomplete="username"
            enterkeyhint="go"
            value={typed.username}
            autofocus={isOfName}
            refusedBy={isOfName ? 'refusal' : undefined}
          />
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

function refusalText(frame: Frame, refusal: Refusal, domains: readonly string[] = []): Child {
  const { mail, signUp } = textsIn(frame.language)
  return fill({ ...mail.refusals, ...signUp.refusals }[refusal], { domains: domains.join(', ') })
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
  return questionPage(frame, {
    title: codeRequest.title,
    ...(props.client === undefined ? {} : { client: props.client }),
    lead: codeRequest.lead,
    ...(refusal === undefined ? {} : { alert: refusalText(frame, refusal) }),
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

/** Renders the page on which the account is created. Posts `username`, `password` and `terms`. */
export function newAccountPage(frame: Frame, props: NewAccountProps): string {
  const texts = textsIn(frame.language)
  const { newAccount, signUp, mail } = texts
  const { refusal, username, termsUrl } = props
  const isOfName = refusal === 'username' || refusal === 'usernameTaken'
  const isOfPassword = refusal !== undefined && !isOfName && refusal !== 'terms'
  return questionPage(frame, {
    title: newAccount.title,
    lead: fill(newAccount.forAddress, { address: <Name>{props.address}</Name> }),
    ...(refusal === undefined ? {} : { alert: mail.refusals[refusal] }),
    form: props.form,
    fields: (
      <>
        {username === undefined ? (
          // Tells a password manager whose password this is. It has no name, so it is not posted.
          <input type="text" autocomplete="username" value={props.address} readonly hidden />
        ) : (
          <Field
            name="username"
            label={signUp.username}
            autocomplete="username"
            enterkeyhint="next"
            value={username}
            autofocus={isOfName}
            refusedBy={isOfName ? 'refusal' : undefined}
          />
        )}
        <PasswordField
          name="password"
          label={newAccount.password}
          texts={texts}
          autocomplete="new-password"
          enterkeyhint="done"
          minlength={props.minimumLength}
          hint={fill(newAccount.hint, { count: props.minimumLength }).join('')}
          autofocus={!isOfName}
          refusedBy={isOfPassword ? 'refusal' : undefined}
        />
        {termsUrl !== undefined && (
          <label class="choice">
            <input type="checkbox" name="terms" value="on" required />
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
