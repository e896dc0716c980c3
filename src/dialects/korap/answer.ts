// The common parts of Kustvakt's responses.

const headers = {
  'Content-Type': 'application/json;charset=utf-8',
  'Cache-Control': 'no-store',
  Pragma: 'no-store',
} as const

/** Returns a response of Kustvakt. `text` is JSON, or the word SUCCESS. */
export const answered = (text: string, status = 200): Response =>
  new Response(text, { status, headers })
