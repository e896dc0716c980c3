// Kustvakt's service that makes a client super, or ends that.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Server } from '../support/faults.ts'
import { issuer, post, postern, read } from '../support/http.ts'
import { admin, registerClient } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { introspect } from '../support/tokens.ts'
import { transcript } from '../support/transcript.ts'
import {
  answer,
  ask,
  codeFor,
  kustvakt,
  oauth,
  redeem,
  redirectUri,
  registered200,
  registerKalamar,
  signedInUser,
  signIn,
  tokensOf,
  success,
  headers,
} from './korap.ts'

const path = '/api/v1.0/admin/oauth2/client/privilege'
const kalamar = await registerKalamar()
const { token, ...user } = await signedInUser(kalamar)
const { token: adminToken, ...administrator } = await signedInUser(kalamar, { role: 'admin' })

const decide = (id: string, isSuper: boolean | string, asking: string | undefined = adminToken) =>
  answer(ask(path, { client_id: id, super: String(isSuper) }, asking))

const metadata = z.looseObject({
  trusted: z.boolean(),
  grant_types: z.array(z.string()),
  scope: z.string(),
})

/** What decides about the privilege, as the operator sees it. */
async function privilegeOf(id: string) {
  const { body } = await read(await admin('GET', `/clients/${id}`))
  const { trusted, grant_types, scope } = metadata.parse(body)
  const names = scope.split(' ')
  return {
    trusted,
    password: grant_types.includes('password'),
    scope: ['all', 'admin', 'authorize', 'search'].filter((name) => names.includes(name)),
  }
}

const isAlive = async (text: string, client = kalamar) =>
  z.looseObject({ active: z.boolean() }).parse((await read(await introspect(client, text))).body)
    .active

describe('KorAP: POST admin/oauth2/client/privilege', () => {
  it('answers SUCCESS, at v1.0 alone', async () => {
    const { client_id } = await registered200(token)
    const form = `client_id=${client_id}&super=true`
    const send = (root: string) =>
      postern(
        new Request(`${issuer}${root}/admin/oauth2/client/privilege`, {
          method: 'POST',
          headers: {
            Authorization: `Bearer ${adminToken}`,
            'Content-Type': 'application/x-www-form-urlencoded',
          },
          body: form,
        }),
      )
    expect({
      first: await transcript(send('/api/v1.0')),
      others: [(await send('/api')).status, (await send('/api/v1.1')).status],
    }).toEqual({
      first: {
        status: 200,
        headers,
        body: 'SUCCESS',
      },
      others: [404, 404],
    })
  })

  it('makes a super client, which signs its users in and authorizes', async () => {
    const client = await registered200(token)
    const app = await registered200(token)
    await decide(client.client_id, true)
    const { access_token } = await signIn(client, user, 'authorize search')
    expect({
      privilege: await privilegeOf(client.client_id),
      code: (await redeem(app, await codeFor(app, access_token))).status,
    }).toEqual({
      privilege: { trusted: true, password: true, scope: ['all', 'admin', 'authorize', 'search'] },
      code: 200,
    })
  })

  it('changes no token of a client that becomes super', async () => {
    const client = await registered200(token)
    const { access_token } = await tokensOf(client, token)
    await decide(client.client_id, true)
    const { body } = await read(await introspect(client, access_token))
    expect(body).toMatchObject({ active: true, scope: 'search' })
  })

  it('ends every code, grant and token of a client that is no longer super', async () => {
    const client = await registerKalamar({ redirect_uris: [redirectUri] })
    const app = await registered200(token)
    const tokens = await signIn(client, user)
    const code = await codeFor(client, tokens.access_token)
    const ofApp = await tokensOf(app, tokens.access_token)
    const codeOfApp = await codeFor(app, tokens.access_token)
    const degraded = await decide(client.client_id, false)
    const refreshed = await post('/api/oauth2/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      client_id: client.client_id,
      client_secret: client.client_secret,
    })
    expect({
      degraded,
      access: await isAlive(tokens.access_token),
      refreshed: refreshed.status,
      code: await answer(redeem(client, code)),
      appEndsWithIt: await isAlive(ofApp.access_token, app),
      codeOfApp: (await redeem(app, codeOfApp)).status,
      privilege: await privilegeOf(client.client_id),
    }).toEqual({
      degraded: success,
      access: false,
      refreshed: 400,
      code: expect.objectContaining({ status: 400 }),
      appEndsWithIt: false,
      codeOfApp: 400,
      privilege: { trusted: false, password: false, scope: ['search'] },
    })
  })

  it('is not outlived by an isolate that remembers the client as super', async () => {
    const client = await registerKalamar()
    const remembering = new Server({ CLIENT_CACHE_LIFETIME: '10' })
    const form = {
      grant_type: 'password',
      username: user.username,
      password: user.password,
      client_id: client.client_id,
      client_secret: client.client_secret,
    }
    const send = () => post('/api/oauth2/token', form, {}, remembering.fetch)
    const before = await send()
    await decide(client.client_id, false)
    expect({ before: before.status, after: (await send()).status }).toEqual({
      before: 200,
      after: 401,
    })
  })

  it('ends nothing of a client that was not super', async () => {
    const client = await registered200(token)
    const { access_token } = await tokensOf(client, token)
    const answered = await decide(client.client_id, false)
    expect({ answered, alive: await isAlive(access_token, client) }).toEqual({
      answered: success,
      alive: true,
    })
  })

  it('takes ADMIN_TOKEN in the form', async () => {
    const { client_id } = await registered200(token)
    const send = (sent: string) => answer(ask(path, { client_id, super: 'true', token: sent }))
    const wrong = await send('wrong')
    const before = await privilegeOf(client_id)
    const right = await send(testSettings.ADMIN_TOKEN)
    expect({
      wrong,
      before: before.trusted,
      right,
      after: (await privilegeOf(client_id)).trusted,
    }).toEqual({
      wrong: kustvakt(2010, 'Unauthorized operation for user: guest', 'guest'),
      before: false,
      right: success,
      after: true,
    })
  })

  it('O13: takes an admin token of the scope clients alone, and notes whose it was', async () => {
    const tokenOf = async (scope: string) =>
      (await admin('POST', '/tokens', { name: 'KorAP', scope })).json<{
        id: string
        token: string
      }>()
    const { client_id } = await registered200(token)
    const send = (sent: string) => answer(ask(path, { client_id, super: 'true', token: sent }))
    const clients = await tokenOf('read clients')
    const others = await tokenOf('read users keys events settings tokens')
    const refused = await send(others.token)
    const before = await privilegeOf(client_id)
    const right = await send(clients.token)
    const ended = await tokenOf('clients')
    await admin('DELETE', `/tokens/${ended.id}`)
    const { items } = await (
      await admin('GET', `/clients/${client_id}/events?kind=client.made-first-party`)
    ).json<{ items: { actor: string }[] }>()
    expect({
      refused,
      before: before.trusted,
      right,
      after: (await privilegeOf(client_id)).trusted,
      ended: await send(ended.token),
      actors: items.map(({ actor }) => actor),
    }).toEqual({
      refused: kustvakt(2010, 'Unauthorized operation for user: guest', 'guest'),
      before: false,
      right: success,
      after: true,
      ended: kustvakt(2010, 'Unauthorized operation for user: guest', 'guest'),
      actors: [`admin-token:${clients.id}`],
    })
  })

  it('refuses a user, the token of an app for an administrator, and a guest', async () => {
    const { client_id } = await registered200(token)
    const narrow = (await signIn(kalamar, administrator, 'search')).access_token
    expect({
      user: await decide(client_id, true, token),
      app: await decide(client_id, true, narrow),
      guest: await answer(ask(path, { client_id, super: 'true' })),
      trusted: (await privilegeOf(client_id)).trusted,
    }).toEqual({
      user: kustvakt(2010, `Unauthorized operation for user: ${user.username}`, user.username),
      app: kustvakt(2010, 'Scope admin is not authorized'),
      guest: kustvakt(2010, 'Unauthorized operation for user: guest', 'guest'),
      trusted: false,
    })
  })

  it('refuses a public client, an unknown one, and what is no answer', async () => {
    const open = await registered200(token, { type: 'PUBLIC' })
    expect({
      open: await decide(open.client_id, true),
      unknown: await decide('nobody', true),
      odd: await decide(open.client_id, 'yes'),
      noClient: await answer(ask(path, { super: 'true' }, adminToken)),
      noAnswer: await answer(ask(path, { client_id: open.client_id }, adminToken)),
    }).toEqual({
      open: kustvakt(109, 'Only confidential clients are allowed to be super clients.'),
      unknown: oauth('invalid_client', 'Unknown client: nobody', 401),
      odd: kustvakt(107, 'super must be true or false', 'super'),
      noClient: kustvakt(107, 'client_id is null', 'client_id'),
      noAnswer: kustvakt(107, 'super is null', 'super'),
    })
  })

  it('refuses a client whose security profile forbids passwords', async () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    }
    const { client_id } = await registerClient({
      profile: 'fapi2',
      trusted: false,
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [redirectUri],
      dpop_bound_access_tokens: true,
      require_pushed_authorization_requests: true,
      jwks: { keys: [jwk] },
    })
    expect(await decide(client_id, true)).toEqual(
      oauth('invalid_request', 'the security profile of the client forbids this'),
    )
  })
})
