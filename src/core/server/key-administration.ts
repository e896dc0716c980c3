// What an administrator does to keys, whichever face asks for it.
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from './audit.ts'
import { tellKv } from './revocation-outbox.ts'
import type { Withdrawal } from './signing-keys.ts'

/** Creates the successor of every key; returns the kids of the new ones. */
export async function rotateKeys(as: AuthorizationServer): Promise<string[]> {
  const kids = await as.signingKeys.makeSuccessors(as.now, auditOf(as, 'key.rotated'))
  as.log({ event: 'signing keys rotated' })
  return kids
}

/** Withdraws a compromised key, and everything that it signed. */
export async function withdrawKey(as: AuthorizationServer, kid: string): Promise<Withdrawal> {
  const audit = auditOf(as, 'key.withdrawn', { detail: { kid } })
  const outcome = await as.signingKeys.withdraw(kid, as.now, audit)
  if (outcome === 'withdrawn') {
    as.log({ event: 'key withdrawn', kid })
    tellKv(as)
  }
  return outcome
}
