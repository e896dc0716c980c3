import { createServer } from 'node:net'
import type { ListenAddress } from './listen-address.ts'
import { Refusal } from './refusal.ts'

/**
 * @throws Refusal if something listens on the port of either loopback address or of the given one,
 * or if this machine has no such address
 */
export async function refuseBusyPort({ host, port }: ListenAddress): Promise<void> {
  // A browser may take localhost for either address, and would then meet the other server.
  for (const address of new Set(['127.0.0.1', '::1', host])) {
    const code = await listenError(port, address)
    if (code === 'EADDRINUSE') {
      throw new Refusal(
        `Port ${port} is in use: end what listens there, or choose another with PORT`,
      )
    }
    if (code === 'EACCES') throw new Refusal(`Port ${port} may not be listened on: choose another`)
    // A machine may lack one loopback address, but not the address that was asked for.
    if (code !== undefined && address === host) {
      throw new Refusal(`HOST=${host} cannot be listened on: ${code}`)
    }
  }
}

const listenError = (port: number, host: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })

/** A port of the loopback address that nothing listens on now. */
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
