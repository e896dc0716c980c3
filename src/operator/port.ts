import { createServer } from 'node:net'
import { Refusal } from './refusal.ts'

/** @throws Refusal if something listens on the port of either loopback address */
export async function refuseBusyPort(port: number): Promise<void> {
  // A browser may take localhost for either address, and would then meet the other server.
  for (const address of ['127.0.0.1', '::1']) {
    const code = await listenError(port, address)
    if (code === 'EADDRINUSE') {
      throw new Refusal(
        `Port ${port} is in use: end what listens there, or choose another with PORT`,
      )
    }
    if (code === 'EACCES') throw new Refusal(`Port ${port} may not be listened on: choose another`)
  }
}

// Any other error means that the address does not exist here.
const listenError = (port: number, host: string): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
