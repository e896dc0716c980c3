// The error pages: plain words, a reference to find the log line by, never a stack.

import type { LinkedApp } from './client.tsx'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'

/** What went wrong, as far as a person needs to know; the keys of `texts.error`. */
export type ErrorKind = Exclude<keyof Texts['error'], 'startAgain' | 'forDevelopers'>

export type ErrorProps = {
  kind: ErrorKind
  /** The request's id, as in X-Request-Id and in the log. */
  requestId: string
  /** The error code and constant description, for whoever builds the client. */
  error?: { code: string; description: string }
  /** Where to begin anew with what was asked. */
  startAgainHref?: string
  /** The app that the person was on the way to, and where it begins. */
  app?: LinkedApp
}

export function errorPage(frame: Frame, error: ErrorProps): string {
  const texts = textsIn(frame.language)
  const { title, text } = texts.error[error.kind]
  return renderDocument({
    frame,
    title,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead">{text}</p>
        {error.app && (
          <a class="button" href={error.app.href} rel="noreferrer">
            {fill(texts.goToClient, {
              client: displayName(error.app.client.name) || texts.unnamedClient,
            })}
          </a>
        )}
        {error.startAgainHref && (
          <a class={error.app ? 'button quiet' : 'button'} href={error.startAgainHref}>
            {texts.error.startAgain}
          </a>
        )}
        {error.error && (
          <details>
            <summary>{texts.error.forDevelopers}</summary>
            <p>
              <code>{error.error.code}</code> {error.error.description}
            </p>
          </details>
        )}
        {/* A page that was open for too long is nobody's fault, and nothing to ask for help about. */}
        {error.kind !== 'expired' && <Reference texts={texts} requestId={error.requestId} />}
      </>
    ),
  })
}

/** Why signing in at a provider came to nothing. */
export type ProviderRefusal = Exclude<keyof Texts['provider'], 'title' | 'back' | 'backToAccount'>

export type ProviderRefusedProps = {
  provider: string
  reason: ProviderRefusal
  requestId: string
  /** The sign-in page or, for one who was linking an account, the account page. */
  back: { to: 'login' | 'account'; href: string }
}

/** Says what to do next; leads back only by a link, so that it cannot loop. */
export function providerRefusedPage(frame: Frame, refused: ProviderRefusedProps): string {
  const texts = textsIn(frame.language)
  const parts = { provider: displayName(refused.provider) }
  const title = fill(texts.provider.title, parts).join('')
  return renderDocument({
    frame,
    title,
    children: (
      <>
        <h1>{title}</h1>
        <p class="lead">{fill(texts.provider[refused.reason], parts)}</p>
        <a class="button" href={refused.back.href}>
          {refused.back.to === 'login' ? texts.provider.back : texts.provider.backToAccount}
        </a>
        <Reference texts={texts} requestId={refused.requestId} />
      </>
    ),
  })
}

function Reference(props: { texts: Texts; requestId: string }) {
  return (
    <p class="reference">
      {props.texts.referenceHint} <code>{props.requestId}</code>
    </p>
  )
}
