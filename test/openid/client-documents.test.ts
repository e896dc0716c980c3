// Clients that nobody registered: their metadata is a document of theirs, and a person's consent is what
// makes them known. Client ID Metadata Document draft-02.
import { afterEach, describe, expect, it } from 'vitest'
import { DocumentHost, callback } from '../federation/client-documents.ts'
import { registerUser } from '../support/registry.ts'
import { tokensOf } from '../support/tokens.ts'
import { shownText, type Place, type UserAgent } from '../support/user-agent.ts'
import { authorizePath, backToNow, codeOf, decide, redeem, signedIn, type Extra } from './flow.ts'

afterEach(backToNow)

const user = await registerUser()

/** An app with its document, and a browser whose user it sends. */
async function app(members: object = {}, path?: string) {
  const host = new DocumentHost(path === undefined ? {} : { path })
  await host.describe(members)
  const agent = await signedIn(user)
  const ask = (extra: Extra = {}, by: UserAgent = agent): Promise<Place> =>
    by.open(authorizePath(host.client, { redirect_uri: callback, ...extra }))
  const tokens = (code: string, extra: Extra = {}) =>
    redeem(host.client, code, { redirect_uri: callback, ...extra })
  return { host, agent, ask, tokens }
}

describe('A client with a metadata document', () => {
  it('signs a person in once they have consented', async () => {
    const { host, agent, ask, tokens } = await app()
    const asked = await ask({ scope: 'openid offline_access' })
    const allowed = await decide(agent, asked, 'allow')
    const got = await tokensOf(tokens(codeOf(allowed)))
    expect({ asked: shownText(asked), scope: got.scope, fetches: await host.fetches() }).toEqual({
      asked: expect.stringContaining('127.0.0.1'),
      scope: 'openid offline_access',
      fetches: 1,
    })
  })
})
