// Where one-time links lead that ask for one button, and what people see afterwards.

import type { Child } from 'hono/jsx'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import { Alert, Field, type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'

/** In characters: an address that is cut cannot be checked. */
const longestAddress = 254

type Refusal = { reason: keyof Texts['mail']['refusals'] }

type MailActionProps = {
  title: string
  /** What the button does; words in braces are replaced by `facts`. */
  text: string
  submit: string
  facts?: Readonly<Record<string, string>>
  form: Form
  /** Whether the code of the mail must be typed, too. */
  asksCode?: boolean
  /** Whether the button ends something for good. */
  isEnd?: boolean
  refusal?: Refusal
}

/** Renders the page of a link: what it does, and one button. Posts `code` where it asks for one. */
export function mailActionPage(frame: Frame, props: MailActionProps): string {
  const { title, text, submit, facts = {}, form, asksCode = false, isEnd, refusal } = props
  const { mail } = textsIn(frame.language)
  const shown = Object.entries(facts).map(([word, fact]) => [
    word,
    <b>{displayName(fact, longestAddress)}</b>,
  ])
  return renderDocument({
    frame,
    title,
    isRefusal: refusal !== undefined,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead">{fill(text, Object.fromEntries(shown))}</p>
        {refusal && <Alert id="refusal">{mail.refusals[refusal.reason]}</Alert>}
        <PostForm form={form}>
          {asksCode && <CodeField texts={mail} refusedBy={refusal && 'refusal'} />}
          <button class={isEnd ? 'danger' : undefined}>{submit}</button>
        </PostForm>
      </>
    ),
  })
}

/** The input for the code of a mail. */
export function CodeField(props: {
  texts: Texts['mail']
  refusedBy?: string | undefined
  error?: string
}) {
  return (
    <Field
      name="code"
      label={props.texts.code}
      hint={props.texts.codeHint}
      autocomplete="one-time-code"
      enterkeyhint="done"
      refusedBy={props.refusedBy}
      error={props.error}
      autofocus
    />
  )
}

/**
 * Renders the page for somebody who has asked for a mail, and takes its code. `address` is absent where
 * the page must say the same whether there is an account. `againHref` leads to where another mail is
 * asked for. Posts `code`.
 */
export function mailSentPage(
  frame: Frame,
  props: { form: Form; isRefusal: boolean; address?: string; againHref?: string | undefined },
): string {
  const { mail } = textsIn(frame.language)
  const { form, isRefusal, address, againHref } = props
  return renderDocument({
    frame,
    title: mail.sentTitle,
    isRefusal,
    children: (
      <>
        <h1>{mail.sentTitle}</h1>
        <p class="lead">
          {address === undefined
            ? mail.sent
            : fill(mail.sentTo, { address: <b>{displayName(address, longestAddress)}</b> })}
        </p>
        {isRefusal && <Alert id="refusal">{mail.refusals.wrongCode}</Alert>}
        <PostForm form={form}>
          <CodeField texts={mail} refusedBy={isRefusal ? 'refusal' : undefined} />
          <button>{mail.continue}</button>
        </PostForm>
        {againHref && (
          <p class="links">
            <a href={againHref}>{mail.again}</a>
          </p>
        )}
      </>
    ),
  })
}

/** Renders the page after a link was used. */
export function mailDonePage(
  frame: Frame,
  props: { title: string; text: Child; next: { href: string; label: string } },
): string {
  const { title, text, next } = props
  return renderDocument({
    frame,
    title,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead">{text}</p>
        <a class="button" href={next.href}>
          {next.label}
        </a>
      </>
    ),
  })
}
