// The two providers of the test run as tests see them, and the tokens that a provider could make.
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import { inject } from 'vitest'
import { z } from 'zod'
import type { Answerer } from '../support/http.ts'
import { admin } from '../support/registry.ts'
import type { Script, SeenRequest } from './servers/scripted.ts'

export const providerOrigin = inject('providerOrigin')
const scriptedOrigin = inject('scriptedOrigin')

// It loads at its first request, and Postern waits for a provider for seconds only.
await (await fetch(`${providerOrigin}/.well-known/openid-configuration`)).text()

/** The client that the real provider knows us as. */
export const providerClient = {
  client_id: 'postern',
  client_secret: 'a secret with spaces & signs: %+~',
}

const json = { 'Content-Type': 'application/json' }

/** A part of the scripted provider that no other test sees. `host` is one that it answers to. */
export class ScriptedProvider {
  readonly origin: string
  readonly #prefix = `/${crypto.randomUUID()}`

  constructor(host = '127.0.0.1') {
    this.origin = scriptedOrigin.replace('127.0.0.1', host)
  }

  url(path: string): string {
    return `${this.origin}${this.#prefix}${path}`
  }

  /** Says how a path answers; an object as the body is JSON. */
  async answer(path: string, script: Omit<Script, 'body'> & { body?: unknown }): Promise<void> {
    const { body = '', headers } = script
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const query = new URLSearchParams({ path: this.#prefix + path })
    const answer = await fetch(`${scriptedOrigin}/control/answers?${query}`, {
      method: 'PUT',
      body: JSON.stringify({
        ...script,
        body: text,
        headers: typeof body === 'string' ? (headers ?? {}) : { ...json, ...headers },
      }),
    })
    // A body that nobody reads holds one of the few connections of a request.
    await answer.arrayBuffer()
  }

  /** What it was asked under a path. */
  async requests(path = ''): Promise<SeenRequest[]> {
    const query = new URLSearchParams({ prefix: this.#prefix + path })
    const answer = await fetch(`${scriptedOrigin}/control/requests?${query}`)
    return answer.json()
  }
}

/** A key of a provider, with what it publishes of it. */
export async function makeKey(alg = 'ES256', kid: string = crypto.randomUUID()) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
  return { alg, kid, privateKey, jwk }
}
export type Key = Awaited<ReturnType<typeof makeKey>>

/** A token of a key; a member that is undefined is left out. */
export const signToken = (key: Key, claims: JWTPayload, header: object = {}): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader(JSON.parse(JSON.stringify({ alg: key.alg, kid: key.kid, ...header })))
    .sign(key.privateKey)

/** Seconds since the epoch. */
export const seconds = (): number => Math.floor(Date.now() / 1000)

const registeredProvider = z.looseObject({ id: z.string() })

/** Makes a provider, as an operator does. */
export async function registerProvider(configuration: object, to?: Answerer) {
  const defaults = { label: 'Test provider', client_id: 'portal', client_secret: 'the secret' }
  const answer = await admin('POST', '/providers', { ...defaults, ...configuration }, to)
  if (answer.status !== 201) throw new Error(`no provider: ${await answer.text()}`)
  return registeredProvider.parse(await answer.json())
}
