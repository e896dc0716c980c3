// What is measured: a server that runs, and what a client and a user need to talk to it.
import type { EdgePlan } from './edge.ts'

/** How far storage is, in milliseconds a call. A read of KV is hot where the local cache answers it. */
export type Delays = { d1: number; kvHot: number; kvCold: number; kvWrite: number }

/** How a server is started: as it is, or behind bindings that count and wait. */
export type StartPlan = {
  /** For bundles and state; removed at the end. */
  folder: string
  metered?: Delays
  /** Settings of the worker beside those of a bench. */
  settings?: Record<string, string>
  port?: number
  inspectorPort?: number
  /** Not minified, so that a profile has names. */
  readable?: boolean
}

export type Account = {
  id: string
  /** Absent for a public client. */
  secret?: string
  /** How the secret is sent. */
  method: 'basic' | 'post'
  scope?: string
  /** What its token requests carry beside. */
  extra?: Record<string, string>
}

export type App = Account & {
  redirectUri: string
  /** What its authorization requests carry beside. */
  authorizeExtra?: Record<string, string>
}

export type Contestant = {
  name: string
  origin: string
  /** The name that it answers for, where that is not its origin. */
  issuer?: string
  pid: number
  paths: {
    discovery: string
    authorization: string
    token: string
    jwks?: string | undefined
    introspection?: string | undefined
    userinfo?: string | undefined
    pushedRequest?: string | undefined
  }
  /** Every request carries these. */
  headers?: Record<string, string>
  machine?: Account
  app: App
  user?: { name: string; password: string }
  /** Whether a browser that has signed in is not asked again. */
  keepsSession: boolean
  /** Whether a refresh gives another refresh token. */
  rotates: boolean
  /** Whether tokens can be bound to a key by proofs of possession (RFC 9449). */
  takesProofs?: boolean
  /** Whose tokens it can introspect; a machine's by default. */
  introspects?: 'tokens of users'
  /** Signs in by other means than a form: the cookies that it gives are kept. */
  signIn?: { path: string; headers: Record<string, string>; body: string }
  /** A refusal that its own defect brings at random: then a browser starts again. */
  knownDefect?: RegExp
  /** How it hashes passwords, for the column of sign-ins. */
  hash: string
  stop: () => Promise<void>
}

/** Somebody who can take part. */
export type Entrant = {
  name: string
  /** Whether its storage is bindings, which can be counted and moved away. */
  isEdge: boolean
  start: (plan: StartPlan) => Promise<Contestant>
}

export const meterBindings = (
  metered: StartPlan['metered'],
): Pick<EdgePlan, 'bindings'>['bindings'] =>
  metered === undefined
    ? {}
    : {
        BENCH_D1_DELAY: String(metered.d1),
        BENCH_KV_HOT_DELAY: String(metered.kvHot),
        BENCH_KV_COLD_DELAY: String(metered.kvCold),
        BENCH_KV_WRITE_DELAY: String(metered.kvWrite),
      }
