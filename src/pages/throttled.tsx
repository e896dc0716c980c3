// What is said, and offered, after too many tries.

import { fill } from './fill.ts'
import { Alert } from './form.tsx'
import { clock, duration } from './instant.tsx'
import type { Frame } from './layout.tsx'
import type { ScriptName } from './script.tsx'
import { textsIn } from './texts.ts'

const minute = 60

/** Returns the scripts of a page with a password field; `isThrottled` = after too many tries. */
export const passwordScripts = (isThrottled: boolean): readonly ScriptName[] =>
  isThrottled ? ['showPassword', 'wait'] : ['showPassword']

/**
 * The message after too many tries: how long to wait, and until when. The server does not know the
 * reader's time zone, so the instant is in UTC; the script `wait` shows it by the reader's own clock.
 * `retryAfter` is in seconds.
 */
export function Throttled({ frame, retryAfter }: { frame: Frame; retryAfter: number }) {
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
