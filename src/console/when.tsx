// Instants as a distance, with the exact time for who points at it or listens.
import { distance, isoOf } from '../pages/instant.tsx'

/** Seconds from which on a day says more than a number of days. */
const far = 60 * 86_400

/** How long ago (or ahead) an instant is, or its day. In seconds; `now` is that of the request. */
export function When({ at, now }: { at: number; now: number }) {
  const iso = isoOf(at)
  return (
    <time datetime={iso} title={iso.replace('T', ' ').replace('Z', ' UTC')}>
      {Math.abs(now - at) > far ? iso.slice(0, 10) : distance('en', now - at)}
    </time>
  )
}
