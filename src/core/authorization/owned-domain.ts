// A provider that owns a domain: whoever types an address of it signs in there, on every page that asks
// who somebody is. Else a code by mail, or a new account, would go round what the provider demands.
import type { AuthorizationServer } from '../authorization-server.ts'
import { ownerOfName } from '../providers/sign-in-provider.ts'
import type { StepOutcome } from './steps/step.ts'

/** Returns the outcome that leads to the provider that owns the domain of a typed name; null = none does. */
export async function leavingToOwner(
  as: AuthorizationServer,
  name: string | undefined,
): Promise<Extract<StepOutcome, { outcome: 'leaves' }> | null> {
  if (name === undefined) return null
  const providerId = await ownerOfName(as, name)
  return providerId === null ? null : { outcome: 'leaves', providerId, loginHint: name.trim() }
}
