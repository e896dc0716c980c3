// One process of an agent that shares what it keeps with others: it refreshes with the official client,
// as often and when it is told, and says what it got. Parameters and answer are JSON.
import { DpopSession, auth } from '@modelcontextprotocol/client'
import { calculateJwkThumbprint, importJWK } from 'jose'
import { z } from 'zod'
import { Memory } from './memory.ts'

const parameters = z.object({
  mcp: z.string(),
  client: z.looseObject({ client_id: z.string(), issuer: z.string() }),
  tokens: z.looseObject({
    access_token: z.string(),
    token_type: z.string(),
    refresh_token: z.string(),
    issuer: z.string(),
  }),
  /** The private key that the processes share, if they have one. */
  key: z.record(z.string(), z.unknown()).optional(),
  /** When to begin, in milliseconds. */
  at: z.number(),
  times: z.number(),
})

const { mcp, client, tokens, key, at, times } = parameters.parse(JSON.parse(process.argv[2] ?? ''))
const dpop = key === undefined ? undefined : await sessionOf(key)
await new Promise((resolve) => setTimeout(resolve, at - Date.now()))
const outcomes = await Promise.all(Array.from({ length: times }, refresh))
console.log(JSON.stringify(outcomes))

async function refresh(): Promise<string> {
  const memory = new Memory({ client, dpop })
  memory.held = tokens
  try {
    const result = await auth(memory, { serverUrl: mcp })
    return result === 'AUTHORIZED' ? (memory.held.refresh_token ?? 'no refresh token') : result
  } catch (failure) {
    return String(failure)
  }
}

async function sessionOf(jwk: Record<string, unknown>): Promise<DpopSession> {
  const { d: _private, key_ops: _operations, ...publicJwk } = jwk
  const [privateKey, publicKey] = await Promise.all([
    importJWK(jwk, 'ES256'),
    importJWK(publicJwk, 'ES256'),
  ])
  if (privateKey instanceof Uint8Array || publicKey instanceof Uint8Array) {
    throw new Error('the key is symmetric')
  }
  const thumbprint = await calculateJwkThumbprint(publicJwk)
  return DpopSession.create({
    keyPair: { privateKey, publicKey, publicJwk, thumbprint, alg: 'ES256' },
  })
}
