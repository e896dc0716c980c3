import { describe, expect, it, vi } from 'vitest'
import { Server } from '../support/faults.ts'
import { basic, post, read, readAll } from '../support/http.ts'
import {
  admin,
  patchClient,
  registerClient,
  registerPublicClient,
  type TestClient,
} from '../support/registry.ts'
import { clientCredentials, postAs, tokensOf } from '../support/tokens.ts'

const hard = `a:b%2B+c&d=e~"\\/<>;$${crypto.randomUUID()}`
const client = await registerClient({ client_secret: hard })
const poster = await registerClient({ token_endpoint_auth_method: 'client_secret_post' })
const either = await registerClient({ token_endpoint_auth_method: undefined })
const publicClient = await registerPublicClient()

const form = { grant_type: 'client_credentials' }
const failed = { error: 'invalid_client', error_description: 'client authentication failed' }
const challenge = 'Basic realm="postern", charset="UTF-8"'

const withHeader = (authorization: string, more: Record<string, string> = {}) =>
  post('/oauth2/token', { ...form, ...more }, { Authorization: authorization })
const basicText = (text: string) => `Basic ${btoa(text)}`
const secretOf = ({ client_secret = '' }: TestClient) => client_secret
const asPoster = (more: Record<string, string> = {}) => ({
  ...form,
  client_id: poster.client_id,
  client_secret: secretOf(poster),
  ...more,
})

describe('RFC 6749 2.3.1 and Appendix B: client_secret_basic', () => {
  it('takes a secret with colons, percent, plus and quotes, both halves form-encoded', async () => {
    const answer = await post('/oauth2/token', form, basic(client.client_id, hard))
    expect(answer.status).toBe(200)
  })

  it.each(['basic', 'BASIC', 'bAsIc', 'Basic '])('knows the scheme as %j', async (scheme) => {
    const { Authorization } = basic(client.client_id, hard)
    const answer = await withHeader(`${scheme} ${Authorization.slice('Basic '.length)}`)
    expect(answer.status).toBe(200)
  })

  it('challenges whoever fails, in the header and in the body', async () => {
    const answer = await post('/oauth2/token', form, basic(client.client_id, 'wrong'))
    expect(await readAll(answer)).toEqual({
      status: 401,
      headers: {
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'content-type': 'application/json',
        'www-authenticate': challenge,
      },
      body: failed,
    })
  })

  it('has one answer, to the byte, for an unknown client and a wrong secret', async () => {
    const answers = [
      await post('/oauth2/token', form, basic(client.client_id, 'wrong')),
      await post('/oauth2/token', form, basic(crypto.randomUUID(), 'wrong')),
      await post('/oauth2/token', form, basic('__proto__', 'wrong')),
      await post('/oauth2/token', form, basic('constructor', 'wrong')),
    ]
    const [first, ...others] = await Promise.all(answers.map(readAll))
    expect(others).toEqual(others.map(() => first))
  })

  it('does the same work for an unknown client as for a wrong secret', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const compare = vi.spyOn(crypto.subtle, 'timingSafeEqual')
    const counted = async (id: string) => {
      vi.clearAllMocks()
      await post('/oauth2/token', form, basic(id, 'wrong'))
      return [digest.mock.calls.length, compare.mock.calls.length]
    }
    const fresh = await registerClient()
    expect(await counted(crypto.randomUUID())).toEqual([1, 2])
    expect(await counted(fresh.client_id)).toEqual([1, 2])
    vi.restoreAllMocks()
  })

  it.each([
    ['no colon', basicText(client.client_id)],
    ['nothing before the colon', basicText(`:${hard}`)],
    ['nothing', 'Basic'],
    ['nothing but spaces', 'Basic   '],
    ['no base64', 'Basic !!!!'],
    ['the other alphabet', 'Basic YTpi-_=='],
    ['wrong padding', 'Basic YTpi='],
    ['a space inside', 'Basic YT pi'],
    ['bytes that are no UTF-8', `Basic ${btoa('a:\xff')}`],
    ['an open percent', basicText('a:%')],
    ['bytes that are no UTF-8 after decoding', basicText('a:%FF')],
    ['a NUL', basicText('a:b%00')],
    ['another scheme', 'Bearer YTpi'],
    ['no scheme', btoa(`${client.client_id}:${hard}`)],
    ['two credentials', `${basicText('a:b')}, ${basicText('a:b')}`],
  ])('refuses a header with %s: 401', async (_what, authorization) => {
    const answer = await withHeader(authorization)
    expect({
      status: answer.status,
      wwwAuthenticate: answer.headers.get('WWW-Authenticate'),
    }).toEqual({ status: 401, wwwAuthenticate: challenge })
    expect(await answer.json()).toMatchObject({ error: 'invalid_client' })
  })

  it.each([
    ['no secret', ''],
    ['a beginning of the secret', hard.slice(0, -1)],
    ['a space at the end', `${hard} `],
    ['a line break at the end', `${hard}\n`],
    ['another case', hard.toUpperCase()],
  ])('refuses %s: 401', async (_what, secret) => {
    const answer = await post('/oauth2/token', form, basic(client.client_id, secret))
    expect(await read(answer)).toEqual({ status: 401, body: failed })
  })

  it.each([
    ['a plus', 'Abcd+1234+efgh+5678+ijkl'],
    ['a percent before other letters', 'foo%Qbar-foo%Qbar-foo%Qbar-12'],
    ['what looks encoded', 'foo%41bar-foo%2Bbar-foo%25bar'],
    ['a colon and the other alphabet', 'z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw='],
  ])(
    'takes a secret with %s as it was sent, too (curl -u does not encode)',
    async (_what, secret) => {
      const { client_id } = await registerClient({ client_secret: secret })
      const answers = [
        await post('/oauth2/token', form, basic(client_id, secret)),
        await withHeader(basicText(`${client_id}:${secret}`)),
        await withHeader(basicText(`${client_id}:${secret}+`)),
      ]
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 401])
    },
  )

  it('never takes a secret from the form other than as the form says', async () => {
    const client_secret = 'Abcd+1234+efgh+5678+ijkl'
    const { client_id } = await registerClient({
      client_secret,
      token_endpoint_auth_method: 'client_secret_post',
    })
    const unencoded = `grant_type=client_credentials&client_id=${client_id}&client_secret=`
    expect((await post('/oauth2/token', unencoded + client_secret)).status).toBe(401)
  })

  it('does the same work for both readings of a secret, whoever it is', async () => {
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const compare = vi.spyOn(crypto.subtle, 'timingSafeEqual')
    const counted = async (id: string, secret: string) => {
      vi.clearAllMocks()
      // Refused once the client is known: nothing else is hashed.
      await withHeader(basicText(`${id}:${secret}`), { grant_type: 'none' })
      return [digest.mock.calls.length, compare.mock.calls.length]
    }
    const client_secret = 'a secret with spaces and 128 bits'.replaceAll(' ', '+')
    const { client_id } = await registerClient({ client_secret })
    const sent = [
      [crypto.randomUUID(), 'wrong+secret'],
      [client_id, 'wrong+secret'],
      [client_id, client_secret],
      [client_id, encodeURIComponent(client_secret)],
    ] as const
    for (const [id, secret] of sent) expect(await counted(id, secret)).toEqual([2, 4])
    vi.restoreAllMocks()
  })

  it('refuses the digest that is stored in place of the secret', async () => {
    const bytes = new Uint8Array(
      await crypto.subtle.digest('SHA-256', new TextEncoder().encode(hard)),
    )
    const digest = btoa(String.fromCharCode(...bytes))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
    const answer = await post('/oauth2/token', form, basic(client.client_id, digest.slice(0, 43)))
    expect(answer.status).toBe(401)
  })
})

describe('RFC 6749 2.3.1: client_secret_post, and one method a request', () => {
  it('takes the secret from the form', async () =>
    expect((await post('/oauth2/token', asPoster())).status).toBe(200))

  it('never takes both at once: 400', async () => {
    const answer = await post('/oauth2/token', asPoster(), basic(client.client_id, hard))
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  it('not even where both are the same client’s, and right', async () => {
    const { client_id, client_secret = '' } = either
    const answer = await post(
      '/oauth2/token',
      { ...form, client_id, client_secret },
      basic(client_id, client_secret),
    )
    const error_description = 'more than one client credential was sent'
    expect(await read(answer)).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description },
    })
  })

  it('lets the form repeat the client of the header, and no other', async () => {
    const repeat = (client_id: string) =>
      post('/oauth2/token', { ...form, client_id }, basic(client.client_id, hard))
    expect((await repeat(client.client_id)).status).toBe(200)
    expect((await repeat(poster.client_id)).status).toBe(400)
  })

  it('enforces the method that a client has registered', async () => {
    const answers = [
      await post('/oauth2/token', form, basic(poster.client_id, secretOf(poster))),
      await post('/oauth2/token', { ...form, client_id: client.client_id, client_secret: hard }),
    ]
    expect(await Promise.all(answers.map(read))).toEqual(
      answers.map(() => ({ status: 401, body: failed })),
    )
  })

  it('takes either from a client that has registered none', async () => {
    const { client_id, client_secret = '' } = either
    const answers = [
      await post('/oauth2/token', form, basic(client_id, client_secret)),
      await post('/oauth2/token', { ...form, client_id, client_secret }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
  })
})

describe('RFC 6749 2.1: public and confidential clients', () => {
  it.each([
    ['nothing at all', {}],
    ['an empty client_id', { client_id: '' }],
    ['the client_id of a confidential client alone', { client_id: client.client_id }],
    ['the id and an empty secret', { client_id: poster.client_id, client_secret: '' }],
    ['a secret without an id', { client_secret: secretOf(poster) }],
    ['an unknown id', { client_id: crypto.randomUUID() }],
    ['the id in another case', { client_id: publicClient.client_id.toUpperCase() + 'a' }],
    ['an inherited name', { client_id: '__proto__' }],
    ['64 kB of an id', { client_id: 'a'.repeat(60_000) }],
    ['an SQL fragment', { client_id: "' OR 1=1 --" }],
  ])('refuses %s: 401', async (_what, credentials) => {
    const answer = await post('/oauth2/token', { ...form, ...credentials })
    expect(await read(answer)).toEqual({ status: 401, body: failed })
  })

  it('a public client is known by its id, and refused with any secret', async () => {
    const { client_id } = publicClient
    const known = await post('/oauth2/token', { grant_type: 'refresh_token', client_id })
    expect(await known.json()).toMatchObject({ error: 'invalid_request' })
    const secret = { ...form, client_id, client_secret: 'a secret' }
    expect((await post('/oauth2/token', secret)).status).toBe(401)
    expect((await post('/oauth2/token', form, basic(client_id, 'a secret'))).status).toBe(401)
  })

  it('a public client may stand in a Basic header without a secret', async () => {
    const header = basic(publicClient.client_id, '')
    const answer = await post('/oauth2/token', { grant_type: 'refresh_token' }, header)
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  it.each(['/oauth2/token', '/oauth2/introspect', '/oauth2/revoke'])(
    '%s authenticates before it reads anything else of the request',
    async (path) => {
      const answer = await post(path, {}, basic(client.client_id, 'wrong'))
      expect(await read(answer)).toEqual({ status: 401, body: failed })
    },
  )
})

describe('clients that change', () => {
  const rotated = async (of: TestClient) => {
    const answer = await admin('POST', `/clients/${of.client_id}/secret`)
    const { client_secret } = await answer.json<{ client_secret: string }>()
    return { ...of, client_secret }
  }
  const statuses = async (clients: TestClient[], to = new Server()) => {
    const answers = await Promise.all(clients.map((one) => clientCredentials(one, {}, to.fetch)))
    return answers.map(({ status }) => status)
  }

  it('two secrets may overlap, until the one before is ended', async () => {
    const before = await registerClient()
    const after = await rotated(before)
    expect(await statuses([before, after])).toEqual([200, 200])
    await admin('DELETE', `/clients/${before.client_id}/secret/previous`)
    expect(await statuses([before, after])).toEqual([401, 200])
  })

  it('a new secret works at once where the client was remembered with the old one', async () => {
    const elsewhere = new Server()
    const before = await registerClient()
    expect(await statuses([before], elsewhere)).toEqual([200])
    expect(await statuses([await rotated(before)], elsewhere)).toEqual([200])
  })

  it('a wrong secret against a remembered client costs one read, and no more', async () => {
    const elsewhere = new Server()
    const known = await registerClient()
    await statuses([known], elsewhere)
    elsewhere.calls = []
    expect(await statuses([{ ...known, client_secret: 'wrong' }], elsewhere)).toEqual([401])
    expect(elsewhere.calls).toHaveLength(1)
  })

  it('a disabled client gets what an unknown one gets, and its tokens are worth nothing', async () => {
    const disabled = await registerClient()
    const { access_token } = await tokensOf(clientCredentials(disabled))
    await patchClient(disabled, { disabled: true })
    expect(await read(await clientCredentials(disabled))).toEqual({ status: 401, body: failed })
    const asked = await postAs(client, '/oauth2/introspect', { token: access_token })
    expect(await asked.json()).toEqual({ active: false })
  })

  it('a client that became public has no secret any more, even if it becomes confidential again', async () => {
    const changing = await registerClient()
    const grant_types = ['password', 'refresh_token']
    await patchClient(changing, { token_endpoint_auth_method: 'none', grant_types })
    await patchClient(changing, {
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
    })
    expect((await clientCredentials(changing)).status).toBe(401)
  })

  it('a client of the same id after a deletion inherits neither secret nor tokens', async () => {
    const first = await registerClient()
    const { access_token } = await tokensOf(clientCredentials(first))
    await admin('DELETE', `/clients/${first.client_id}`)
    await registerClient({ client_id: first.client_id })
    expect((await clientCredentials(first)).status).toBe(401)
    const asked = await postAs(client, '/oauth2/introspect', { token: access_token })
    expect(await asked.json()).toEqual({ active: false })
  })

  it('no client can be given the id of a user, whose tokens it would seem to have', async () => {
    const body = { client_id: `usr_${'A'.repeat(22)}`, grant_types: ['client_credentials'] }
    expect((await admin('POST', '/clients', body)).status).toBe(400)
  })
})
