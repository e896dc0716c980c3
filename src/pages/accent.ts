// The deployment's accent colour. Surfaces have it as it is, with a text on it that can be read; a text
// in the accent's colour is bent as little as its background needs (WCAG 2.2, 1.4.3 and 1.4.11).

type Rgb = readonly [red: number, green: number, blue: number]

/** The accent on one background: its colour, and the colour of text on it. */
type Accent = { colour: string; text: string }

/** The default accent, verdigris, if a deployment sets none or one that is not #rrggbb. */
export const defaultAccent = '#1d5f58'

// Slightly more than 4.5, to allow for rounding of channels.
const textContrast = 5
// Slightly more than 3, what tells a button from its background.
const edgeContrast = 3.2

/**
 * Returns `accentColour` (#rrggbb) with enough contrast to `ground` (#rrggbb) for text: mixed with
 * black on a light background, with white on a dark one. WCAG 2.2, 1.4.3.
 */
export function accentOn(accentColour: string, ground: string): Accent {
  return bent(accentColour, ground, textContrast)
}

/**
 * Returns a surface in `accentColour` as it is, on `ground`: the colour of text on it, of its edge, and
 * of the surface under a pointer. All are #rrggbb.
 */
export function surfaceOn(
  accentColour: string,
  ground: string,
): { colour: string; text: string; edge: string; hover: string } {
  const colour = parse(accentColour) ?? parse(defaultAccent) ?? black
  const text = bestText(colour)
  const other = text === white ? black : white
  return {
    colour: format(colour),
    text: format(text),
    edge: bent(accentColour, ground, edgeContrast).colour,
    // Away from the colour of the text, so that it stays readable.
    hover: format(mix(colour, other, 0.12)),
  }
}

function bent(accentColour: string, ground: string, wantedContrast: number): Accent {
  const background = parse(ground) ?? white
  const toward = luminance(background) > 0.18 ? black : white
  const chosen = parse(accentColour) ?? parse(defaultAccent) ?? black
  for (let step = 0; step <= 50; step++) {
    const colour = mix(chosen, toward, step / 50)
    if (contrast(colour, background) >= wantedContrast)
      return { colour: format(colour), text: format(bestText(colour)) }
  }
  return { colour: format(toward), text: format(bestText(toward)) }
}

// Pure, because only then one of the two is readable on every colour.
const black: Rgb = [0, 0, 0]
const white: Rgb = [255, 255, 255]

/** Returns the contrast ratio of two #rrggbb colours (WCAG 2.2), or NaN for other text. */
export function contrastOf(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)]
  return a && b ? contrast(a, b) : NaN
}

function bestText(colour: Rgb): Rgb {
  return contrast(colour, white) >= contrast(colour, black) ? white : black
}

function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

function linear(channel: number): number {
  const value = channel / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const channel = (a: number, b: number) => Math.round(a + (b - a) * share)
  return [channel(from[0], to[0]), channel(from[1], to[1]), channel(from[2], to[2])]
}

function parse(colour: string): Rgb | undefined {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return undefined
  const value = Number.parseInt(colour.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

function format([red, green, blue]: Rgb): string {
  return `#${((red << 16) | (green << 8) | blue).toString(16).padStart(6, '0')}`
}
