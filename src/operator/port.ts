import { createServer } from 'node:net'
import type { ListenAddress } from './listen-address.ts'
import { Refusal } from './refusal.ts'

/**
 * The port of `npm start`. The documented commands name it, so that no other one is chosen silently.
 */
export const defaultPort = 8787

/**
 * Returns the warning about the port, or null if it needs none. Cursor listens for the answer to its
 * sign-in at `http://localhost:8787/callback`: on one machine either Postern or Cursor has the port.
 */
export const portWarning = (port: number): string | null =>
  port === defaultPort
    ? `Cursor waits for its sign-in at localhost:${defaultPort}: to sign in with Cursor on this machine, start with another PORT`
    : null

/**
 * Requires that the port is free on both loopback addresses and on the given one.
 * @throws Refusal if something listens there, or if this machine has no such address
 */
export async function refuseBusyPort({ host, port }: ListenAddress): Promise<void> {
  // A browser may resolve localhost to either address and would then reach the other server.
  for (const address of new Set(['127.0.0.1', '::1', host])) {
    const code = await listenError(port, address)
    if (code === 'EADDRINUSE') {
      throw new Refusal(
        `Port ${port} is in use: stop the program that listens on it, or choose another port with PORT`,
      )
    }
    if (code === 'EACCES')
      throw new Refusal(`Listening on port ${port} is not permitted: choose another port with PORT`)
    // A machine may lack one of the loopback addresses, but it must have the requested address.
    if (code !== undefined && address === host) {
      throw new Refusal(`Listening on HOST=${host} failed: ${code}`)
    }
  }
}

const listenError = (port: number, host: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })

/** Returns a port of the loopback address that is free now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
