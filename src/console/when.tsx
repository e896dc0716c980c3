// Instants as a distance, with the exact time for who points at it or listens.
import { distance, isoOf } from '../pages/instant.tsx'

/** How long ago (or ahead) an instant is, in seconds. `now` is the instant of the request. */
export function When({ at, now }: { at: number; now: number }) {
  const iso = isoOf(at)
  return (
    <time datetime={iso} title={iso.replace('T', ' ').replace('Z', ' UTC')}>
      {distance('en', now - at)}
    </time>
  )
}
