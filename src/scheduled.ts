// A run of the cron trigger.
import type { Server } from './core/authorization-server.ts'
import { runCron } from './core/server/cron.ts'
import { sendDueMails } from './core/people/mail/outbox.ts'
import { removeLeavers } from './core/people/self/leaving.ts'
import type { LogEvent } from './core/server/events.ts'
import { sendLogoutNotices } from './federation/logout-notices.ts'
import { nowhere } from './http/location.ts'
import type { Isolate } from './isolate.ts'

/** Accounts that one run deletes: each is a batch of its own. */
const mostLeavers = 100

/** Runs what is due at `now` (seconds). @throws the first failure, after everything has been tried */
export async function runScheduled(
  isolate: Isolate,
  context: ExecutionContext,
  now: number,
): Promise<void> {
  if ('faults' in isolate) return log({ event: 'not configured', faults: isolate.faults })
  const outcomes = await Promise.allSettled([
    runCron(isolate.server, now, log),
    sendDueMails({ ...isolate.server, now, log }),
    removeLeavers(isolate.server, now, mostLeavers),
    sendNotices(isolate.server, context, now),
  ])
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function sendNotices(server: Server, context: ExecutionContext, now: number): Promise<void> {
  const { issuer } = server.settings
  // In development there is no issuer without a request; notices go out with the answers.
  if (issuer === undefined) return
  await sendLogoutNotices({
    ...server,
    issuer,
    ownIssuers: [issuer],
    now,
    requestId: 'cron',
    address: '',
    userAgent: null,
    ...nowhere,
    certificate: null,
    waitUntil: (work) => context.waitUntil(work),
    nameClient: () => undefined,
    nameRoute: () => undefined,
    log,
  })
}

const log = (event: LogEvent): void => console.log(JSON.stringify(event))
