// What is said, and offered, after too many tries.

import { fill } from './fill.ts'
import { Alert } from './form.tsx'
import { clock, duration } from './instant.tsx'
import type { Frame } from './layout.tsx'
import type { ScriptName } from './script.tsx'
import { textsIn } from './texts.ts'

const minute = 60

/** A refusal that is one of too many tries if it has `retryAfter`, in seconds. */
type Refusal = { reason?: string; retryAfter?: number } | undefined

/** Returns the scripts of a page with a password field. */
export const passwordScripts = (refusal: Refusal): readonly ScriptName[] =>
  refusal?.retryAfter === undefined ? ['showPassword'] : ['showPassword', 'wait']

/**
 * The message after too many tries: how long to wait, and until when; nothing after another refusal.
 * The server does not know the reader's time zone, so the instant is in UTC; the script `wait` shows it
 * by the reader's own clock.
 */
export function Throttled({ frame, refusal }: { frame: Frame; refusal: Refusal }) {
  const retryAfter = refusal?.retryAfter
  if (retryAfter === undefined) return null
  const { language, languageHrefs } = frame
  const texts = textsIn(language)
  // To the full minute, so that waiting until the clock shows it is always enough.
  const until = Math.ceil((frame.now + retryAfter) / minute) * minute
  const time = (
    <time datetime={new Date(until * 1000).toISOString()} data-wait={Math.ceil(retryAfter)}>
      {clock(language, until)}
    </time>
  )
  return (
    <Alert id="refusal">
      {fill(texts.throttled, { delay: duration(language, retryAfter), time })}
      {languageHrefs && (
        <noscript>
          {' '}
          <a href={languageHrefs[language]}>{texts.tryAgain}</a>
        </noscript>
      )}
    </Alert>
  )
}
