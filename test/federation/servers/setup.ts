// Two providers on free ports of this machine, in the process that runs the tests: one that nobody
// here wrote, and one that does what a test tells it to.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { scriptedProvider } from './scripted.ts'
import { upstreamProvider } from './upstream.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    upstreamOrigin: string
    scriptedOrigin: string
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const scripted = await listen(() => scriptedProvider())
  const upstream = await listen((origin) => upstreamProvider(origin))
  project.provide('scriptedOrigin', scripted.origin)
  project.provide('upstreamOrigin', upstream.origin)
  return () => {
    scripted.close()
    upstream.close()
  }
}

/** Serves on a free port; the listener is made once its own origin is known. */
async function listen(make: (origin: string) => RequestListener) {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${isAddress(address) ? address.port : 0}`
  server.on('request', make(origin))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { origin, close }
}

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null
