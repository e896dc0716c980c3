// WebFinger: RFC 7033.
import { describe, expect, it } from 'vitest'
import { configurationFrom } from '../../src/dialects/configuration.ts'
import { Server } from '../support/faults.ts'
import { get, issuer } from '../support/http.ts'
import { testSettings } from '../support/settings.ts'

const relation = 'http://openid.net/specs/connect/1.0/issuer'

const ask = (query: string, WEBFINGER_DOMAINS = 'example.org, Example.com') =>
  get(`/.well-known/webfinger${query}`, {}, new Server({ WEBFINGER_DOMAINS }).fetch)

describe('RS10: WebFinger names the issuer of our domains', () => {
  it('for any address of theirs, whether the account exists or not', async () => {
    const answer = await ask('?resource=acct:nobody@EXAMPLE.org')
    expect({
      status: answer.status,
      type: answer.headers.get('Content-Type'),
      origin: answer.headers.get('Access-Control-Allow-Origin'),
      body: await answer.json(),
    }).toEqual({
      status: 200,
      type: 'application/jrd+json',
      origin: '*',
      body: { subject: 'acct:nobody@EXAMPLE.org', links: [{ rel: relation, href: issuer }] },
    })
  })

  it('and gives only the links of the relations that are asked for', async () => {
    const links = async (rels: string) =>
      (await (await ask(`?resource=acct:a@example.com${rels}`)).json<{ links: unknown[] }>()).links
    const asked = encodeURIComponent(relation)
    expect({
      other: await links('&rel=avatar'),
      both: await links(`&rel=avatar&rel=${asked}`),
    }).toEqual({ other: [], both: [{ rel: relation, href: issuer }] })
  })

  it.each([
    ['an address of another domain', '?resource=acct:a@other.example', 404],
    ['a subdomain', '?resource=acct:a@sub.example.org', 404],
    ['what is no account', '?resource=https://example.org/a', 404],
    ['no resource', '', 400],
    ['two resources', '?resource=acct:a@example.org&resource=acct:b@example.org', 400],
  ])('not for %s', async (_, query, status) => {
    expect((await ask(query)).status).toBe(status)
  })

  it('is not there without domains', async () => {
    expect((await ask('?resource=acct:a@example.org', '')).status).toBe(404)
  })

  it('refuses to start with domains that are none', () => {
    expect(
      configurationFrom({ ...testSettings, WEBFINGER_DOMAINS: 'https://example.org' }),
    ).toEqual({
      faults: ['WEBFINGER_DOMAINS: must be domains, separated by commas'],
    })
  })
})
