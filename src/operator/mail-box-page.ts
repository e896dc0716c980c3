// The page of the box of `npm start`.
import type { BoxedMail } from './mail-box.ts'

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
article { border: 1px solid #8888; border-radius: 8px; padding: 1rem; margin: 1rem 0 }
h2 { font-size: 1.1rem; margin: 0 }
p { margin: 0; opacity: .75 }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }`

/** Renders the mails of a box, newest first. Their links open in a window of their own. */
export function renderBox(mails: readonly BoxedMail[]): string {
  const list = mails.map((mail, nth) => entry(mail, mails.length - 1 - nth)).join('\n')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Mails of npm start</title><style>${style}</style></head>
<body><main><h1>Mails</h1>
<p>Postern delivers nothing in development: its mails arrive here. Reload the page for new ones, or read
<a href="/messages">/messages</a> as JSON. One address gets three mails an hour unless MAILS_PER_ADDRESS says otherwise.</p>
${list === '' ? '<p>No mail yet.</p>' : list}
</main></body></html>`
}

const entry = ({ to, subject, text, at }: BoxedMail, id: number): string => `<article>
<h2>${escaped(subject)}</h2>
<p>To ${escaped(to)}, <time datetime="${escaped(at)}">${escaped(at)}</time>,
<a href="/messages/${id}" target="_blank" rel="noopener">as HTML</a></p>
<pre>${linked(escaped(text))}</pre></article>`

const linked = (text: string): string =>
  text.replace(
    /https?:\/\/[^\s<]+/g,
    (href) => `<a href="${href}" target="_blank" rel="noopener">${href}</a>`,
  )

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
