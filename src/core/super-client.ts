// What Kustvakt calls a super client: the system's own front end, which asks people for their
// password and for what they allow others. With the scope `authorize` its tokens make codes for other
// clients, and nobody is asked any more.
import { invalidScope } from '../protocol/error.ts'
import { isConfidential } from './client-authentication.ts'
import type { Client } from './records.ts'

/** Whether the operator trusts the client and nobody else can take its name. */
export const isSuperClient = (client: Client): boolean =>
  client.metadata.trusted && isConfidential(client)

/**
 * The scope that a sign-in in a browser may give the client. Only a super client gets `authorize`: a
 * person who allows it to any other would let it act in the name of every client.
 * @throws invalid_scope where nothing is left
 */
export function scopeOfSignIn(client: Client, scope: readonly string[]): string[] {
  const left = scope.filter((name) => name !== 'authorize' || isSuperClient(client))
  if (left.length === 0) throw invalidScope('none of the requested scope can be granted')
  return left
}
