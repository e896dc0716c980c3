// Providers and a mail server on free ports of this machine, in the process that runs the tests: one
// provider that nobody here wrote, one that does what a test tells it to, and one that plays the big ones.
// Each is loaded at its first request, so that
// a run of other tests does not wait for them.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    providerOrigin: string
    scriptedOrigin: string
    mailOrigin: string
    socialOrigin: string
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const scripted = await listen(async () => (await import('./scripted.ts')).scriptedProvider())
  const provider = await listen(async (origin) =>
    (await import('./provider.ts')).openIdProvider(origin),
  )
  const mail = await listen(async () => (await import('./mail.ts')).mailServer())
  project.provide('mailOrigin', mail.origin)
  const social = await listen(async (origin) =>
    (await import('./social.ts')).socialProviders(origin),
  )
  project.provide('socialOrigin', social.origin)
  project.provide('scriptedOrigin', scripted.origin)
  project.provide('providerOrigin', provider.origin)
  return () => {
    scripted.close()
    social.close()
    provider.close()
    mail.close()
  }
}

/** Serves on a free port; `make` gets the origin and is called once, at the first request. */
async function listen(make: (origin: string) => Promise<RequestListener>) {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${isAddress(address) ? address.port : 0}`
  let listener: Promise<RequestListener> | undefined
  server.on('request', (request, response) => {
    listener ??= make(origin)
    void listener.then((answer) => answer(request, response))
  })
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { origin, close }
}

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === 'object' && address !== null
