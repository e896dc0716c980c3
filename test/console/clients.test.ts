// The screens about clients: finding them, seeing who uses them, creating, changing and ending them.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { registerSpa, registerWebClient, signedIn, signInTo } from '../openid/flow.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { clientCredentials, refresh } from '../support/tokens.ts'
import { administrator, content, rowsOf, shown } from './administrator.ts'

const { agent, user: grace } = await administrator()

const unique = (): string => `c${crypto.randomUUID().slice(0, 8)}`

const pathOf = ({ client_id: id }: { client_id: string }): string =>
  `/admin/clients/${encodeURIComponent(id)}`

/** A service of its own with a secret. */
const registerService = (metadata: object = {}) =>
  registerClient({ client_name: unique(), grant_types: ['client_credentials'], ...metadata })

/** Opens a form, sends it, and returns what was shown then. */
const answerAt = async (action: string, sent: Record<string, string> = {}) =>
  agent.submit(await agent.open(action), sent, { action })

describe('the list of clients', () => {
  it('finds clients by how the name begins, with kind and origin', async () => {
    const name = unique()
    const client = await registerWebClient({ client_name: `${name} Notes` })
    await registerService({ client_name: `${name} Worker`, disabled: true })
    const place = await agent.open(`/admin/clients?q=${name.toUpperCase()}&origin=admin`)
    expect(rowsOf(place, 'Clients').map((row) => row.slice(0, 4))).toEqual([
      [`${name} Notes ${client.client_id}`, 'Web app on a server', 'Admin', ''],
      [expect.stringContaining('Worker'), 'Service', 'Admin', 'Disabled'],
    ])
  })

  it.each(['q=a', 'q=%25%25', "q=''", `q=${'x'.repeat(5000)}`, 'origin=odd&cursor=x'])(
    'O16: takes %s literally',
    async (query) => {
      const place = await agent.open(`/admin/clients?${query}`)
      expect(place.status).toBe(200)
      expect(content(place)).toMatch(/No client fits|at least 2 characters/)
    },
  )
})

describe('a client', () => {
  it('is told to need a second factor, and not to need one any more', async () => {
    const client = await registerWebClient({ client_name: unique() })
    const form = {
      client_name: unique(),
      redirect_uris: 'https://client.example/cb',
      require_acr: 'urn:postern:acr:2',
    }
    const told = await answerAt(`${pathOf(client)}/edit`, form)
    const stored = async () => {
      const answer = await admin('GET', `/clients/${client.client_id}`)
      return (await answer.json<{ require_acr?: string }>()).require_acr
    }
    const required = await stored()
    await answerAt(`${pathOf(client)}/edit`, { ...form, require_acr: '' })
    expect({
      shown: content(told).includes('Second factor urn:postern:acr:2'),
      required,
      after: await stored(),
    }).toEqual({ shown: true, required: 'urn:postern:acr:2', after: undefined })
  })

  it('is shown with who gave it access, when it was used, and its events', async () => {
    const client = await registerWebClient({ client_name: unique() })
    const user = await registerUser()
    await signInTo(await signedIn(user), client)
    const place = await agent.open(pathOf(client))
    expect(content(place)).toContain('Access (1)')
    expect(content(place)).toContain('Last used')
    expect(rowsOf(place, 'Access').map(([name]) => name)).toEqual([
      `${user.username.slice(0, 31)}…`,
    ])
    expect(rowsOf(place, 'Events').map(([, what]) => what)).toContain('code redeemed')
  })

  it('names the user who owns it', async () => {
    const client = await registerService()
    const put = 'UPDATE clients SET owner_id = ?1 WHERE id = ?2'
    await env.DB.prepare(put).bind(grace.id, client.client_id).run()
    const { html } = await agent.open(pathOf(client))
    const name = `${grace.username.slice(0, 31)}…`
    expect(html).toContain(`<a href="/admin/users/${grace.id}"><bdi class="name">${name}</bdi></a>`)
  })

  it('has an address also where its identifier is a URL', async () => {
    const id = `https://app.example/${unique()}?a=b%20c`
    const { client_id: other } = await registerService()
    await env.DB.prepare('UPDATE clients SET id = ?1 WHERE id = ?2').bind(id, other).run()
    const place = await agent.open(pathOf({ client_id: id }))
    expect(place.status).toBe(200)
    const action = `${pathOf({ client_id: id })}/disable`
    expect(content(await answerAt(action))).toContain('Disabled.')
  })

  it('O19: shows no secret', async () => {
    const client = await registerService()
    const { html } = await agent.open(pathOf(client))
    const row = await env.DB.prepare('SELECT secret_digest FROM clients WHERE id = ?')
      .bind(client.client_id)
      .first()
    const secrets = [client.client_secret, row?.secret_digest].map(String)
    expect(secrets.filter((secret) => html.includes(secret))).toEqual([])
  })

  it('O22: shows a hostile name escaped, cut and without control characters', async () => {
    const name = `<script>alert(1)</script>\u202e\u0007${'x'.repeat(120)}`
    const client = await registerService()
    const put =
      "UPDATE clients SET metadata = json_set(metadata, '$.client_name', ?1) WHERE id = ?2"
    await env.DB.prepare(put).bind(name, client.client_id).run()
    for (const path of [pathOf(client), '/admin/clients', `${pathOf(client)}/delete`]) {
      const { html } = await agent.open(path)
      expect(html).not.toMatch(/<script|\p{Cc}|\u202e|x{100}/u)
    }
  })

  it('is a 404 page if there is none', async () => {
    for (const path of ['nobody', 'nobody/edit', 'nobody/secret']) {
      expect((await agent.open(`/admin/clients/${path}`)).status).toBe(404)
    }
  })
})

describe('creating a client', () => {
  const action = '/admin/clients/new'

  it('of the kind spa makes a public client and leads to it', async () => {
    const name = unique()
    const redirects = 'https://app.example/cb\r\nhttps://app.example/silent'
    const sent = { kind: 'spa', client_name: name, redirect_uris: redirects, scope: 'openid' }
    const place = await answerAt(action, sent)
    expect(place.title).toBe(`${name} · Postern`)
    const { items } = await listed(name)
    expect(items).toMatchObject([
      {
        token_endpoint_auth_method: 'none',
        redirect_uris: ['https://app.example/cb', 'https://app.example/silent'],
        scope: 'openid',
        origin: 'admin',
      },
    ])
  })

  it('O21: of the kind service shows a secret that works, once, also if it is sent twice', async () => {
    const name = unique()
    const open = await agent.open(action)
    const place = await agent.submit(open, { kind: 'service', client_name: name }, { action })
    const [made] = (await listed(name)).items
    const secret = secretIn(place.html)
    const tokens = await clientCredentials({ client_id: '', ...made, client_secret: secret })
    expect(tokens.status).toBe(200)
    const again = await agent.submit(open, { kind: 'service', client_name: name }, { action })
    expect(content(again)).toContain('This form was sent before')
    expect((await listed(name)).items).toHaveLength(1)
  })

  it('says what is wrong beside the field and keeps what was typed', async () => {
    const name = unique()
    const place = await answerAt(action, { kind: 'server', client_name: name })
    expect(place).toMatchObject({ status: 400, title: 'Error: Create client · Postern' })
    expect(place.html).toContain('id="redirect_uris-fault"')
    expect(place.html).toContain(`value="${name}"`)
    expect(place.html).toContain('value="server" selected')
    expect((await listed(name)).items).toEqual([])
  })

  it.each(['spa', 'server', 'native', 'agent'])('knows the kind %s again', async (kind) => {
    const sent = { kind, client_name: unique(), redirect_uris: 'https://app.example/cb' }
    const place = await answerAt(action, sent)
    const kinds = { spa: 'Single-page app', server: 'Web app on a server' }
    const more = { native: 'Native app', agent: 'Agent or command line' }
    const names: Record<string, string> = { ...kinds, ...more }
    expect(place.status).toBe(200)
    const [made] = (await listed(sent.client_name)).items
    const sheet = await agent.open(pathOf({ client_id: '', ...made }))
    expect(content(sheet)).toContain(names[kind] ?? 'no name')
  })
})

describe('editing a client', () => {
  it('changes these members alone, and not what another tab has saved', async () => {
    const client = await registerWebClient({ client_name: unique(), access_token_ttl: 77 })
    const action = `${pathOf(client)}/edit`
    const [place, tab] = [await agent.open(action), await agent.open(action)]
    const sent = { client_name: 'New name', redirect_uris: 'https://new.example/cb' }
    const saved = await agent.submit(place, sent, { action })
    expect(saved.title).toBe('New name · Postern')
    expect(await (await admin('GET', `/clients/${client.client_id}`)).json()).toMatchObject({
      ...sent,
      redirect_uris: ['https://new.example/cb'],
      access_token_ttl: 77,
    })
    const { items } = await (
      await admin('GET', `/clients/${client.client_id}/events?kind=client.changed`)
    ).json<{ items: { detail: object }[] }>()
    expect(items.map(({ detail }) => detail)).toEqual([
      { fields: ['client_name', 'redirect_uris', 'scope'] },
    ])
    const late = await agent.submit(tab, { ...sent, client_name: 'Late' }, { action })
    expect(content(late)).toContain('Somebody has changed this in the meantime.')
  })

  it('O21: asks a changed form again, and changes nothing for what is wrong', async () => {
    const client = await registerWebClient()
    const sent = { client_name: 'New name', redirect_uris: 'nonsense' }
    const place = await answerAt(`${pathOf(client)}/edit`, sent)
    expect(place.status).toBe(400)
    expect(place.html).toContain('id="redirect_uris-fault"')
  })
})

describe('a new secret', () => {
  it('O21: is shown once and works beside the one before, until that is ended', async () => {
    const client = await registerService()
    const action = `${pathOf(client)}/secret`
    const open = await agent.open(action)
    const place = await agent.submit(open, {}, { action })
    const rotated = { ...client, client_secret: secretIn(place.html) }
    const statuses = async () =>
      Promise.all([client, rotated].map(async (one) => (await clientCredentials(one)).status))
    expect(await statuses()).toEqual([200, 200])
    // A second copy of the form would end the secret that the app still uses.
    const again = await agent.submit(open, {}, { action })
    expect(content(again)).toContain('This form was sent before')
    expect(await statuses()).toEqual([200, 200])
    const sheet = await agent.open(pathOf(client))
    expect(content(sheet)).toContain('Two are valid')
    await agent.submit(sheet, {}, { action: `${pathOf(client)}/end-previous` })
    expect(await statuses()).toEqual([401, 200])
  })

  it('O21: stays where another tab has made a new one since the old one was to be ended', async () => {
    const client = await registerService()
    const path = pathOf(client)
    const first = secretIn((await answerAt(`${path}/secret`)).html)
    const tab = await agent.open(path)
    await answerAt(`${path}/secret`)
    const late = await agent.submit(tab, {}, { action: `${path}/end-previous` })
    expect(content(late)).toContain('Nothing was done.')
    expect((await clientCredentials({ ...client, client_secret: first })).status).toBe(200)
  })

  it('is not offered to a client without one', async () => {
    const client = await registerSpa()
    expect(content(await agent.open(pathOf(client)))).not.toContain('New secret')
    const action = `${pathOf(client)}/secret`
    expect((await answerAt(action)).path).toContain('done=gone')
  })
})

describe('ending', () => {
  it('all access says before how much it ends', async () => {
    const client = await registerWebClient()
    const tokens = await signInTo(await signedIn(await registerUser()), client)
    const action = `${pathOf(client)}/end`
    const place = await agent.open(action)
    expect(content(place)).toContain('This ends 1 grant at once.')
    const done = await agent.submit(place, {}, { action })
    expect(content(done)).toContain('Access (0)')
    expect((await refresh(client, tokens.refresh_token ?? '')).status).toBe(400)
  })

  it('says of more than a thousand grants just that', async () => {
    const client = await registerWebClient()
    await signInTo(await signedIn(await registerUser()), client)
    const columns = await env.DB.prepare("SELECT name FROM pragma_table_info('grants')").all()
    const names = columns.results.map(({ name }) => String(name))
    const isUnique = (name: string): boolean => name === 'id' || name === 'code_digest'
    const copied = names.map((name) => (isUnique(name) ? `${name} || n.value` : name))
    await env.DB.prepare(
      `WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 1200)
       INSERT INTO grants (${names.join()}) SELECT ${copied.join()} FROM grants, n WHERE client_id = ?`,
    )
      .bind(client.client_id)
      .run()
    expect(content(await agent.open(pathOf(client)))).toContain('Access (more than 1000)')
    const question = await agent.open(`${pathOf(client)}/end`)
    expect(content(question)).toContain('This ends more than 1000 grants at once.')
  })

  it('one grant leaves the others', async () => {
    const client = await registerWebClient()
    for (let nth = 0; nth < 2; nth++) await signInTo(await signedIn(await registerUser()), client)
    const path = pathOf(client)
    const place = await agent.open(path)
    const [, grant = ''] = /name="grant" value="([^"]+)"/.exec(place.html) ?? []
    const hidden = place.forms.find(({ action }) => action === `${path}/grants`)?.hidden
    const done = await agent.post(`${path}/grants`, { ...hidden, grant })
    expect(content(done)).toContain('Access (1)')
  })

  it('by disabling stops the client until it is enabled again', async () => {
    const client = await registerService()
    const path = pathOf(client)
    const off = await answerAt(`${path}/disable`)
    expect((await clientCredentials(client)).status).toBe(401)
    await agent.submit(off, {}, { action: `${path}/enable` })
    expect((await clientCredentials(client)).status).toBe(200)
    const { items } = await (
      await admin('GET', `/clients/${client.client_id}/events?kind=client.changed`)
    ).json<{ items: { detail: object; actor: string }[] }>()
    const noted = { detail: { fields: ['disabled'] }, actor: `user:${grace.id}` }
    expect(items.map(({ detail, actor }) => ({ detail, actor }))).toEqual([noted, noted])
  })

  it('O21: by deleting it, after its name is typed, once', async () => {
    const client = await registerService()
    const action = `${pathOf(client)}/delete`
    const place = await agent.open(action)
    const wrong = await agent.submit(place, { typed: 'something' }, { action })
    expect(content(wrong)).toContain('This is not the name.')
    const typed = String(client.client_name)
    const done = await agent.submit(place, { typed }, { action })
    expect(shown(done)).toEqual({
      status: 200,
      title: 'Clients · Postern',
      path: '/admin/clients?done=deleted',
    })
    expect((await clientCredentials(client)).status).toBe(401)
    const again = await agent.submit(place, { typed }, { action })
    expect(again.path).toBe('/admin/clients?done=gone')
  })
})

const listed = async (name: string) =>
  (await admin('GET', `/clients?q=${name}`)).json<{ items: { client_id: string }[] }>()

const secretIn = (html: string): string => /class="secret"[^>]*>([^<]+)</.exec(html)?.[1] ?? ''
