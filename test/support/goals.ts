// What a client asks for and who is signed in, as the decisions about an authorization request get
// them: read from parameters, and with facts that a test states.
import type { AuthorizationServer } from '../../src/core/authorization-server.ts'
import { type AuthorizationGoal, authorizationGoal } from '../../src/core/authorization/goal.ts'
import {
  type ResponseTarget,
  responseTargetOf,
} from '../../src/core/authorization/response-target.ts'
import type { RegisteredMetadata } from '../../src/core/clients/metadata.ts'
import type { Client } from '../../src/core/clients/storage.ts'
import type { SessionStanding, User } from '../../src/core/people/storage.ts'
import { type Extra, authorizationRequest, callback } from '../openid/flow.ts'
import { newClient, newSession, newUser } from './records.ts'

/** A confidential client for sign-ins, which nobody trusts. */
export function signInClient(
  metadata: Partial<RegisteredMetadata> = {},
  facts: Partial<Client> = {},
): Client {
  const client = newClient(facts)
  return {
    ...client,
    metadata: {
      ...client.metadata,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [callback],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'openid profile email phone read',
      trusted: false,
      ...metadata,
    },
  }
}

/** The parameters of a usual request of a client, but for `extra`; undefined leaves one out. */
export const requestParameters = ({ id }: Client, extra: Extra = {}): Map<string, string> =>
  new Map(Object.entries(authorizationRequest({ client_id: id }, extra)))

/** A usual request of a client, but for `extra`, with facts about its target. */
export async function goalOf(
  as: AuthorizationServer,
  client: Client,
  extra: Extra = {},
  facts: Partial<ResponseTarget> = {},
): Promise<AuthorizationGoal> {
  const parameters = requestParameters(client, extra)
  const named = { client, documentChange: 'none' } as const
  const target = { ...responseTargetOf(as, named, parameters, null), ...facts }
  return authorizationGoal(as, target, parameters)
}

/** Somebody who is signed in by password, but for facts of their row and their session. */
export function standingOf(
  facts: Partial<User> = {},
  session: Partial<SessionStanding['session']> = {},
): SessionStanding {
  const user: User = {
    ...newUser(),
    id: 1,
    passwordState: null,
    notBefore: 0,
    lastSignedInAt: 0,
    sourceId: null,
    externalId: null,
    importId: null,
    managedBy: null,
    sealedTotp: null,
    rememberedNotBefore: 0,
    userHandle: null,
    passkeyDeclinedAt: null,
    locale: null,
    termsVersion: null,
    termsAcceptedAt: null,
    deleteAt: null,
    ...facts,
  }
  const { digest: _digest, ...begun } = newSession(user)
  return { user, session: { ...begun, ...session }, consents: [] }
}
