// What an export needs beside the lists of clients, providers and events: whole tables, oldest row first,
// under /admin/v1/export. A page goes on where its cursor says, also days later.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { isYounger } from '../core/server/age.ts'
import { auditOf } from '../core/server/audit.ts'
import type { Page } from '../core/server/storage.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import {
  exportedConsent,
  exportedConsentAnswer,
  exportedGrant,
  exportedGrantAnswer,
  exportedLink,
  exportedLinkAnswer,
  exportedUser,
  exportedUserAnswer,
  type LeavingUser,
} from './exported.ts'
import type { Operation } from './operation.ts'
import { pageRequest } from './page.ts'
import { Problem, invalid } from './problem.ts'
import { filteredListOperation } from './reading.ts'

const usersRequest = once(() =>
  v.strictObject({
    ...pageRequest().entries,
    hashes: v.pipe(
      v.optional(v.picklist(['true', 'false'])),
      v.description('true = with password hashes, unsealed: for ADMIN_TOKEN alone'),
    ),
  }),
)

// Nothing is filtered, and so a cursor is bound to the path alone.
const unfiltered = {
  query: pageRequest,
  numbers: [],
  filterOf: () => null,
}

/** The operations of an export. */
export const exportOperations: readonly Operation[] = [
  filteredListOperation({
    id: 'exportUsers',
    path: '/admin/v1/export/users',
    summary:
      'Exports users with the members of an import. With hashes the audit log has a row for the run,' +
      ' whose cursors last for a day.',
    query: usersRequest,
    numbers: [],
    filterOf: ({ hashes }) => ({ hashes: hashes === 'true' }),
    read: (as, { hashes }, limit, position) =>
      hashes ? withHashes(as, limit, position) : withoutHashes(as, limit, Number(position)),
    answer: exportedUserAnswer,
    shown: exportedUser,
  }),
  filteredListOperation({
    ...unfiltered,
    id: 'exportProviderLinks',
    path: '/admin/v1/export/provider-links',
    summary: 'Exports the links of users to accounts at providers',
    read: (as, _, limit, position) => as.store.exports.links(limit, Number(position)),
    answer: exportedLinkAnswer,
    shown: exportedLink,
  }),
  filteredListOperation({
    ...unfiltered,
    id: 'exportConsents',
    path: '/admin/v1/export/consents',
    summary: 'Exports what users allowed clients',
    read: (as, _, limit, position) => as.store.exports.consents(limit, Number(position)),
    answer: exportedConsentAnswer,
    shown: exportedConsent,
  }),
  filteredListOperation({
    ...unfiltered,
    id: 'exportGrants',
    path: '/admin/v1/export/grants',
    summary: 'Exports the live grants, without anything that continues one',
    read: (as, _, limit, position) => as.store.exports.grants(as.now, limit, Number(position)),
    answer: exportedGrantAnswer,
    shown: exportedGrant,
  }),
]

async function withoutHashes(
  as: AuthorizationServer,
  limit: number,
  after: number,
): Promise<Page<LeavingUser>> {
  const { items, nextCursor } = await as.store.exports.users(limit, after)
  return { items: items.map((item) => ({ ...item, withSecrets: false })), nextCursor }
}

/** How long the cursors of a run with hashes are good, in seconds. */
const longestRun = 86_400

/**
 * Returns a page with hashes. Cursors are no secret and can be made up: each page is therefore noted in
 * the audit log before it is read, in the row of the instant that its cursor begins with.
 */
async function withHashes(
  as: AuthorizationServer,
  limit: number,
  position: string | null,
): Promise<Page<LeavingUser>> {
  if (as.operator?.actor !== 'root') {
    throw new Problem(403, 'password hashes are exported for ADMIN_TOKEN alone')
  }
  const [startedAt = as.now, after = 0] = position === null ? [] : position.split('-').map(Number)
  if (!isYounger(startedAt, as.now, longestRun)) {
    const detail = 'is older than a day: start the export of hashes again'
    throw invalid([{ field: 'cursor', detail }])
  }
  await as.store.audit.merge(auditOf(as, 'export.hashes'), `export.hashes ${startedAt}`)
  const { items, nextCursor } = await as.store.exports.users(limit, after)
  return {
    items: items.map((item) => ({ ...item, withSecrets: true })),
    nextCursor: nextCursor === null ? null : `${startedAt}-${nextCursor}`,
  }
}
