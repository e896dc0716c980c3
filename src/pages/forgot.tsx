// Where people go who have forgotten their password.

import { Alert, Field, type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'

type ForgotProps = {
  form: Form
  /** What was typed and is no address. */
  refused?: string
}

/** Renders the page that asks for the address of the account. Posts `email`. */
export function forgotPage(frame: Frame, { form, refused }: ForgotProps): string {
  const { forgot } = textsIn(frame.language)
  const isRefusal = refused !== undefined
  return renderDocument({
    frame,
    title: forgot.title,
    isRefusal,
    children: (
      <>
        <h1>{forgot.title}</h1>
        <p class="lead">{forgot.lead}</p>
        {isRefusal && <Alert id="refusal">{forgot.notAnAddress}</Alert>}
        <PostForm form={form}>
          <Field
            name="email"
            label={forgot.email}
            autocomplete="email"
            inputmode="email"
            enterkeyhint="done"
            autofocus
            {...(isRefusal ? { value: refused, refusedBy: 'refusal' } : {})}
          />
          <button>{forgot.submit}</button>
        </PostForm>
      </>
    ),
  })
}
