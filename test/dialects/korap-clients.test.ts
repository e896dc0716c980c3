// Kustvakt's services that show and manage clients: operator.md section 2, row O12.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { basic, get, issuer, post, postern } from '../support/http.ts'
import { registerPublicClient } from '../support/registry.ts'
import { transcript } from '../support/transcript.ts'
import {
  aDate,
  answer,
  ask,
  asSuper,
  codeFor,
  confidential,
  deregister,
  headers,
  kustvakt,
  oauth,
  prefixes,
  redeem,
  redirectUri,
  register,
  registered200,
  registerKalamar,
  signedInUser,
  tokensOf,
} from './korap.ts'

const kalamar = await registerKalamar()
const { token } = await signedInUser(kalamar)
const { token: otherToken, ...other } = await signedInUser(kalamar)
const { token: adminToken } = await signedInUser(kalamar, { role: 'admin' })

const info = (id: string, asking: string | undefined = token, root = '/api/v1.0') =>
  answer(ask(`${root}/oauth2/client/${id}`, asSuper(kalamar), asking))

describe('KorAP: DELETE oauth2/client/deregister', () => {
  it.each(prefixes)('answers 200 with nothing at %s', async (root) => {
    const { client_id } = await registered200(token)
    expect(await transcript(deregister(token, client_id, root))).toEqual({
      status: 200,
      headers,
      body: '',
    })
  })

  it('ends the codes and the tokens of the client', async () => {
    const client = await registered200(token)
    const { access_token } = await tokensOf(client, token)
    const code = await codeFor(client, token)
    await deregister(token, client.client_id)
    expect({
      code: await answer(redeem(client, code)),
      token: await answer(register(access_token)),
    }).toEqual({
      code: oauth('invalid_client', `Unknown client: ${client.client_id}`, 401),
      token: kustvakt(2011, 'Access token is invalid', 'invalid_token'),
    })
  })

  it("O12: refuses another user's client, and one's own the second time", async () => {
    const { client_id } = await registered200(token)
    const foreign = await answer(deregister(otherToken, client_id))
    const first = (await deregister(token, client_id)).status
    const second = await answer(deregister(token, client_id))
    const { username } = other
    expect({ foreign, first, second }).toEqual({
      foreign: kustvakt(2010, `Unauthorized operation for user: ${username}`, username),
      first: 200,
      second: oauth('invalid_client', `Unknown client: ${client_id}`, 401),
    })
  })

  it('lets an administrator delete any client', async () => {
    const { client_id } = await registered200(token)
    expect((await deregister(adminToken, client_id)).status).toBe(200)
  })

  it("refuses the operator's client to a user", async () => {
    expect((await deregister(token, kalamar.client_id)).status).toBe(401)
  })

  it.each(['', '/'])('answers 405 without an identifier (%j)', async (end) => {
    const request = new Request(`${issuer}/api/v1.0/oauth2/client/deregister${end}`, {
      method: 'DELETE',
    })
    const { status } = await postern(request)
    expect(status).toBe(end === '' ? 405 : 404)
  })

  it.each(['%00', 'x%0A', '%22%5C'])('knows no client %s', async (id) => {
    const { status, body } = await answer(deregister(token, decodeURIComponent(id)))
    expect({ status, body }).toEqual({
      status: 401,
      body: { error: 'invalid_client', error_description: expect.any(String) },
    })
  })
})

describe('KorAP: POST oauth2/client/reset', () => {
  const reset = (id: string, asking = token) =>
    ask('/api/v1.0/oauth2/client/reset', { client_id: id, client_secret: 'ignored' }, asking)

  it('gives a new secret and ends the one before', async () => {
    const { client_id, client_secret = '' } = await registered200(token)
    const { status, body } = await answer(reset(client_id))
    const { client_secret: next } = z.looseObject({ client_secret: z.string() }).parse(body)
    const form = { grant_type: 'client_credentials' }
    expect({
      answer: { status, body },
      before: (await post('/api/oauth2/token', form, basic(client_id, client_secret))).status,
      after: (await post('/api/oauth2/token', form, basic(client_id, next))).status,
    }).toEqual({
      answer: { status: 200, body: { client_id, client_secret: expect.any(String) } },
      before: 401,
      after: 200,
    })
  })

  it('refuses a public client, a client that is not there, and none', async () => {
    const { client_id } = await registered200(token, { type: 'PUBLIC' })
    expect({
      open: await answer(reset(client_id)),
      unknown: await answer(reset('nobody')),
      none: await answer(ask('/api/v1.0/oauth2/client/reset', {}, token)),
    }).toEqual({
      open: oauth('invalid_request', 'Operation is not allowed for public clients'),
      unknown: oauth('invalid_client', 'Unknown client: nobody', 401),
      none: kustvakt(107, 'client_id is null', 'client_id'),
    })
  })

  it("refuses another user's client, whose secret stays", async () => {
    const { client_id, client_secret = '' } = await registered200(token)
    const { status } = await reset(client_id, otherToken)
    const form = { grant_type: 'client_credentials' }
    const own = await post('/api/oauth2/token', form, basic(client_id, client_secret))
    expect({ status, own: own.status }).toEqual({ status: 401, own: 200 })
  })
})

describe('KorAP: POST oauth2/client/{client_id}', () => {
  const shown = (client_id: string) => ({
    super: false,
    client_id,
    client_name: confidential.name,
    client_type: 'CONFIDENTIAL',
    client_description: confidential.description,
    client_url: confidential.url,
    permitted: true,
  })
  const ofOwner = {
    client_redirect_uri: redirectUri,
    registration_date: expect.stringMatching(aDate),
    refresh_token_expiry: 7_200,
  }

  it.each(prefixes)('shows its owner everything at %s', async (root) => {
    const { client_id } = await registered200(token, { refresh_token_expiry: 7_200 })
    const { body, ...rest } = await info(client_id, token, root)
    expect({ ...rest, names: Object.keys(body as object), body }).toEqual({
      status: 200,
      names: [...Object.keys(shown('')), ...Object.keys(ofOwner)],
      body: { ...shown(client_id), ...ofOwner },
    })
  })

  it('shows a guest and another user less, an administrator as much', async () => {
    const { client_id } = await registered200(token, { refresh_token_expiry: 7_200 })
    const guest = await answer(ask(`/api/v1.0/oauth2/client/${client_id}`, asSuper(kalamar)))
    expect({
      guest: guest.body,
      other: (await info(client_id, otherToken)).body,
      administrator: (await info(client_id, adminToken)).body,
    }).toEqual({
      guest: shown(client_id),
      other: shown(client_id),
      administrator: { ...shown(client_id), ...ofOwner },
    })
  })

  it('shows a plugin with its source, a super client as one, and leaves out what is not there', async () => {
    const plugin = await registered200(token, { source: { key: { permissions: ['scripts'] } } })
    const open = await registerPublicClient({ client_name: 'Open', trusted: false })
    expect({
      plugin: (await info(plugin.client_id, otherToken)).body,
      open: (await info(open.client_id)).body,
      kalamar: (await info(kalamar.client_id)).body,
    }).toEqual({
      plugin: { ...shown(plugin.client_id), source: { key: { permissions: ['scripts'] } } },
      open: {
        super: false,
        client_id: open.client_id,
        client_name: 'Open',
        client_type: 'PUBLIC',
        permitted: true,
      },
      kalamar: expect.objectContaining({ super: true }),
    })
  })

  it('needs a super client, in this order', async () => {
    const third = await registered200(token)
    const send = (form: Record<string, string>) =>
      answer(ask(`/api/v1.0/oauth2/client/${third.client_id}`, form, token))
    const { super_client_id } = asSuper(kalamar)
    expect({
      none: await send({}),
      noSecret: await send({ super_client_id }),
      wrong: await send({ super_client_id, super_client_secret: 'wrong' }),
      unknown: await send({ super_client_id: 'nobody', super_client_secret: 'wrong' }),
      third: await send(asSuper(third)),
    }).toEqual({
      none: oauth('invalid_request', 'Missing parameter: super_client_id'),
      noSecret: oauth('invalid_request', 'Missing parameter: super_client_secret'),
      wrong: oauth('invalid_client', 'Invalid super_client credentials', 401),
      unknown: oauth('invalid_client', 'Invalid super_client credentials', 401),
      third: oauth('unauthorized_client', 'Only super client is allowed to use this service', 401),
    })
  })

  it('knows no client of another name', async () => {
    expect(await info('nobody')).toEqual(oauth('invalid_client', 'Unknown client: nobody', 401))
  })

  it('has no GET', async () => {
    const { status, headers: sent } = await get('/api/v1.0/oauth2/client/x')
    expect({ status, allow: sent.get('Allow') }).toEqual({ status: 405, allow: 'POST' })
  })
})

describe('KorAP: POST oauth2/client/list', () => {
  const list = async (
    asking: string,
    form: Record<string, string> = {},
    root = '/api/v1.0',
  ): Promise<unknown> => {
    const sent = ask(`${root}/oauth2/client/list`, { ...asSuper(kalamar), ...form }, asking)
    const { body } = await answer(sent)
    return Array.isArray(body) ? body.map(({ client_name }) => client_name) : body
  }

  async function somebody() {
    const { token: asking } = await signedInUser(kalamar)
    await registered200(asking, { name: 'Owned B' })
    await registered200(asking, { name: 'Owned A' })
    const foreign = await registered200(otherToken, { name: 'Authorized' })
    await tokensOf(foreign, asking)
    return asking
  }

  it('lists by filter and by version, sorted by name, without super clients', async () => {
    const asking = await somebody()
    const owned = ['Owned A', 'Owned B']
    const authorized = ['Authorized']
    const narrow = { authorized_only: 'true' }
    expect({
      unversioned: await list(asking, {}, '/api'),
      first: await list(asking),
      later: await list(asking, {}, '/api/v1.1'),
      ownedOnly: await list(asking, { filter_by: 'owned_only' }, '/api/v1.1'),
      authorizedOnly: await list(asking, { filter_by: 'authorized_only' }),
      narrowUnversioned: await list(asking, narrow, '/api'),
      narrowFirst: await list(asking, narrow),
      narrowLater: await list(asking, narrow, '/api/v1.1'),
      both: await list(asking, { ...narrow, filter_by: 'owned_only' }),
    }).toEqual({
      unversioned: owned,
      first: owned,
      later: [...authorized, ...owned],
      ownedOnly: owned,
      authorizedOnly: authorized,
      narrowUnversioned: authorized,
      narrowFirst: authorized,
      narrowLater: [...authorized, ...owned],
      both: owned,
    })
  })

  it('shows as much of each client as the user may see', async () => {
    const asking = await somebody()
    const sent = ask('/api/v1.1/oauth2/client/list', asSuper(kalamar), asking)
    const { body } = await answer(sent)
    const dated = z
      .array(z.looseObject({}))
      .parse(body)
      .map((one) => 'registration_date' in one)
    expect(dated).toEqual([false, true, true])
  })

  it('refuses another filter', async () => {
    expect(await list(token, { filter_by: 'all' })).toEqual(kustvakt(204, 'filter_by', 'all').body)
  })
})
