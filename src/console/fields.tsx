// The fields of the console's forms. A fault stands below its field and is its description.
import type { Child } from 'hono/jsx'
import { type Form, PostForm } from '../pages/form.tsx'
import type { Refusal } from './screen.tsx'
import type { ConsoleTexts } from './texts/en.ts'

type FieldProps = {
  name: string
  label: Child
  value?: string | null | undefined
  hint?: string | undefined
  fault?: string | undefined
  type?: 'text' | 'password' | 'search' | 'email' | 'date'
  isRequired?: boolean
  autocomplete?: string
  autofocus?: boolean
}

/** A labelled line of text. Its id is its name. */
export function TextField(props: FieldProps) {
  const { name, hint, fault } = props
  const described = [fault && `${name}-fault`, hint && `${name}-hint`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={name}>{props.label}</label>
      <input
        id={name}
        name={name}
        type={props.type ?? 'text'}
        value={props.value ?? ''}
        required={props.isRequired}
        autocomplete={props.autocomplete ?? 'off'}
        autocapitalize="none"
        spellcheck={false}
        autofocus={props.autofocus ?? fault !== undefined}
        aria-invalid={fault && 'true'}
        aria-describedby={described || undefined}
      />
      <Notes {...props} />
    </div>
  )
}

/** Several lines of text. */
export function TextArea(props: FieldProps & { rows?: number }) {
  const { name, hint, fault } = props
  const described = [fault && `${name}-fault`, hint && `${name}-hint`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={name}>{props.label}</label>
      <textarea
        id={name}
        name={name}
        rows={props.rows ?? 3}
        required={props.isRequired}
        spellcheck={false}
        aria-invalid={fault && 'true'}
        aria-describedby={described || undefined}
      >
        {props.value ?? ''}
      </textarea>
      <Notes {...props} />
    </div>
  )
}

/** A choice of one. An option is its value and its label. */
export function Select(
  props: FieldProps & { options: readonly (readonly [value: string, label: string])[] },
) {
  const { name, hint } = props
  return (
    <div class="field">
      <label for={name}>{props.label}</label>
      <select id={name} name={name} aria-describedby={hint && `${name}-hint`}>
        {props.options.map(([value, label]) => (
          <option value={value} selected={value === (props.value ?? '')}>
            {label}
          </option>
        ))}
      </select>
      <Notes {...props} />
    </div>
  )
}

/** A box to tick; it sends `on`. */
export function Checkbox(props: {
  name: string
  label: string
  isChecked: boolean
  hint?: string | undefined
  fault?: string | undefined
}) {
  const { name, hint, fault } = props
  const described = [fault && `${name}-fault`, hint && `${name}-hint`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label class="tick">
        <input
          type="checkbox"
          name={name}
          checked={props.isChecked}
          aria-describedby={described || undefined}
        />
        <span>{props.label}</span>
      </label>
      <Notes {...props} />
    </div>
  )
}

function Notes({ name, hint, fault }: Pick<FieldProps, 'name' | 'hint' | 'fault'>) {
  return (
    <>
      {fault && (
        <p class="fault" id={`${name}-fault`}>
          {fault}
        </p>
      )}
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </>
  )
}

type EditorProps = {
  form: Form
  texts: ConsoleTexts
  /** What the button says. */
  submit: string
  /** Where who changes their mind goes. */
  cancelHref: string
  /** Ends or deletes something. */
  isDangerous?: boolean
  refusal?: Refusal | undefined
  children?: Child
}

/** A form with its fields, a button and a way out. */
export function Editor(props: EditorProps) {
  const { form, texts, submit, cancelHref, isDangerous, refusal } = props
  return (
    <PostForm form={form} class="editor">
      {refusal && (
        <div class="alert" role="alert">
          {refusal.faults[''] ?? texts.faults}
        </div>
      )}
      {props.children}
      <div class="submit">
        {/* The name makes the button ignore the second half of a double click on the page before. */}
        <button name="decision" value="yes" class={isDangerous ? 'danger' : ''}>
          {submit}
        </button>
        <a class="button quiet" href={cancelHref}>
          {texts.cancel}
        </a>
      </div>
    </PostForm>
  )
}

/** The secret that is shown on this page and never again. */
export function ShownOnce(props: { label: string; secret: string; texts: ConsoleTexts }) {
  return (
    <div class="notice once" role="status">
      <p id="once">{props.label}</p>
      <code class="secret" tabindex={0} role="textbox" aria-readonly="true" aria-labelledby="once">
        {props.secret}
      </code>
      <p class="hint">{props.texts.shownOnce}</p>
    </div>
  )
}
