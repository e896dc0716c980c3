// The screens about providers and settings.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { admin } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { administrator, content, rowsOf, shown } from './administrator.ts'

const { agent, user: grace } = await administrator()

const unique = (): string => `p${crypto.randomUUID().slice(0, 8)}`

const answerAt = async (action: string, sent: Record<string, string> = {}) =>
  agent.submit(await agent.open(action), sent, { action })

const facts = () => ({
  id: unique(),
  label: 'The university',
  issuer: `https://${unique()}.example`,
  client_id: 'postern',
  client_secret: 'a-secret-of-theirs',
})

const stored = async (id: string): Promise<unknown> =>
  (await admin('GET', `/providers/${id}`)).json()

describe('a provider', () => {
  it('is made, listed and shown without its secret', async () => {
    const sent = facts()
    const place = await answerAt('/admin/providers/new', { ...sent, link_by_email: 'on' })
    expect(place.title).toBe('The university · Postern')
    expect(content(place)).toContain(`/login/callback/${sent.id}`)
    expect(place.html).not.toContain(sent.client_secret)
    expect(await stored(sent.id)).toMatchObject({
      issuer: sent.issuer,
      scope: 'openid profile email',
      client_secret_set: true,
      link_by_email: true,
      accounts: 'existing',
    })
    const rows = rowsOf(await agent.open('/admin/providers'), 'Providers')
    expect(rows).toContainEqual(['The university', sent.issuer, 'Enabled'])
  })

  it('is made of a preset, a client id and a secret, and owns domains', async () => {
    const id = unique()
    const domains = `${id}.example www.${id}.example`
    const sent = { preset: 'github', id, client_id: 'an id', client_secret: 'a secret', domains }
    const place = await answerAt('/admin/providers/new', sent)
    expect(place.title).toBe('GitHub · Postern')
    expect(content(place)).toContain(domains)
    const made = { preset: 'github', issuer: 'https://github.com', domains: domains.split(' ') }
    expect(await stored(id)).toMatchObject(made)
    // What the form does not show stays, and an empty field is the preset's again.
    const change = { client_id: 'another id', domains: '', label: '' }
    await answerAt(`/admin/providers/${id}/edit`, change)
    expect(await stored(id)).toMatchObject({
      ...{ ...made, domains: [], client_id: 'another id', label: 'GitHub' },
      client_secret_set: true,
    })
  })

  it('says beside the field what a preset lacks', async () => {
    const sent = { preset: 'apple', id: unique(), client_id: 'an id', client_secret: 'no key' }
    const wrong = await answerAt('/admin/providers/new', { ...sent, team_id: 'T', key_id: 'K' })
    expect(wrong.html).toContain('id="client_secret-fault"')
    expect((await answerAt('/admin/providers/new', sent)).html).toContain('id="team_id-fault"')
  })

  it('is not made of what is wrong, nor twice', async () => {
    const sent = facts()
    const wrong = await answerAt('/admin/providers/new', { ...sent, issuer: 'nonsense', label: '' })
    expect(wrong.status).toBe(400)
    expect(wrong.html).not.toContain(sent.client_secret)
    expect((await admin('GET', `/providers/${sent.id}`)).status).toBe(404)
    await answerAt('/admin/providers/new', sent)
    const again = await answerAt('/admin/providers/new', sent)
    expect(again.html).toContain('id="id-fault"')
  })

  it('keeps its secret when it is edited without one', async () => {
    const sent = facts()
    await answerAt('/admin/providers/new', sent)
    const { label: _, id, client_secret: __, ...rest } = sent
    const place = await answerAt(`/admin/providers/${id}/edit`, { ...rest, label: 'New label' })
    expect(place.title).toBe('New label · Postern')
    expect(await stored(id)).toMatchObject({ label: 'New label', client_secret_set: true })
  })

  it('is disabled, enabled and deleted, on record as done by the administrator', async () => {
    const { id, ...sent } = facts()
    await answerAt('/admin/providers/new', { id, ...sent })
    const off = await answerAt(`/admin/providers/${id}/disable`)
    expect(content(off)).toContain('Disabled')
    const on = await agent.submit(off, {}, { action: `/admin/providers/${id}/enable` })
    expect(content(on)).toContain('Enabled.')
    const action = `/admin/providers/${id}/delete`
    const question = await agent.open(action)
    const done = await agent.submit(question, {}, { action })
    expect(shown(done)).toMatchObject({ status: 200, path: '/admin/providers?done=deleted' })
    const gone = await agent.submit(question, {}, { action })
    expect(gone.path).toBe('/admin/providers?done=gone')
    const { results } = await env.DB.prepare(
      "SELECT kind, actor FROM audit_events WHERE json_extract(detail, '$.provider') = ? ORDER BY id",
    )
      .bind(id)
      .all()
    const kinds = ['created', 'changed', 'changed', 'deleted']
    expect(results).toEqual(
      kinds.map((kind) => ({ kind: `provider.${kind}`, actor: `user:${grace.id}` })),
    )
  })

  it('that does not answer says so when its connection is checked', async () => {
    const { id, ...sent } = facts()
    await answerAt('/admin/providers/new', { id, ...sent })
    const path = `/admin/providers/${id}`
    const place = await agent.submit(await agent.open(path), {}, { action: `${path}/check` })
    expect(place).toMatchObject({ status: 400 })
    expect(place.html).toContain('role="alert"')
  })
})

describe('the settings', () => {
  it('O19: show what is in force and where it comes from, and no secret', async () => {
    const place = await agent.open('/admin/settings')
    const rows = rowsOf(place, 'Settings')
    expect(rows).toContainEqual(['DEVELOPMENT', 'true', 'variable'])
    expect(rows).toContainEqual(['ADMIN_TOKEN', 'set', 'secret'])
    expect(rows).toContainEqual(['REGISTRATION', expect.any(String), expect.any(String)])
    expect(place.html).not.toContain(testSettings.ADMIN_TOKEN)
    expect(place.html).not.toContain(testSettings.MASTER_KEY)
    expect(place.forms.map(({ action }) => action)).toEqual(['/sign-out'])
  })
})
