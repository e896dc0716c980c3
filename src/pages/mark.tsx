// The postern: a small arched door, slightly open. The inline mark uses the accent colour of the
// stylesheet; the icon contains its colour.

import { accentOn, surfaceOn } from './accent.ts'
import { day } from './palette.ts'
import type { Shape } from './stylesheet.ts'

const frame = 'M4 47V20a16 16 0 0 1 32 0v27'
const door = 'M9 47V20a11 11 0 0 1 22 0v27z'

/** The mark at the top of a page, a decoration beside the name. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 40 50" aria-hidden="true">
      <path d={frame} fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" />
      <path class="light" d={door} fill="currentColor" />
      <path class="leaf" d={door} fill="currentColor" />
    </svg>
  )
}

/** Returns an SVG file for the browser tab: the mark, or where pages are plain a tile in the colour. */
export function icon(accentColour: string, shape: Shape = 'arch'): string {
  if (shape === 'plain') {
    const { colour } = surfaceOn(accentColour, day.wall)
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 50 50"><rect width="50" height="50" rx="11" fill="${colour}"/></svg>`
  }
  const { colour } = accentOn(accentColour, day.wall)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-5 0 50 50" fill="${colour}"><path d="${frame}" fill="none" stroke="${colour}" stroke-width="3"/><path d="${door}" opacity=".2"/><path d="M9 47V20a6.8 11 0 0 1 13.6 0v27z"/></svg>`
}
