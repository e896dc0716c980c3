// One pushed request, many answers at once: D1 decides which of them counts.
import { expect, it } from 'vitest'
import { registerFapiClient } from '../fapi/client.ts'
import {
  authorizationRequest,
  decide,
  outcome,
  registerWebClient,
  signedIn,
} from '../openid/flow.ts'
import { assertionOf, assertionType } from '../support/assertions.ts'
import { proofOf } from '../support/dpop.ts'
import { issuer, post } from '../support/http.ts'
import { pushedPath } from '../support/pushed.ts'
import { registerUser } from '../support/registry.ts'

const atOnce = 50

it(`M063: of ${atOnce} browsers that all allow one pushed request, one gets a code`, async () => {
  const client = await registerWebClient({ trusted: false })
  const agent = await signedIn(await registerUser())
  const path = await pushedPath(client)
  const browsers = Array.from({ length: atOnce }, () => agent.copy())
  const pages = await Promise.all(browsers.map((browser) => browser.open(path)))
  const answers = await Promise.all(
    browsers.map((browser, index) => {
      const page = pages[index]
      if (page === undefined) throw new Error('every browser has opened a page')
      return decide(browser, page, 'allow')
    }),
  )
  const outcomes = answers.map(outcome)
  expect({
    codes: outcomes.filter(({ code }) => code !== undefined).length,
    pages: outcomes.filter(({ page }) => page === 'Please go back to the app · Postern').length,
  }).toEqual({ codes: 1, pages: atOnce - 1 })
}, 30_000)

it('an Allow and a Deny at once: the client hears one answer', async () => {
  const client = await registerWebClient({ trusted: false })
  const agent = await signedIn(await registerUser())
  for (let round = 0; round < 10; round++) {
    const path = await pushedPath(client, { prompt: 'consent' })
    const [first, second] = [await agent.open(path), await agent.open(path)]
    const answers = await Promise.all([
      decide(agent.copy(), first, 'allow'),
      decide(agent.copy(), second, 'deny'),
    ])
    expect({ round, heard: answers.filter(({ away }) => away !== null).length }).toEqual({
      round,
      heard: 1,
    })
  }
})

it('a proof and an assertion in 50 pushes at once: one is granted', async () => {
  const client = await registerFapiClient()
  const proof = await proofOf(client.proofKey, { htu: `${issuer}/oauth2/par` })
  const sent = {
    ...authorizationRequest(client.client),
    client_assertion_type: assertionType,
    client_assertion: await assertionOf(client),
  }
  const answers = await Promise.all(
    Array.from({ length: atOnce }, () => post('/oauth2/par', sent, { DPoP: proof })),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([
    201,
    ...Array.from({ length: atOnce - 1 }, () => 401),
  ])
})
