// Authentication context classes: how well somebody has proved who they are. OpenID Connect Core 2
// (`acr`), 3.1.2.1 (`acr_values`), 5.5.1.1; RFC 9470.
import type { Session } from '../people/storage.ts'

/** Seconds after which the proof of a second factor is no longer fresh. */
export const freshness = 300

const [oneFactor, twoFactors, fresh] = [
  'urn:postern:acr:1',
  'urn:postern:acr:2',
  'urn:postern:acr:fresh',
] as const

/**
 * What tokens called one factor before there was a second: the name still means that class, and is
 * stated to a client that names it.
 */
export const formerAcr = '1'

/** The classes by name; each is contained in those of a higher level. */
const levels = new Map<unknown, number>([
  [formerAcr, 1],
  [oneFactor, 1],
  [twoFactors, 2],
  [fresh, 3],
])

/** The names of the classes, for discovery. */
export const acrValuesSupported: readonly string[] = [oneFactor, twoFactors, fresh, formerAcr]

/** Returns the level of a class; undefined for a name that nobody here knows. */
export const levelOf = (acr: unknown): number | undefined => levels.get(acr)

/** Returns the highest class that a session has reached; `now` in seconds. */
export function acrOf({ secondFactorAt }: Pick<Session, 'secondFactorAt'>, now: number): string {
  if (secondFactorAt === null) return oneFactor
  return secondFactorAt >= now - freshness ? fresh : twoFactors
}
