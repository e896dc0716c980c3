// A copy of everything that is stored about one user, as JSON. It is read page by page while it is sent, so
// that its size costs no memory.
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import { hasPassword } from '../account.ts'
import type { User } from '../storage.ts'
import type { CopiedList } from './storage.ts'

/** Seconds after which somebody may have another copy: each reads all that there is. */
const copyWindow = 3_600

/** Rows that one query reads. */
const mostOfPage = 500

const copiedLists = [
  'passkeys',
  'links',
  'sessions',
  'grants',
  'consents',
  'clients',
  'events',
] as const satisfies readonly CopiedList[]

/** A copy about to be sent, in pieces of its text; or one that comes too soon (`retryAfter` in seconds). */
export type DataCopy =
  | { outcome: 'admitted'; pieces: AsyncGenerator<string, void> }
  | { outcome: 'too soon'; retryAfter: number }

/**
 * Starts a copy of the user's data, one an hour. A copy that fails does not count.
 * @throws temporarily_unavailable; later, so does the generator, and the copy is cut off
 */
export async function startDataCopy(as: AuthorizationServer, user: User): Promise<DataCopy> {
  const audit = auditOf(as, 'user.data-copied', { userId: user.id })
  const last = await as.store.dataCopies
    .admit(user.id, copyWindow, audit)
    .catch((failure) => failed(as, user, failure))
  if (last === null) return { outcome: 'admitted', pieces: wholeOrFailed(as, user) }
  return { outcome: 'too soon', retryAfter: Math.max(1, Math.ceil(last + copyWindow - as.now)) }
}

async function* wholeOrFailed(as: AuthorizationServer, user: User): AsyncGenerator<string, void> {
  try {
    yield* piecesOf(as, user)
  } catch (failure) {
    await failed(as, user, failure)
  }
}

/** Takes back that a copy counts, as far as D1 answers. @throws the failure of the copy */
async function failed(as: AuthorizationServer, user: User, failure: unknown): Promise<never> {
  await end(as, user, false)
  throw failure
}

/** Whoever has the whole copy has it, even if D1 does not hear of it: it then counts for less. */
const end = (as: AuthorizationServer, { id }: User, isWhole: boolean): Promise<void> =>
  as.store.dataCopies.end(id, as.now, isWhole).catch(() => undefined)

async function* piecesOf(as: AuthorizationServer, user: User): AsyncGenerator<string, void> {
  const { issuer, now } = as
  const { recoveryCodes } = await as.store.self.counts(user.id, now)
  const beginning = {
    issuer,
    exported_at: now,
    profile: profileOf(user),
    sign_in: {
      password: hasPassword(user),
      authenticator_app: user.sealedTotp !== null,
      recovery_codes: recoveryCodes,
    },
  }
  yield JSON.stringify(beginning, null, 1).slice(0, -2)
  for (const list of copiedLists) {
    yield `,\n "${list}": [`
    let separator = '\n'
    let cursor: string | null = null
    do {
      const page = await as.store.dataCopies.list(list, user.id, mostOfPage, cursor)
      const lines = page.items.map((item) => `  ${JSON.stringify(item)}`).join(',\n')
      if (lines !== '') yield separator + lines
      separator = ',\n'
      cursor = page.nextCursor
    } while (cursor !== null)
    yield ']'
  }
  await end(as, user, true)
  yield '\n}\n'
}

const profileOf = (user: User) => ({
  sub: user.sub,
  username: user.username,
  email: user.email,
  email_verified: user.emailVerified,
  name: user.name,
  role: user.role,
  scope: user.scope,
  claims: user.claims,
  locale: user.locale,
  terms_version: user.termsVersion,
  terms_accepted_at: user.termsAcceptedAt,
  source_id: user.sourceId,
  external_id: user.externalId,
  last_signed_in_at: user.lastSignedInAt === 0 ? null : user.lastSignedInAt,
  created_at: user.createdAt,
  updated_at: user.updatedAt,
  delete_at: user.deleteAt,
})
