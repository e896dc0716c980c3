// The single-page example on a port of its own: `npm run spa`, beside `npm start`.
// Nothing but files: signing in is done by the page itself.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { scriptOptions } from '../../script-options.ts'

scriptOptions(
  `npm run spa
Serves the example single-page app. There are no options; these variables change it:
  PORT        port to listen on (default: 8789)
  ISSUER      the server to sign in at (default: http://localhost:8787)
  CLIENT_ID   the client to sign in as (default: spa)
  DPOP        on = tokens are bound to a key that the browser keeps`,
  {},
)

const port = Number(process.env.PORT ?? 8789)
const issuer = process.env.ISSUER ?? 'http://localhost:8787'
const clientId = process.env.CLIENT_ID ?? 'spa'
const dpop = process.env.DPOP === 'on'

const here = import.meta.dirname
const library = join(
  here,
  '../../../node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js',
)

const html = 'text/html; charset=utf-8'
const script = 'text/javascript; charset=utf-8'

const files: Record<string, { type: string; body: string | Buffer }> = {
  '/': { type: html, body: readFileSync(join(here, 'index.html')) },
  '/callback.html': { type: html, body: readFileSync(join(here, 'callback.html')) },
  '/app.js': { type: script, body: readFileSync(join(here, 'app.js')) },
  '/callback.js': { type: script, body: readFileSync(join(here, 'callback.js')) },
  '/sign-in.js': { type: script, body: readFileSync(join(here, 'sign-in.js')) },
  '/oidc-client-ts.js': { type: script, body: readFileSync(library) },
  '/style.css': { type: 'text/css', body: readFileSync(join(here, 'style.css')) },
  '/icon.svg': { type: 'image/svg+xml', body: readFileSync(join(here, 'icon.svg')) },
  '/settings.json': { type: 'application/json', body: JSON.stringify({ issuer, clientId, dpop }) },
}

// Only our own scripts, and only the issuer to talk to: tokens in a page are as safe as its scripts.
const contentSecurityPolicy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ${issuer}; base-uri 'none'; frame-ancestors 'none'`

createServer((request, response) => {
  const file = files[new URL(request.url ?? '/', 'http://localhost').pathname]
  response
    .writeHead(file === undefined ? 404 : 200, {
      'Content-Type': file?.type ?? 'text/plain',
      'Content-Security-Policy': contentSecurityPolicy,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    })
    .end(file?.body ?? 'There is nothing here.')
})
  .once('error', ({ message }) => {
    console.error(message)
    process.exitCode = 1
  })
  .listen(port, '127.0.0.1', () => console.log(`Ready on http://localhost:${port}, with ${issuer}`))
