// The error pages: plain words and a reference to the log line, never a stack.

import type { LinkedApp } from './client.tsx'
import { displayName } from './display-name.tsx'
import { fill } from './fill.ts'
import { type Frame, renderDocument } from './layout.tsx'
import { textsIn } from './texts.ts'
import type { Texts } from './texts/en.ts'

/** What went wrong, in the detail that a person needs: the keys of `texts.error`. */
export type ErrorKind = Exclude<keyof Texts['error'], 'startAgain' | 'forDevelopers'>

export type ErrorProps = {
  kind: ErrorKind
  /** The request's id, as in X-Request-Id and in the log. */
  requestId: string
  /** The error code and its constant description, for the client's developers. */
  error?: { code: string; description: string }
  /** Where to start the request again. */
  startAgainHref?: string
  /** The app that the person came from, with its start URL. */
  app?: LinkedApp
}

/** Renders an error page. */
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
        {/* Nobody needs help with a page that was open for too long: no reference. */}
        {error.kind !== 'expired' && <Reference texts={texts} requestId={error.requestId} />}
      </>
    ),
  })
}

/** Why a sign-in through a provider failed. */
type ProviderRefusal = Exclude<keyof Texts['provider'], 'title' | 'back' | 'backToAccount'>

type ProviderRefusedProps = {
  provider: string
  reason: ProviderRefusal
  requestId: string
  /** The sign-in page, or the account page for a person who was linking an account. */
  back: { to: 'login' | 'account'; href: string }
}

/**
 * Renders the page about a failed provider sign-in. It goes back only by a link, so that browsers
 * cannot loop.
 */
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
