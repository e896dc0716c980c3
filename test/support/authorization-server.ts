// The first argument of every decision, over the real D1 and KV: for rules that a request would reach
// by many ways, or by none that is cheap.
import { env } from 'cloudflare:workers'
import type { AuthorizationServer } from '../../src/core/authorization-server.ts'
import { isolateOf } from '../../src/isolate.ts'
import { issuer } from './http.ts'

const isolate = isolateOf(env)
if ('faults' in isolate) throw new Error(isolate.faults.join())

/** What lasts as long as the isolate of the tests. */
export const { server } = isolate

/** A request to this isolate as the core sees it, but for `facts`. */
export const requestToCore = (facts: Partial<AuthorizationServer> = {}): AuthorizationServer => ({
  ...server,
  issuer,
  ownIssuers: [issuer],
  now: Date.now() / 1000,
  requestId: 'a request',
  address: '192.0.2.1',
  userAgent: null,
  place: null,
  timeZone: 'UTC',
  certificate: null,
  waitUntil: () => undefined,
  nameClient: () => undefined,
  nameRoute: () => undefined,
  log: () => undefined,
  ...facts,
})
