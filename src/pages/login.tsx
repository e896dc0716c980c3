// The sign-in page.

import { ClientName, type ShownClient } from './client.tsx'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import { Alert, Field, type Form, PostForm } from './form.tsx'
import { duration } from './instant.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'

/** Why the last attempt was refused. `retryAfter` is in seconds. */
type LoginRefusal = { reason: 'credentials' } | { reason: 'throttled'; retryAfter: number }

/** A provider that people can sign in with. `label` is its name. */
export type ProviderChoice = { id: string; label: string }

type LoginProps = {
  form: Form
  /** The client that the person came from, if any. */
  client?: ShownClient
  /** The login_hint (OpenID Connect Core 3.1.2.1), or the username of the refused attempt. */
  loginHint?: string
  refusal?: LoginRefusal
  /** The person is signed in but must authenticate again (prompt=login, max_age). */
  confirms?: boolean
  /** Posts `provider=<id>`. */
  providers?: { form: Form; choices: readonly ProviderChoice[] }
}

/** Renders the sign-in page. Posts `username` and `password`. */
export function loginPage(frame: Frame, login: LoginProps): string {
  const texts = textsIn(frame.language)
  const { refusal, providers } = login
  const refusedBy = refusal?.reason === 'credentials' ? 'refusal' : undefined
  return renderDocument({
    frame,
    title: login.confirms ? texts.login.confirmTitle : texts.login.title,
    isRefusal: refusal !== undefined,
    children: (
      <>
        <h1>{login.confirms ? texts.login.confirmTitle : texts.login.title}</h1>
        {login.client && (
          <p class="lead">
            {fill(texts.toClient, {
              client: <ClientName client={login.client} texts={texts} />,
            })}
          </p>
        )}
        {refusal && (
          <Alert id="refusal">
            {refusal.reason === 'throttled'
              ? fill(texts.throttled, { delay: duration(frame.language, refusal.retryAfter) })
              : texts.login.wrongCredentials}
          </Alert>
        )}
        <PostForm form={login.form}>
          <Field
            name="username"
            label={texts.login.username}
            autocomplete="username"
            inputmode="email"
            enterkeyhint="next"
            value={login.loginHint}
            autofocus={!login.loginHint}
            refusedBy={refusedBy}
          />
          <Field
            name="password"
            label={texts.login.password}
            type="password"
            autocomplete="current-password"
            enterkeyhint="go"
            autofocus={Boolean(login.loginHint)}
            refusedBy={refusedBy}
          />
          <button>{texts.login.submit}</button>
        </PostForm>
        {providers && providers.choices.length > 0 && (
          <>
            <p class="or">{texts.login.or}</p>
            <PostForm form={providers.form}>
              {providers.choices.map((provider) => (
                <button name="provider" value={provider.id} class="quiet">
                  {fill(texts.login.continueWith, { provider: displayName(provider.label) })}
                </button>
              ))}
            </PostForm>
          </>
        )}
      </>
    ),
  })
}
