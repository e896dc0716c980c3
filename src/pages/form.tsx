// The parts of forms. A form posts its action and hidden inputs unchanged; the caller decides what
// they mean.

import type { Child } from 'hono/jsx'
import type { Texts } from './texts/en.ts'

/** The address that a form posts to, and its hidden inputs (name, value). */
export type Form = { action: string; hidden: readonly (readonly [name: string, value: string])[] }

/** A form that works without script. `children` are its visible fields and buttons. */
export function PostForm(props: { form: Form; id?: string; class?: string; children?: Child }) {
  return (
    <form method="post" action={props.form.action} id={props.id} class={props.class}>
      {props.form.hidden.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {props.children}
    </form>
  )
}

// Maximum length of an e-mail address (RFC 5321 4.5.3.1). A prefilled value may come from a
// stranger.
const longestValue = 254

type FieldProps = {
  name: string
  label: string
  type?: 'text' | 'password' | 'email'
  autocomplete: string
  /** The keyboard that a phone shows, and the label of its Enter key. */
  inputmode?: 'email' | 'numeric'
  enterkeyhint: 'next' | 'go' | 'done'
  value?: string
  hint?: string
  minlength?: number
  autofocus?: boolean
  /** Whether it may stay empty. */
  isOptional?: boolean
  /** What is wrong with what was typed; shown beside the input. */
  error?: string | undefined
  /** The id of another message about the last refused attempt, which is not of this input alone. */
  refusedBy?: string | undefined
  class?: string
  /** Shown after the input. */
  after?: Child
}

/** A labelled input. Its id is its name, so a page can have each name only once. */
export function Field(props: FieldProps) {
  const { name, error, refusedBy } = props
  const described = [refusedBy, error && `${name}-error`, props.hint && `${name}-hint`]
  return (
    <div class="field">
      <label for={props.name}>{props.label}</label>
      <input
        id={props.name}
        name={props.name}
        type={props.type ?? 'text'}
        class={props.class}
        autocomplete={props.autocomplete}
        inputmode={props.inputmode}
        enterkeyhint={props.enterkeyhint}
        autocapitalize="none"
        autocorrect="off"
        spellcheck={false}
        value={props.value?.slice(0, longestValue)}
        minlength={props.minlength}
        autofocus={props.autofocus}
        required={!props.isOptional}
        aria-invalid={error || refusedBy ? 'true' : undefined}
        aria-describedby={described.filter(Boolean).join(' ') || undefined}
      />
      {props.after}
      {error && (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
      {props.hint && (
        <p class="hint" id={`${props.name}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  )
}

/**
 * A labelled input for a password. A page that has one lists the script `showPassword`, which shows
 * the button.
 */
export function PasswordField({ texts, ...field }: FieldProps & { texts: Texts }) {
  return (
    <Field
      {...field}
      type="password"
      after={
        <button type="button" class="link show" data-other={texts.hidePassword} hidden>
          {texts.showPassword}
        </button>
      }
    />
  )
}

/**
 * What is wrong with a form, as a whole: a link to each input with a fault. It comes before the form,
 * and screen readers announce it immediately.
 */
export function ErrorSummary(props: {
  errors: Readonly<Partial<Record<string, string | undefined>>>
}) {
  const errors = Object.entries(props.errors).filter(([, error]) => error !== undefined)
  if (errors.length === 0) return null
  return (
    <Alert>
      {errors.map(([name, error]) => (
        <p>
          <a href={`#${name}`}>{error}</a>
        </p>
      ))}
    </Alert>
  )
}

/** The two answers to a question: `decision=allow` and `decision=deny`. */
export function AllowOrDeny(props: { texts: Texts }) {
  return (
    <div class="actions">
      <button name="decision" value="allow">
        {props.texts.allow}
      </button>
      <button name="decision" value="deny" class="quiet">
        {props.texts.deny}
      </button>
    </div>
  )
}

type EntryButtonProps = { name: string; value: string; of: string; children?: Child }

/**
 * A button for one entry of a list. Its accessible name combines its own label and that of element
 * `of`.
 */
export function EntryButton(props: EntryButtonProps) {
  const id = `${props.of}-button`
  return (
    <button id={id} name={props.name} value={props.value} aria-labelledby={`${id} ${props.of}`}>
      {props.children}
    </button>
  )
}

/** A message that screen readers announce immediately. */
export function Alert(props: { id?: string; children?: Child }) {
  return (
    <div class="alert" role="alert" id={props.id}>
      {props.children}
    </div>
  )
}
