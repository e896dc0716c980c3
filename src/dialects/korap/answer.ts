// What all of Kustvakt's answers have in common.

const headers = {
  'Content-Type': 'application/json;charset=utf-8',
  'Cache-Control': 'no-store',
  Pragma: 'no-store',
} as const

/** An answer of Kustvakt; `text` is JSON, or the bare word SUCCESS. */
export const answered = (text: string, status = 200): Response =>
  new Response(text, { status, headers })
