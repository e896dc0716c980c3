// Where `npm start` listens: the address of HOST, the port of PORT, and how we reach it ourselves.
import { request } from 'node:http'
import { isIP } from 'node:net'
import { Refusal } from './refusal.ts'

/** An address to listen on, and a port. */
export type ListenAddress = { host: string; port: number }

/** @throws Refusal for anything but a whole number from 1 to 65535 */
export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new Refusal(`PORT must be from 1 to 65535, not ${text}`)
  return port
}

/** @throws Refusal for a name: some shells and tools export HOST with another meaning */
export function readHost(text: string): string {
  if (text === 'localhost') return '127.0.0.1'
  const address = text.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) !== 0) return address
  throw new Refusal(
    `HOST must be an IP address to listen on or localhost, not ${text}: unset it if it was meant for something else`,
  )
}

/** Whether only this machine can connect, to an address whose name the worker serves. */
export const isLoopbackAddress = (host: string): boolean => host === '127.0.0.1' || host === '::1'

/** Whether connections to every address of this machine arrive, those to loopback included. */
const isEveryAddress = (host: string): boolean => host === '0.0.0.0' || host === '::'

/**
 * The origin under which this machine reaches the server, or null where only another name does:
 * without loopback there is no name that development honours by itself.
 */
export function localOrigin({ host, port }: ListenAddress): string | null {
  if (host === '::1') return `http://[::1]:${port}`
  return isLoopbackAddress(host) || isEveryAddress(host) ? `http://localhost:${port}` : null
}

/** A request of our own, for a path that only the operator asks for. */
export type OwnRequest = {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string
}

export type OwnAnswer = { status: number; text: string }

/** Sends a request to the address itself, under the name `localhost` (fetch cannot choose a Host). */
export function send(address: ListenAddress, sent: OwnRequest): Promise<OwnAnswer> {
  const { host, port } = address
  const { method, path, headers = {}, body = '' } = sent
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: reached,
        port,
        method,
        path,
        headers: {
          host: `localhost:${port}`,
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.once('error', reject)
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    asked.once('error', reject)
    asked.end(body)
  })
}
