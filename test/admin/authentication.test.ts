import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { read, readAll } from '../support/http.ts'
import { testSettings } from '../support/settings.ts'
import { problem, send } from './operator.ts'

describe('the admin token', () => {
  it('is asked for without naming an error where none was sent', async () => {
    const answer = await readAll(await send('GET', '/users', {}))
    expect(answer).toEqual({
      ...problem(401, 'the admin token is missing'),
      headers: {
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'content-type': 'application/problem+json',
        'www-authenticate': 'Bearer realm="postern admin"',
      },
    })
  })

  it.each([
    ['another token', 'Bearer another-token-of-the-same-length-!!'],
    ['a beginning of it', `Bearer ${testSettings.ADMIN_TOKEN.slice(0, -1)}`],
    ['more than it', `Bearer ${testSettings.ADMIN_TOKEN}x`],
    ['Basic', `Basic ${btoa(`admin:${testSettings.ADMIN_TOKEN}`)}`],
    ['no scheme', testSettings.ADMIN_TOKEN],
    ['an empty token', 'Bearer '],
  ])('refuses %s', async (_, authorization) => {
    const answer = await send('GET', '/users', { Authorization: authorization })
    expect(answer.headers.get('WWW-Authenticate')).toBe(
      'Bearer realm="postern admin", error="invalid_token"',
    )
    expect(await read(answer)).toEqual(problem(401, 'the admin token is wrong'))
  })

  it('is taken with the scheme in any case', async () => {
    const authorization = `bEARER  ${testSettings.ADMIN_TOKEN}`
    const answer = await send('GET', '/users?limit=1', { Authorization: authorization })
    expect(answer.status).toBe(200)
  })

  it.each([
    ['POST', '/users'],
    ['PUT', '/users'],
    ['DELETE', '/users/1'],
    ['POST', '/keys/rotate'],
    ['POST', '/epoch'],
    ['GET', '/openapi.json'],
    ['GET', '/nothing'],
    ['GET', ''],
  ])('guards %s %s', async (method, path) => {
    expect((await send(method, path, {})).status).toBe(401)
  })

  it('is 429 to an address that sends wrong ones without end; the right one still opens', async () => {
    const asked: string[] = []
    const SIGN_IN_FILTER = {
      limit({ key }: { key: string }) {
        asked.push(key)
        return Promise.resolve({ success: asked.length < 2 })
      },
    }
    const { fetch } = new Server({
      DEVELOPMENT: undefined,
      INSECURE_LOOPBACK_PROVIDERS: undefined,
      ISSUER: 'https://id.example.org',
      SIGN_IN_FILTER,
    })
    const from = (request: Request) => {
      request.headers.set('CF-Connecting-IP', '2001:db8:1:2::3')
      return fetch(request)
    }
    const sent = (token: string) =>
      send('GET', '/users?limit=1', { Authorization: `Bearer ${token}` }, null, from)
    expect((await sent('wrong')).status).toBe(401)
    const answer = await sent('wrong')
    expect(answer.headers.get('Retry-After')).toBe('60')
    expect(await read(answer)).toEqual(problem(429, 'there were too many wrong tokens'))
    expect((await sent(testSettings.ADMIN_TOKEN)).status).toBe(200)
    expect(asked).toEqual(['admin 2001:db8:1:2::/64', 'admin 2001:db8:1:2::/64'])
  })

  it('is not taken from the query', async () => {
    const path = `/users?access_token=${testSettings.ADMIN_TOKEN}`
    expect((await send('GET', path, {})).status).toBe(401)
  })
})
