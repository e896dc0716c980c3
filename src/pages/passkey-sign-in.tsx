// The sign-in with a passkey, beside the password. It needs a script, which shows the button.

import { raw } from 'hono/html'
import { type Form, PostForm } from './form.tsx'
import type { Texts } from './texts/en.ts'

/** `options` are the PublicKeyCredentialRequestOptionsJSON that the browser is asked with. */
export type PasskeyForm = { form: Form; options: object }

/** Posts the browser's answer as `passkey`. */
export function PasskeySignIn({ passkey, texts }: { passkey: PasskeyForm; texts: Texts }) {
  return (
    <>
      <script type="application/json" id="passkey-options">
        {jsonForScript(passkey.options)}
      </script>
      <PostForm form={passkey.form} id="passkey-sign-in">
        <input type="hidden" name="passkey" />
        <button type="button" class="quiet" hidden>
          {texts.login.passkey}
        </button>
      </PostForm>
    </>
  )
}

/** Returns JSON that no text within it can end early (HTML 4.12.1.3: restrictions on contents). */
const jsonForScript = (value: object) => raw(JSON.stringify(value).replaceAll('<', '\\u003c'))
