// A client's web server: tells every page what it was sent, and sends on to a third origin where
// that is asked of it.
import { createServer, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll } from 'vitest'
import { z } from 'zod'
import type { Page } from 'playwright-core'

const receivedSchema = z.object({
  method: z.string(),
  path: z.string(),
  parameters: z.record(z.string(), z.string()),
  referrer: z.string().nullable(),
})

/** What a request to the client's server had in it. */
type Received = z.infer<typeof receivedSchema>

type ClientSite = {
  /** http://localhost:PORT */
  origin: string
  /** The same server under a name that is another site to a browser: http://127.0.0.1:PORT */
  thirdOrigin: string
  /** Serves this document at this path. */
  publish: (path: string, html: string) => void
}

/** Serves a client while the tests of this file run. Paths that begin with /onward lead away. */
export function serveClientSite(): ClientSite {
  const site = { origin: '', thirdOrigin: '', publish }
  const documents = new Map<string, string>()
  function publish(path: string, html: string): void {
    documents.set(path, html)
  }
  const server = createServer((request, response) => {
    void received(request).then((what) => {
      if (what.path.startsWith('/onward')) {
        return response.writeHead(303, { Location: `${site.thirdOrigin}/landed` }).end()
      }
      const document = documents.get(what.path) ?? `<title>Client</title>${shown(what)}`
      return response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(document)
    })
  })
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    site.origin = `http://localhost:${port}`
    site.thirdOrigin = `http://127.0.0.1:${port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return site
}

/** What the client's page that is shown was sent. */
export async function readReceived(page: Page): Promise<Received> {
  return receivedSchema.parse(JSON.parse(await page.locator('#received').innerText()))
}

async function received(request: IncomingMessage): Promise<Received> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const sent = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams
  return {
    method: request.method ?? '',
    path: url.pathname,
    parameters: Object.fromEntries(sent),
    referrer: request.headers.referer ?? null,
  }
}

const shown = (what: Received): string =>
  `<link rel="icon" href="data:,"><pre id="received">${JSON.stringify(what).replaceAll('<', '\\u003c').replaceAll('&', '\\u0026')}</pre>`
