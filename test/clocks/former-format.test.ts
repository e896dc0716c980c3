// Two releases at once: what the one has sealed in a format that the other does not know begins anew, and
// is nobody's error.
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/crypto/encoding.ts'
import type { Purpose } from '../../src/crypto/key-ring.ts'
import { authorizePath, redeem, registerSpa, registerWebClient } from '../openid/flow.ts'
import { newPerson, sessionOf } from '../races/person.ts'
import { refusal } from '../support/http.ts'
import { referredPath } from '../support/pushed.ts'
import { testKeys } from '../support/settings.ts'
import { formOf } from '../support/user-agent.ts'

const keys = testKeys()

/** Facts as another release seals them. */
const sealed = (purpose: Purpose, format: string): Promise<string> =>
  keys.seal(purpose, utf8(JSON.stringify({ id: 'x', kind: 'page', path: '/' })), format)

const web = await registerWebClient()
const spa = await registerSpa()
const agent = await sessionOf(await newPerson())

describe.each(['former', 'next'])('Of the %s format', (which) => {
  const number = which === 'former' ? 1 : 99

  it('an authorization code is invalid_grant', async () => {
    const code = `ac_${await sealed('authorization code', `code ${number}`)}`
    expect(await refusal(redeem(web, code))).toEqual({ status: 400, error: 'invalid_grant' })
  })

  it('a screen answers nothing, and its page leads to where it begins anew', async () => {
    const page = await agent.open(authorizePath(spa))
    const { action, hidden } = formOf(page)
    const screen = (await sealed('screen', `screen ${number}`)).replace('.', '~')
    const place = await agent.post(
      action,
      { ...hidden, screen, decision: 'allow' },
      { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' },
    )
    expect({ status: place.status, title: place.title, away: place.away }).toEqual({
      status: 403,
      title: 'Please try that again · Postern',
      away: null,
    })
  })

  it('a pushed request is invalid_request_uri, on a page', async () => {
    const reference = `urn:ietf:params:oauth:request_uri:${await sealed('screen', `pushed ${number}`)}`
    const place = await agent.open(referredPath(web, reference))
    expect({ status: place.status, away: place.away }).toEqual({ status: 400, away: null })
  })
})
