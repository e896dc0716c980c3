// Content negotiation: which of two representations a client would rather have. RFC 9110 12.5.1.

type MediaRange = { type: string; weight: number }

/** Parts of a header at most; more could only keep us busy. */
const mostRanges = 50

const rangesIn = (accept: string): MediaRange[] =>
  accept.split(',', mostRanges).map((text) => {
    const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    return { type, weight: weight === undefined ? 1 : weightOf(weight.slice(2)) }
  })

// qvalue: RFC 9110 12.4.2. A malformed one weighs nothing.
const weightOf = (text: string): number =>
  /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0

/** Returns the weight of a type: that of the most specific range which it is in. */
function weightIn(ranges: readonly MediaRange[], type: string): number {
  const names = [type, `${type.split('/', 1)[0]}/*`, '*/*']
  const matching = names.flatMap((name) => ranges.find((range) => range.type === name) ?? [])
  return matching[0]?.weight ?? 0
}

/**
 * Returns whether a request asks for `special` by its name and no less than for `usual`. A wildcard
 * asks for nothing special.
 */
export function prefers(accept: string, special: string, usual: string): boolean {
  const ranges = rangesIn(accept)
  const isNamed = ranges.some(({ type, weight }) => type === special && weight > 0)
  return isNamed && weightIn(ranges, special) >= weightIn(ranges, usual)
}
