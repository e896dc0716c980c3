// A deployment as it is reached: what its answers carry, and what it says over plain http.
import { Server } from './faults.ts'
import { read, type Answerer } from './http.ts'

export const deployed = {
  DEVELOPMENT: undefined,
  INSECURE_LOOPBACK_PROVIDERS: undefined,
  ISSUER: 'https://id.example',
}

export const deployment = (settings: Record<string, string> = {}): Answerer =>
  new Server({ ...deployed, ...settings }).fetch

/** The headers that are the same for every answer of a deployment. */
export const policies = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=63072000',
}

/** What an answer carries of them. */
export async function policiesOf(answer: Response | Promise<Response>) {
  const { headers } = await answer
  return Object.fromEntries(Object.keys(policies).map((name) => [name, headers.get(name)]))
}

/** What is said to a program that comes over plain http. */
export const httpsOnly = 'https is required'

/** A form as a program posts it. */
export const postedForm = {
  method: 'POST',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  body: 'grant_type=client_credentials',
}

/** A deployment's answer to a request over plain http, and its calls of storage. */
export async function overPlainHttp(path: string, init: RequestInit = postedForm) {
  const server = new Server(deployed)
  const request = new Request(`http://id.example${path}`, { redirect: 'manual', ...init })
  return { ...(await read(await server.fetch(request))), calls: server.calls }
}
