// Where `npm start` listens (HOST and PORT), and how it reaches its own server.
import { request } from 'node:http'
import { isIP } from 'node:net'
import { Refusal } from './refusal.ts'

/** An address and a port to listen on. */
export type ListenAddress = { host: string; port: number }

/** Parses a port. @throws Refusal for anything but a whole number from 1 to 65535 */
export function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new Refusal(`PORT must be from 1 to 65535, not ${text}`)
  return port
}

/**
 * Parses an IP address or `localhost`.
 * @throws Refusal for other names: some shells and tools export HOST with another meaning
 */
export function readHost(text: string): string {
  if (text === 'localhost') return '127.0.0.1'
  const address = text.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) !== 0) return address
  throw new Refusal(
    `HOST must be an IP address to listen on, or localhost, not ${text}: unset it if it has another purpose`,
  )
}

/** Returns whether only this machine can connect, to an address whose name the worker serves. */
export const isLoopbackAddress = (host: string): boolean => host === '127.0.0.1' || host === '::1'

/**
 * Returns whether the server accepts connections to every address of this machine, including
 * loopback.
 */
const isEveryAddress = (host: string): boolean => host === '0.0.0.0' || host === '::'

/**
 * Returns the origin at which this machine reaches the server, or null if the server does not
 * listen on loopback: development mode serves no other name by default.
 */
export function localOrigin({ host, port }: ListenAddress): string | null {
  if (host === '::1') return `http://[::1]:${port}`
  return isLoopbackAddress(host) || isEveryAddress(host) ? `http://localhost:${port}` : null
}

/** A request from `npm start` to its own server. */
type OwnRequest = {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string
}

export type OwnAnswer = { status: number; text: string }

/** Sends a request to the listening address with the Host `localhost` (fetch cannot set Host). */
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
