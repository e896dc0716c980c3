// The second factor of a sign-in: a code of the authenticator app, or a recovery code.

import { ClientName, type ShownClient } from './client.tsx'
import { fill } from './fill.ts'
import { Alert, Field, type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { AskToSignIn, type PasskeyChallenge } from './passkey.tsx'
import { textsIn } from './texts.ts'
import { Throttled } from './throttled.tsx'

/** Why a code was refused. `retryAfter` is in seconds. */
type CodeRefusal = { reason: 'code' | 'passkey' } | { reason: 'throttled'; retryAfter: number }

type SecondFactorProps = {
  form: Form
  client?: ShownClient
  refusal?: CodeRefusal
  /** Whether the user has an authenticator app; else a passkey is needed. */
  hasApp: boolean
  /** Asks for a passkey instead. */
  passkey?: PasskeyChallenge
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
  const { factors, device } = texts
  const { form, client, refusal, hasApp, passkey, isRecovery, rememberDays } = shown
  return renderDocument({
    frame,
    title: factors.title,
    isRefusal: refusal !== undefined,
    scripts: [
      ...(passkey === undefined ? [] : (['passkey'] as const)),
      ...(refusal?.reason === 'throttled' ? (['wait'] as const) : []),
    ],
    children: (
      <>
        <h1>{factors.title}</h1>
        {client && (
          <p class="lead">
            {fill(texts.toClient, { client: <ClientName client={client} texts={texts} /> })}
          </p>
        )}
        {refusal?.reason === 'passkey' && <Alert>{texts.login.wrongPasskey}</Alert>}
        <Throttled frame={frame} refusal={refusal} />
        <p>
          {hasApp ? '' : factors.passkeyNeeded}{' '}
          {isRecovery ? factors.recoveryHint : fill(factors.hint, { brand: frame.branding.name })}
        </p>
        <PostForm form={form}>
          <Field
            name="code"
            label={isRecovery ? factors.recoveryCode : device.userCode}
            autocomplete={isRecovery ? 'off' : 'one-time-code'}
            {...(isRecovery ? {} : { inputmode: 'numeric' })}
            enterkeyhint="go"
            class="code"
            autofocus
            error={refusal?.reason === 'code' ? factors.wrong : undefined}
          />
          {rememberDays > 0 && !isRecovery && (
            <label class="choice">
              <input type="checkbox" name="remember" value="on" />
              <span>{fill(factors.remember, { count: rememberDays })}</span>
            </label>
          )}
          <button disabled={refusal?.reason === 'throttled'}>{factors.submit}</button>
          {passkey && <AskToSignIn asking={passkey} texts={texts} />}
        </PostForm>
        <p class="links">
          {hasApp && (
            <a href={shown.otherWayHref}>{isRecovery ? factors.useApp : factors.recover}</a>
          )}
          <a href={shown.otherAccountHref}>{hasApp ? texts.anotherAccount : factors.goBack}</a>
        </p>
      </>
    ),
  })
}
