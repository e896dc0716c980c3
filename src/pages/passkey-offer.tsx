// The offer of a passkey, after a sign-in by password in a browser that can have one.

import { ClientName, type ShownClient } from './client.tsx'
import { fill } from './fill.ts'
import { Alert, type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { AlreadyHere, AskForPasskey, type PasskeyAsking } from './passkey.tsx'
import { textsIn } from './texts.ts'

type OfferProps = {
  /** Posts `passkey`. */
  form: Form
  passkey: PasskeyAsking
  /** Posts `decision=later`. */
  later: Form
  client?: ShownClient
  isRefused: boolean
}

/** Posts `passkey`, or `decision=later`. */
export function passkeyOfferPage(frame: Frame, offer: OfferProps): string {
  const texts = textsIn(frame.language)
  const { passkeys } = texts
  return renderDocument({
    frame,
    title: passkeys.offer,
    isRefusal: offer.isRefused,
    scripts: ['passkey'],
    children: (
      <>
        <h1>{passkeys.offer}</h1>
        {offer.client && (
          <p class="lead">
            {fill(texts.toClient, { client: <ClientName client={offer.client} texts={texts} /> })}
          </p>
        )}
        {offer.isRefused && <Alert>{passkeys.notAdded}</Alert>}
        <p>{passkeys.introduction}</p>
        <PostForm form={offer.form}>
          <input type="hidden" name="mediation" value="" />
          <AlreadyHere text={passkeys.alreadyHere} />
          <AskForPasskey asking={offer.passkey} label={passkeys.add} />
        </PostForm>
        <PostForm form={offer.later}>
          <button name="decision" value="later" class="quiet">
            {passkeys.later}
          </button>
        </PostForm>
      </>
    ),
  })
}
