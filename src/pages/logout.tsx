// OpenID Connect RP-Initiated Logout: the question if there is no valid hint, and the result.

import { ClientName, type ShownClient } from './client.tsx'
import { fill } from './fill.ts'
import { type Form, PostForm } from './form.tsx'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import { type ShownUser, UserName } from './user.tsx'

type LogoutProps = {
  form: Form
  user?: ShownUser
  /** The requesting client, if it is proved. */
  client?: ShownClient
  /** The address for a person who chooses to stay signed in. */
  stayHref?: string
}

/** Posts `decision=allow`. */
export function logoutPage(frame: Frame, logout: LogoutProps): string {
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title: texts.logout.title,
    children: (
      <>
        <h1>{texts.logout.title}</h1>
        {logout.client && (
          <p class="lead">
            {fill(texts.logout.questionOfClient, {
              client: <ClientName client={logout.client} texts={texts} />,
            })}
          </p>
        )}
        {logout.user && (
          <p>{fill(texts.logout.question, { user: <UserName user={logout.user} /> })}</p>
        )}
        <PostForm form={logout.form}>
          <button name="decision" value="allow">
            {texts.signOut}
          </button>
          {logout.stayHref && (
            <a class="button quiet" href={logout.stayHref}>
              {texts.logout.stay}
            </a>
          )}
        </PostForm>
      </>
    ),
  })
}

type SignedOutProps = { loginHref?: string }

/** Renders the last page of a logout without a redirect to the client. */
export function signedOutPage(frame: Frame, signedOut: SignedOutProps): string {
  const texts = textsIn(frame.language)
  return renderDocument({
    frame,
    title: texts.signedOut.title,
    children: (
      <>
        <h1>{texts.signedOut.title}</h1>
        <p class="lead">{texts.signedOut.hint}</p>
        {signedOut.loginHref && (
          <a class="button quiet" href={signedOut.loginHref}>
            {texts.signedOut.signInAgain}
          </a>
        )}
      </>
    ),
  })
}
