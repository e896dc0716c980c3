// The colours of stone, by day and by night. A test checks the contrasts, so that a redesign cannot
// make the text unreadable (WCAG 2.2, 1.4.3 and 1.4.11).

/**
 * Colours as #rrggbb: the wall with its joints and the stones around the door, the panel, text and
 * secondary text, the borders of fields and of everything else, danger, and the backgrounds of two
 * kinds of message.
 */
export type Palette = {
  wall: string
  joint: string
  surround: string
  stone: string
  panel: string
  ink: string
  quiet: string
  edge: string
  hairline: string
  danger: string
  'danger-wash': string
  'notice-wash': string
}

export const day: Palette = {
  wall: '#e7e5df',
  joint: '#dedbd3',
  surround: '#d3cfc5',
  stone: '#beb9ac',
  panel: '#fdfcfa',
  ink: '#22262a',
  quiet: '#565a5e',
  edge: '#807d75',
  hairline: '#dcd9d1',
  danger: '#9c2319',
  'danger-wash': '#fbeae6',
  'notice-wash': '#e6f0ea',
}

export const night: Palette = {
  wall: '#131518',
  joint: '#1a1d21',
  surround: '#2b2f35',
  stone: '#3d424a',
  panel: '#1b1e22',
  ink: '#e9e6e0',
  quiet: '#a8a9ab',
  edge: '#7b7e84',
  hairline: '#33373d',
  danger: '#f4a297',
  'danger-wash': '#3a1f1c',
  'notice-wash': '#1c2f28',
}
