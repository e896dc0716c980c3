// What a page needs to ask for a passkey. The script `passkey` shows the button and posts the answer.

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { type Form, PostForm } from './form.tsx'

/**
 * How a browser is asked for a passkey, as JSON of WebAuthn 5.1.9 or 5.1.10, and the form that posts its
 * answer as `passkey`. `signal` = what the browser is told of passkeys that are no longer stored (5.1.11).
 */
export type PasskeyForm = { form: Form; options: object; signal?: object | undefined }

type AskingProps = {
  passkey: PasskeyForm
  /** The words on the button. */
  label: string
  class?: string
  /** Further inputs. */
  children?: Child
}

/** The button that asks for a passkey. Its form has one more `p` at most, for a device that has one. */
export function AskForPasskey(props: AskingProps) {
  const { form, options, signal } = props.passkey
  return (
    <>
      <Data id="passkey-options" value={options} />
      {signal && <PasskeySignal signal={signal} />}
      <PostForm form={form} id="passkey-form">
        <input type="hidden" name="passkey" />
        {props.children}
        <button type="button" class={props.class} hidden>
          {props.label}
        </button>
      </PostForm>
    </>
  )
}

/** Tells the browser of passkeys that are no longer stored. */
export const PasskeySignal = ({ signal }: { signal: object }) => (
  <Data id="passkey-signal" value={signal} />
)

/** JSON in a page, which no text within it can end early (HTML 4.12.1.3: restrictions on contents). */
const Data = ({ id, value }: { id: string; value: object }) => (
  <script type="application/json" id={id}>
    {raw(JSON.stringify(value).replaceAll('<', '\\u003c'))}
  </script>
)
