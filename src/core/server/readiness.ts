// Readiness checks of this deployment, cheap enough for frequent polling.
import type { AuthorizationServer } from '../authorization-server.ts'
import { type AdminScope, bearsAdminToken, findAdminToken } from './admin-token.ts'
import { isYounger } from './age.ts'
import { needsPrivateHalf } from './imported-keys.ts'
import { sealingKeyId } from './master-key-proof.ts'
import { rpIdOf } from './rp-id.ts'
import type { ReadinessStore } from './storage.ts'

/**
 * A failed check. `detail` is for the operator only. `passkeys` is a warning: the deployment can serve.
 */
export type Failing = {
  name: 'settings' | 'database' | 'migrations' | 'kv' | 'keys' | 'passkeys' | 'deadline'
  detail: string
}

/** Seconds for which a result is reused. */
const memory = 5

/** Milliseconds that a caller waits for a result. */
const deadline = 2_000

/** The checks of one isolate, made at most once every `memory` seconds. */
export class Readiness {
  #last: { failing: Promise<Failing[]>; at: number } | null = null
  #reader: { header: string; mayRead: Promise<boolean>; at: number } | null = null

  /** Returns the failed checks, or an empty list. Never rejects. */
  failing(as: AuthorizationServer): Promise<Failing[]> {
    if (this.#last === null || !isYounger(this.#last.at, as.now, memory)) {
      this.#last = { failing: check(as), at: as.now }
    }
    // Each caller has its own deadline, because the request that started the checks may be
    // cancelled.
    return inTime(this.#last.failing)
  }

  /**
   * Returns whether an Authorization header may read the failed checks: ADMIN_TOKEN, or an admin token
   * with a scope that reads settings. One admin token is looked up every `memory` seconds: whoever sends
   * many must not cause many reads. Never rejects.
   */
  async mayRead(as: AuthorizationServer, header: string | undefined): Promise<boolean> {
    if (header === undefined) return false
    if (await bearsAdminToken(as, header)) return true
    if (this.#reader === null || !isYounger(this.#reader.at, as.now, memory)) {
      this.#reader = { header, mayRead: isReader(as, header), at: as.now }
    }
    return this.#reader.header === header && (await this.#reader.mayRead)
  }
}

const readingScopes: readonly AdminScope[] = ['read', 'settings']

async function isReader(as: AuthorizationServer, header: string): Promise<boolean> {
  try {
    const scope = (await findAdminToken(as, header))?.scope.split(' ') ?? []
    return readingScopes.some((one) => scope.includes(one))
  } catch {
    return false
  }
}

async function check(as: AuthorizationServer): Promise<Failing[]> {
  const checks = await Promise.all([databaseFailing(as), kvFailing(as)])
  for (const { name, detail } of checks.flat()) as.log({ event: 'not ready', name, detail })
  return checks.flat()
}

async function databaseFailing(as: AuthorizationServer): Promise<Failing[]> {
  try {
    const rpId = rpIdOf(as)
    const { missingMigrations, hasStrandedPasskeys, ...sealed } = await as.store.readiness.look(
      as.now,
      rpId,
    )
    const missing = missingMigrations.map((name): Failing => {
      return { name: 'migrations', detail: `the migration ${name} has not been applied` }
    })
    const stranded = hasStrandedPasskeys ? [strandedPasskeys(rpId)] : []
    return [...missing, ...(await keysFailing(as, sealed)), ...stranded]
  } catch {
    return [{ name: 'database', detail: 'D1 does not answer' }]
  }
}

type Sealed = Pick<Awaited<ReturnType<ReadinessStore['look']>>, 'keyIds' | 'signingKeys'>

async function keysFailing(
  { keys, signingKeys: own }: AuthorizationServer,
  { keyIds, signingKeys }: Sealed,
): Promise<Failing[]> {
  const unlisted = keyIds
    .filter(({ id }) => !keys.has(id))
    .map(({ kind, id }) => `${kind} are sealed under "${id}", which MASTER_KEY does not list`)
  const published = signingKeys.filter(({ withdrawnAt }) => withdrawnAt === null)
  const tried = await Promise.all(
    published.filter(needsPrivateHalf).map(async ({ kid, wrappedPrivateKey }) => ({
      id: sealingKeyId(wrappedPrivateKey),
      opens: (await keys.open('signing key', wrappedPrivateKey, kid)) !== null,
    })),
  )
  // One that opens proves its key of MASTER_KEY: another under it that does not is damaged itself.
  const proven = tried.flatMap(({ id, opens }) => (opens ? [id] : []))
  const unopened = tried
    .filter(({ id }) => keys.has(id) && !proven.includes(id))
    .map(({ id }) => `the key "${id}" of MASTER_KEY does not open what is sealed under "${id}"`)
  const damaged = (await own.damagedOf(published)).map(
    (kid) => `the signing key ${kid} is damaged: withdraw it, and a successor takes its place`,
  )
  return [...unlisted, ...new Set(unopened), ...damaged].map((detail) => ({ name: 'keys', detail }))
}

const kvFailing = async (as: AuthorizationServer): Promise<Failing[]> =>
  (await as.store.revocationLists.answers()) ? [] : [{ name: 'kv', detail: 'KV does not answer' }]

/** Passkeys work only under the name that they were made for: another one strands all of them. */
const strandedPasskeys = (rpId: string | null): Failing => ({
  name: 'passkeys',
  detail: `there are passkeys that were made for another name than ${rpId}: see PASSKEY_RP_ID`,
})

async function inTime(checks: Promise<Failing[]>): Promise<Failing[]> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Failing[]>((resolve) => {
    const detail = `the checks took longer than ${deadline} ms`
    timer = setTimeout(() => resolve([{ name: 'deadline', detail }]), deadline)
  })
  try {
    return await Promise.race([checks, late])
  } finally {
    clearTimeout(timer)
  }
}
