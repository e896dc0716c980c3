// The names of our authentication context classes. OpenID Connect Core 2 (`acr`).

/**
 * What tokens called one factor before there was a second. The name still means that class, and a
 * client that asks for the class by it is answered by it.
 */
export const formerAcr = '1'

/** The classes: one factor; two, or a passkey; a second factor that was proved just now. */
export const acrValues = [
  'urn:postern:acr:1',
  'urn:postern:acr:2',
  'urn:postern:acr:fresh',
  formerAcr,
] as const

export type AcrValue = (typeof acrValues)[number]

const levels = new Map<unknown, number>([
  [formerAcr, 1],
  ...acrValues.slice(0, 3).map((name, index) => [name, index + 1] as const),
])

/** Returns the level of a class: each contains those below. Undefined for a name that is not ours. */
export function levelOfAcr(acr: AcrValue): number
export function levelOfAcr(acr: unknown): number | undefined
export function levelOfAcr(acr: unknown): number | undefined {
  return levels.get(acr)
}
