// A provider that does what it is told, and tells what it was asked: `PUT /control/answers?path=`
// says how a path answers, `GET /control/requests?prefix=` what came in under a prefix.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as delayed } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

/** An answer; times are milliseconds. */
export type Script = {
  status?: number
  headers?: Record<string, string>
  body?: string
  /** The body this many times over. */
  times?: number
  gzip?: boolean
  /** Until the first byte. */
  delay?: number
  /** Between one byte of the body and the next. */
  drip?: number
  /** Hangs up instead of answering. */
  drops?: boolean
}

export type SeenRequest = {
  path: string
  method: string
  headers: Record<string, string | string[] | undefined>
  body: string
}

export function scriptedProvider(): RequestListener {
  const scripts = new Map<string, Script>()
  const seen: SeenRequest[] = []
  return (request, response) => void respond(request, response)

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://scripted')
    const body = await readText(request)
    if (url.pathname === '/control/answers') {
      scripts.set(url.searchParams.get('path') ?? '', JSON.parse(body))
      response.writeHead(204).end()
    } else if (url.pathname === '/control/requests') {
      const prefix = url.searchParams.get('prefix') ?? ''
      const found = seen.filter(({ path }) => path.startsWith(prefix))
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(found))
    } else {
      const { method = '', headers } = request
      seen.push({ path: url.pathname, method, headers, body })
      await play(scripts.get(url.pathname) ?? { status: 404 }, response)
    }
  }
}

async function play(script: Script, response: ServerResponse): Promise<void> {
  const { status = 200, headers = {}, body = '', times = 1, delay = 0, drip } = script
  await delayed(delay)
  if (script.drops === true) {
    response.socket?.destroy()
    return
  }
  const whole = Buffer.from(body.repeat(times))
  const bytes = script.gzip === true ? gzipSync(whole) : whole
  response.writeHead(status, {
    ...headers,
    ...(script.gzip === true ? { 'Content-Encoding': 'gzip' } : {}),
  })
  if (drip === undefined) {
    response.end(bytes)
    return
  }
  for (const byte of bytes) {
    if (response.destroyed) return
    response.write(Buffer.of(byte))
    await delayed(drip)
  }
  response.end()
}
