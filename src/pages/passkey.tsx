// What a page needs to ask for a passkey. The script `passkey` shows the button and posts the answer.

import { raw } from 'hono/html'
import type { Texts } from './texts/en.ts'

/**
 * How a browser is asked for a passkey, as JSON of WebAuthn 5.1.9 or 5.1.10. `signal` = what the browser
 * is told of passkeys that are no longer stored (5.1.11).
 */
export type PasskeyAsking = { options: object; signal?: object | undefined }

type AskingProps = {
  asking: PasskeyAsking
  /** The words on the button. */
  label: string
  class?: string
}

/** The button that asks for a passkey, within a form that posts the answer as `passkey`. */
export function AskForPasskey(props: AskingProps) {
  const { options, signal } = props.asking
  return (
    <>
      <Data id="passkey-options" value={options} />
      {signal && <PasskeySignal signal={signal} />}
      <input type="hidden" name="passkey" value="" />
      <button type="button" id="passkey-button" class={props.class} hidden>
        {props.label}
      </button>
    </>
  )
}

/** How a browser is asked for a passkey that proves its user. `challenge` is posted beside `passkey`. */
export type PasskeyChallenge = PasskeyAsking & { challenge: string }

/** The button that signs in with a passkey, with what its form posts beside the answer. */
export const AskToSignIn = ({ asking, texts }: { asking: PasskeyChallenge; texts: Texts }) => (
  <>
    <input type="hidden" name="challenge" value={asking.challenge} />
    <AskForPasskey asking={asking} label={texts.login.passkey} class="quiet" />
  </>
)

/** What is said on a device that has a passkey already. */
export const AlreadyHere = ({ text }: { text: string }) => (
  <p role="alert" id="passkey-here" hidden>
    {text}
  </p>
)

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
