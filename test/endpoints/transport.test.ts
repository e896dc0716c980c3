// How requests and answers travel, whichever face they are for.
import { describe, expect, it } from 'vitest'
import {
  deployed,
  deployment,
  httpsOnly,
  overPlainHttp,
  policies,
  policiesOf,
  postedForm,
} from '../support/deployment.ts'
import { Server } from '../support/faults.ts'
import { bearer, get, issuer, post, postern, type Answerer } from '../support/http.ts'
import { testSettings } from '../support/settings.ts'

describe('the headers of every answer', () => {
  const options = (path: string, to: Answerer) =>
    to(new Request(issuer + path, { method: 'OPTIONS', headers: { Origin: 'https://a.example' } }))
  const answers: [string, (to: Answerer) => Promise<Response>][] = [
    ['JSON', (to) => get('/.well-known/openid-configuration', {}, to)],
    ['a page', (to) => get('/', {}, to)],
    ['a redirect', (to) => post('/oauth2/authorize', { client_id: 'x' }, {}, to)],
    ['nothing there', (to) => get('/nothing', {}, to)],
    ['nothing there, for people', (to) => get('/nothing', { Accept: 'text/html' }, to)],
    ['a missing token', (to) => get('/oauth2/userinfo', {}, to)],
    ['a wrong client', (to) => post('/oauth2/token', {}, {}, to)],
    ['a preflight', (to) => options('/oauth2/token', to)],
    ['a preflight for anyone', (to) => options('/.well-known/jwks.json', to)],
    ['a wrong method', (to) => get('/oauth2/token', {}, to)],
    ['the operator’s interface', (to) => get('/admin/v1/users', {}, to)],
    ['the stylesheet', (to) => get('/assets/nothing.css', {}, to)],
    ['a foreign host', (to) => to(new Request('https://evil.example/'))],
  ]

  it.each(answers)('%s: nothing is sniffed, no referrer, https for two years', async (_what, ask) =>
    expect(await policiesOf(ask(deployment()))).toEqual(policies),
  )

  const withoutHsts = { ...policies, 'Strict-Transport-Security': null }

  it('a worker that is not configured has them, too, as far as it knows', async () =>
    expect(await policiesOf(get('/', {}, deployment({ MASTER_KEY: 'x' })))).toEqual(withoutHsts))

  it.each([
    ['subdomains', 'max-age=63072000; includeSubDomains'],
    ['preload', 'max-age=63072000; includeSubDomains; preload'],
  ])('HSTS=%s says more of https', async (HSTS, policy) =>
    expect(await policiesOf(get('/nothing', {}, deployment({ HSTS })))).toEqual({
      ...policies,
      'Strict-Transport-Security': policy,
    }),
  )

  it('HSTS is for deployments alone: on localhost it would shut out every other server', async () => {
    const asked = [get('/'), postern(new Request('https://localhost:8787/'))]
    for (const answer of asked) {
      expect(await policiesOf(answer)).toEqual(withoutHsts)
    }
  })
})

describe('RFC 6749 3.1, 3.2: a deployment and plain http', () => {
  const production = new Server(deployed)
  const ask = (path: string, init: RequestInit = {}) =>
    production.fetch(new Request(`http://id.example${path}`, { redirect: 'manual', ...init }))
  const oauth = { error: 'invalid_request', error_description: httpsOnly }
  const form = postedForm
  const operator = { headers: bearer(testSettings.ADMIN_TOKEN) }
  const problem = { type: 'about:blank', title: 'Bad Request', status: 400, detail: httpsOnly }

  it.each([
    ['/.well-known/openid-configuration', {}, oauth],
    ['/.well-known/jwks.json', { method: 'OPTIONS' }, oauth],
    ['/oauth2/token', form, oauth],
    ['/oauth2/token', {}, oauth],
    ['/oauth2/introspect', form, oauth],
    ['/oauth2/revoke', form, oauth],
    ['/oauth2/userinfo', {}, oauth],
    ['/nothing', {}, oauth],
    ['/admin/v1/users', {}, problem],
    ['/admin/v1/users', operator, problem],
    ['/admin/v1/nothing', operator, problem],
  ])('%s is refused before anything is done (%j)', async (path, init, body) => {
    expect(await overPlainHttp(path, init)).toEqual({ status: 400, body, calls: [] })
  })

  it.each(['/', '/login?screen=x', '/account', '/oauth2/authorize?client_id=a%20b', '/consent'])(
    'a GET of the page %s goes on over https, at the issuer',
    async (path) => {
      for (const method of ['GET', 'HEAD']) {
        const { status, headers } = await ask(path, { method })
        expect({ status, location: headers.get('Location') }).toEqual({
          status: 301,
          location: `https://id.example${path}`,
        })
        expect(headers.get('Strict-Transport-Security')).toBeNull()
      }
    },
  )

  it('a person at an address without anything goes on over https, too', async () => {
    const { status, headers } = await ask('//evil.example/x', { headers: { Accept: 'text/html' } })
    expect({ status, location: headers.get('Location') }).toEqual({
      status: 301,
      location: 'https://id.example//evil.example/x',
    })
  })

  it('a form is refused on a page: what was in it has been read on its way', async () => {
    const answer = await ask('/login', form)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain(httpsOnly)
  })
})

describe('RFC 9110 15.5.16: JSON where a form is taken', () => {
  it.each(['/login', '/consent', '/oauth2/authorize', '/logout'])(
    'at %s is a page with 415 that names the header',
    async (path) => {
      const answer = await post(path, '{}', { 'Content-Type': 'application/json' })
      expect({ status: answer.status, type: answer.headers.get('Content-Type') }).toEqual({
        status: 415,
        type: 'text/html; charset=UTF-8',
      })
      expect(await answer.text()).toContain('Content-Type: application/x-www-form-urlencoded')
    },
  )
})
