// Random numbers that a seed repeats.

/** Returns a number from 0 to 1, without 1. */
export type Random = () => number

/** Returns the numbers of a seed: FNV-1a over the text, then xorshift. */
export function randomFrom(seed: string): Random {
  let state = 2_166_136_261
  for (const character of seed) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619)
  }
  state ||= 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4_294_967_296
  }
}
