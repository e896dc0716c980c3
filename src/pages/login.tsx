// The sign-in page.

import { type ShownClient, ToClient } from './client.tsx'
import { Alert, Field, type Form, PasswordField, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { AskToSignIn, type PasskeyChallenge } from './passkey.tsx'
import { ProviderButton, type ProviderChoice } from './provider-button.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'
import { Throttled } from './throttled.tsx'

/** Why the last attempt was refused. `retryAfter` is in seconds. */
type LoginRefusal =
  { reason: 'credentials' | 'passkey' } | { reason: 'throttled'; retryAfter: number }

export type LoginProps = {
  form: Form
  /** The client that the person came from, if any. */
  client?: ShownClient
  /** The login_hint (OpenID Connect Core 3.1.2.1), or the username of the refused attempt. */
  loginHint?: string
  refusal?: LoginRefusal
  /** The person is signed in but must authenticate again (prompt=login, max_age). */
  confirms?: boolean
  /** The other pages that the way in leads to, each only where it is on. */
  links?: Readonly<Record<'forgot' | 'code' | 'signUp', string | undefined>>
  passkey?: PasskeyChallenge
  /** Asks for the name alone: what it is decides whether a password is asked for, too. */
  nameFirst?: boolean
  /** Posts `provider=<id>`. */
  providers?: { form: Form; choices: readonly ProviderChoice[] }
}

/** Renders the sign-in page. Posts `username` and `password`. */
export function loginPage(frame: Frame, login: LoginProps): string {
  const texts = textsIn(frame.language)
  const { refusal, passkey, providers } = login
  const choices = providers?.choices ?? []
  const title = login.confirms ? texts.login.confirmTitle : texts.login.title
  const refusedBy = refusal?.reason === 'credentials' ? 'refusal' : undefined
  return renderDocument({
    frame,
    title,
    isRefusal: refusal !== undefined,
    typedForm: 'sign-in',
    scripts: [
      ...(passkey === undefined ? [] : (['passkey'] as const)),
      ...(login.nameFirst ? [] : (['showPassword'] as const)),
      ...(refusal?.reason === 'throttled' ? (['wait'] as const) : []),
    ],
    children: (
      <>
        <h1>{title}</h1>
        {login.client && <ToClient client={login.client} texts={texts} />}
        {refusal?.reason === 'credentials' && (
          <Alert id="refusal">{texts.login.wrongCredentials}</Alert>
        )}
        {refusal?.reason === 'passkey' && <Alert>{texts.login.wrongPasskey}</Alert>}
        <Throttled frame={frame} refusal={refusal} />
        <PostForm form={login.form} id="sign-in">
          <Field
            name="username"
            label={texts.login.username}
            autocomplete="username webauthn"
            inputmode="email"
            enterkeyhint="next"
            value={login.loginHint}
            autofocus={!login.loginHint}
            refusedBy={refusedBy}
          />
          {!login.nameFirst && (
            <PasswordField
              name="password"
              label={texts.login.password}
              autocomplete="current-password"
              enterkeyhint="go"
              autofocus={Boolean(login.loginHint)}
              refusedBy={refusedBy}
              texts={texts}
            />
          )}
          <button disabled={refusal?.reason === 'throttled'}>
            {login.nameFirst ? texts.login.next : texts.login.submit}
          </button>
          {passkey && (
            <>
              <input type="hidden" name="webauthn" value="" />
              <AskToSignIn asking={passkey} texts={texts} />
            </>
          )}
        </PostForm>
        <LoginLinks links={login.links} texts={texts} />
        {providers && choices.length > 0 && (
          <>
            <p class="or">{texts.login.or}</p>
            <PostForm form={providers.form}>
              {choices.map((provider) => (
                <ProviderButton provider={provider} texts={texts} />
              ))}
            </PostForm>
          </>
        )}
      </>
    ),
  })
}

function LoginLinks({ links, texts }: { links: LoginProps['links']; texts: Texts }) {
  const { forgot, withCode, signUp } = texts.login
  const shown = [
    [links?.forgot, forgot],
    [links?.code, withCode],
    [links?.signUp, signUp],
  ].filter(([href]) => href !== undefined)
  if (shown.length === 0) return null
  return (
    <p class="links">
      {shown.map(([href, text]) => (
        <a href={href}>{text}</a>
      ))}
    </p>
  )
}
