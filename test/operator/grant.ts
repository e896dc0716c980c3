// A grant of a server that was booted, as a browser and a client get it there.
import { authorizePath, codeOf, redeem, signInAt } from '../openid/flow.ts'
import type { TestClient, TestUser } from '../support/registry.ts'
import { type GrantTokens, grantOf } from '../support/tokens.ts'
import { UserAgent } from '../support/user-agent.ts'
import { answererAt } from './boot.ts'

/** Signs in with a new browser and redeems the code of an authorization request. */
export async function grantAt(
  origin: string,
  client: TestClient,
  user: Pick<TestUser, 'username' | 'password'>,
): Promise<GrantTokens> {
  const to = answererAt(origin)
  const agent = new UserAgent(to, origin)
  await signInAt(agent, await agent.open('/'), user)
  return grantOf(redeem(client, codeOf(await agent.open(authorizePath(client))), {}, to))
}
