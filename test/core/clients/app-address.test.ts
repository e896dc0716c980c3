import { describe, expect, it } from 'vitest'
import { appAddress } from '../../../src/core/clients/app-address.ts'
import { coreServer } from '../../support/core-server.ts'
import { issuer } from '../../support/http.ts'
import { newClient } from '../../support/records.ts'

const { as } = coreServer()
const addressOf = (facts: { initiate_login_uri?: string; client_uri?: string }) => {
  const { metadata } = newClient()
  return appAddress(as, { metadata: { ...metadata, ...facts } })
}

describe('the way back to an app', () => {
  const site = 'https://app.example/'

  it('begins a sign-in of the app, which is told by whom (OpenID Connect Core 4)', () => {
    const begin = 'https://app.example/begin?tenant=1&iss=https%3A%2F%2Fother.example'
    const address = new URL(addressOf({ initiate_login_uri: begin, client_uri: site }) ?? '')
    expect({ page: address.origin + address.pathname, query: [...address.searchParams] }).toEqual({
      page: 'https://app.example/begin',
      query: [
        ['tenant', '1'],
        ['iss', issuer],
      ],
    })
  })

  it('is its site, unchanged, where it registered no such address', () => {
    expect(addressOf({ client_uri: site })).toBe(site)
  })

  it('is none where it registered neither', () => {
    expect(addressOf({})).toBeNull()
  })
})
