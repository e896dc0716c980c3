// The second factor of a sign-in: a code of the authenticator app, or a recovery code.

import { ClientName, type ShownClient } from './client.tsx'
import { fill } from './fill.ts'
import { Alert, Field, type Form, PostForm } from './form.tsx'
import { duration } from './instant.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'

/** Why a code was refused. `retryAfter` is in seconds. */
export type CodeRefusal = { reason: 'code' } | { reason: 'throttled'; retryAfter: number }

type SecondFactorProps = {
  form: Form
  client?: ShownClient
  refusal?: CodeRefusal
  /** Whether the page asks for a recovery code instead, and where it asks for the other one. */
  isRecovery: boolean
  otherWayHref: string
  /** For how long the browser can be remembered; 0 = it cannot be. */
  rememberDays: number
  /** Where somebody else signs in instead. */
  otherAccountHref: string
}

/** Posts `code`, and `remember` for a browser that is to be remembered. */
export function secondFactorPage(frame: Frame, shown: SecondFactorProps): string {
  const texts = textsIn(frame.language)
  const { factors } = texts
  const { form, client, refusal, isRecovery, rememberDays } = shown
  return renderDocument({
    frame,
    title: factors.title,
    isRefusal: refusal !== undefined,
    children: (
      <>
        <h1>{factors.title}</h1>
        {client && (
          <p class="lead">
            {fill(texts.toClient, { client: <ClientName client={client} texts={texts} /> })}
          </p>
        )}
        {refusal && <CodeAlert refusal={refusal} frame={frame} />}
        <p>
          {isRecovery ? factors.recoveryHint : fill(factors.hint, { brand: frame.branding.name })}
        </p>
        <PostForm form={form}>
          <Field
            name="code"
            label={isRecovery ? factors.recoveryCode : factors.code}
            autocomplete={isRecovery ? 'off' : 'one-time-code'}
            {...(isRecovery ? {} : { inputmode: 'numeric' })}
            enterkeyhint="go"
            class="code"
            autofocus
            refusedBy={refusal?.reason === 'code' ? 'refusal' : undefined}
          />
          {rememberDays > 0 && !isRecovery && (
            <label class="choice">
              <input type="checkbox" name="remember" value="on" />
              <span>{fill(factors.remember, { count: rememberDays })}</span>
            </label>
          )}
          <button>{factors.submit}</button>
        </PostForm>
        <p class="hint">
          <a href={shown.otherWayHref}>{isRecovery ? factors.useApp : factors.recover}</a>
          {' · '}
          <a href={shown.otherAccountHref}>{texts.anotherAccount}</a>
        </p>
      </>
    ),
  })
}

/** Says why a code was refused. */
export function CodeAlert({ refusal, frame }: { refusal: CodeRefusal; frame: Frame }) {
  const { factors, throttled } = textsIn(frame.language)
  return (
    <Alert id="refusal">
      {refusal.reason === 'throttled'
        ? fill(throttled, { delay: duration(frame.language, refusal.retryAfter) })
        : factors.wrong}
    </Alert>
  )
}
