// Setting up an authenticator app: the secret as a picture and as text, confirmed by a first code.

import { encode } from 'uqr'
import { ConfirmFirst } from './account-frame.tsx'
import { Alert, Field, type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'

/** A secret that waits for its first code. */
export type TotpSetUp = {
  form: Form
  /** What the picture says to the app. */
  uri: string
  /** The same secret, to be typed: base32. */
  secret: string
  /** Why the last code was refused; `old` = the page was open for too long, and the secret is new. */
  refusal?: { reason: 'code' | 'old' } | undefined
}

/** Returns a secret that waits, with the form that carries it. */
export const setUpForm = (
  { action, hidden }: Form,
  { uri, secret, sealed }: { uri: string; secret: string; sealed: string },
): TotpSetUp => ({
  form: { action, hidden: [...hidden, ['enrolment', sealed]] },
  uri,
  secret,
})

/** Renders the page of the step that a policy asks for. Posts `code`. */
export function totpSetUpPage(frame: Frame, { setUp, form }: SetUpProps): string {
  const { factors } = textsIn(frame.language)
  return renderDocument({
    frame,
    title: factors.setUpTitle,
    isRefusal: setUp?.refusal !== undefined,
    children: (
      <>
        <h1>{factors.setUpTitle}</h1>
        <p class="lead">{factors.required}</p>
        {setUp ? (
          <SetUpTotp frame={frame} setUp={setUp} />
        ) : (
          <ConfirmFirst form={form} frame={frame} />
        )}
      </>
    ),
  })
}

/** `setUp` null = the sign-in is not fresh; then the form leads to one. */
type SetUpProps = { setUp: TotpSetUp | null; form: Form }

/** The picture, the text and the form. */
export function SetUpTotp({ frame, setUp }: { frame: Frame; setUp: TotpSetUp }) {
  const { factors, device } = textsIn(frame.language)
  const { form, uri, secret, refusal } = setUp
  return (
    <>
      {refusal?.reason === 'old' && <Alert>{factors.tooOld}</Alert>}
      <p>{factors.scan}</p>
      <QrCode text={uri} label={factors.picture} />
      <p>
        {factors.typeIn} <code>{secret.match(/.{1,4}/g)?.join(' ')}</code>
      </p>
      <p>{factors.confirm}</p>
      <PostForm form={form} class="narrow">
        <Field
          name="code"
          label={device.userCode}
          autocomplete="one-time-code"
          inputmode="numeric"
          enterkeyhint="done"
          class="code"
          autofocus={refusal !== undefined}
          error={refusal?.reason === 'code' ? factors.wrong : undefined}
        />
        <button>{factors.turnOn}</button>
      </PostForm>
    </>
  )
}

// One path for all modules, a line for each run of a row. Black on white by night, too: that is what
// cameras look for.
function QrCode({ text, label }: { text: string; label: string }) {
  const { size, data } = encode(text, { ecc: 'L', border: 4 })
  const runs = data.flatMap((row, y) =>
    [
      ...row
        .map((dark) => (dark ? '#' : '.'))
        .join('')
        .matchAll(/#+/g),
    ].map(({ index, 0: run }) => `M${index} ${y}h${run.length}`),
  )
  return (
    <svg class="qr" viewBox={`0 -.5 ${size} ${size}`} role="img" aria-label={label}>
      <path fill="#fff" d={`M0-.5h${size}v${size}H0z`} />
      <path stroke="#000" d={runs.join('')} shape-rendering="crispEdges" />
    </svg>
  )
}
