// A job of the server as data: one request, or one run of cron, that a fault can meet at every call.
import type { Environment, Server } from '../../support/faults.ts'
import type { Difference } from './snapshot.ts'
import type { Stage } from './stage.ts'

/** The wire formats in which a face says that it cannot answer now. */
export type Face =
  | 'page'
  | 'oauth'
  | 'problem'
  | 'cms'
  | 'comic-clan'
  | 'korap'
  | 'traffic-ops'
  | 'turnstile'
  | 'monitor'
  | 'cron'

/** A request that can be sent again and again. */
export type Sent = {
  method: string
  url: string
  headers: [string, string][]
  body: string | null
}

/** A request, and what its sender sends when it comes again, where that is another one. */
export type Asked = Sent & { again?: () => Promise<Sent> }

/** The fault that a job met, and what it left. */
export type Met = { fault: string; left: Difference }

/** A job, and what is expected of it beside what is expected of all. */
export type Job = {
  name: string
  /** The method and pattern of the route that it asks, as the app has them; `cron` for a run of cron. */
  route: string
  face: Face
  /** Nobody gets in, faults or not. */
  isRefused?: true
  environment?: Environment
  /** Makes what the job is about, by a server without faults, and returns what is asked then. */
  prepare: (stage: Stage) => Promise<Asked | ((server: Server) => Promise<Response>)>
  /**
   * Tables in which a fault and the retry may leave more rows than one clean run, with the reason why
   * that harms nobody.
   */
  mayRemain?: Record<string, string>
  /** Tables in which a fault may leave less, with the reason. */
  mayLack?: Record<string, string>
  /** Other outcomes than success and 503, by the reason why they are right. */
  alsoRight?: Record<string, (outcome: Outcome) => boolean>
  /** Each case is prepared anew: the isolate remembers what it has fetched. */
  preparesAnew?: true
  /** Outgoing requests are met by faults, too. */
  outgoing?: true
  /** In the bounded share every second call is enough: the others are those of its neighbours. */
  isOneOfMany?: true
  /** The outcome of the retry, where a fault after the commit makes it another. */
  retried?: Record<string, (outcome: Outcome, met: Met) => boolean>
}

/** What a claim about a response is made of; secrets are left out. */
export type Outcome = {
  status: number
  type: string
  location: string | null
  members: string[]
  active: unknown
  title: string
  cookies: string[]
  text: string
  retryAfter: string | null
}
