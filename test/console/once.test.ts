// O21: forms whose second copy would do harm count once. What they do and that they were sent is one
// batch, so that a form that met 503 is as good as new.
import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { signInAt } from '../openid/flow.ts'
import { type Fault, noFault, Server } from '../support/faults.ts'
import { get } from '../support/http.ts'
import { registerClient, registerUser } from '../support/registry.ts'
import type { Place } from '../support/user-agent.ts'
import { administrator, content } from './administrator.ts'

const server = new Server()
const { agent } = await administrator('admin', server.fetch)
// The first keys of a deployment are none that somebody asked for.
await get('/.well-known/jwks.json')

type OnceForm = {
  action: () => Promise<string> | string
  sent?: Record<string, string>
  /** The event of what it does. */
  kind: string
  /** What it makes, as a selection. */
  made: string
}

const forms: Record<string, OnceForm> = {
  'a client': {
    action: () => '/admin/clients/new',
    sent: { kind: 'service', client_name: 'A service' },
    kind: 'client.created',
    made: 'SELECT id FROM clients',
  },
  'a client without a secret': {
    action: () => '/admin/clients/new',
    sent: { kind: 'spa', client_name: 'An app', redirect_uris: 'https://app.example/cb' },
    kind: 'client.created',
    made: 'SELECT id FROM clients',
  },
  'another secret of a client': {
    action: async () => `/admin/clients/${(await registerClient()).client_id}/secret`,
    kind: 'client.secret-rotated',
    made: 'SELECT DISTINCT previous_secret_digest FROM clients',
  },
  'an admin token': {
    action: () => '/admin/tokens/new',
    sent: { name: 'a test', 'scope-read': 'on', lifetime: '7' },
    kind: 'admin-token.created',
    made: 'SELECT id FROM admin_tokens',
  },
  'an initial access token': {
    action: () => '/admin/registration-tokens/new',
    sent: { label: 'a test', lifetime: '7' },
    kind: 'registration-token.created',
    made: 'SELECT id FROM registration_tokens',
  },
  'a reset link': {
    action: async () => `/admin/users/${(await registerUser()).id}/reset`,
    kind: 'user.password-reset-started',
    made: `SELECT digest FROM mail_actions WHERE purpose = 'reset'`,
  },
  'the next signing keys': {
    action: () => '/admin/keys/rotate',
    kind: 'key.rotated',
    made: 'SELECT DISTINCT generation FROM signing_keys',
  },
}

/** How many events and how many things there are. */
async function countsOf({ kind, made }: OnceForm): Promise<{ events: number; made: number }> {
  const count = async (selection: string, ...values: string[]): Promise<number> =>
    Number(
      await env.DB.prepare(`SELECT COUNT(*) AS n FROM (${selection})`)
        .bind(...values)
        .first('n'),
    )
  const events = await count('SELECT id FROM audit_events WHERE kind = ?', kind)
  return { events, made: await count(made) }
}

/** The form as it is shown, its copies, and what they have made so far. */
async function opened(form: OnceForm) {
  const action = await form.action()
  const place = await agent.open(action)
  const before = await countsOf(form)
  return {
    send: () => agent.copy().submit(place, form.sent ?? {}, { action }),
    more: async () => {
      const { events, made } = await countsOf(form)
      return { events: events - before.events, made: made - before.made }
    },
  }
}

const isDone = (place: Place): boolean =>
  place.status === 200 && (/class="secret"/.test(place.html) || place.path.includes('done=created'))
const wasSentBefore = (place: Place): boolean =>
  place.status === 400 && content(place).includes('This form was sent before')

/** Lets the batch that acts meet a fault. */
const letAct = (fault: Fault): void =>
  server.plan(({ method, text }) =>
    method === 'batch' && text.includes('INSERT INTO audit_events') ? fault : null,
  )

describe('a form that counts once', () => {
  it.each(Object.entries(forms))('O21: makes %s although it met 503 before', async (_, form) => {
    const { send, more } = await opened(form)
    letAct('fails')
    const first = await send()
    const afterFirst = await more()
    server.plan(noFault)
    const second = await send()
    expect({
      first: first.status,
      afterFirst,
      second: isDone(second),
      after: await more(),
    }).toEqual({
      first: 503,
      afterFirst: { events: 0, made: 0 },
      second: true,
      after: { events: 1, made: 1 },
    })
  })

  it.each(Object.entries(forms))(
    'O21: says after a lost answer that %s was made, and makes no other',
    async (_, form) => {
      const { send, more } = await opened(form)
      letAct('fails after the commit')
      const first = await send()
      server.plan(noFault)
      const second = await send()
      expect({
        isHonest: first.status === 503 || isDone(first),
        second: wasSentBefore(second),
        after: await more(),
      }).toEqual({ isHonest: true, second: true, after: { events: 1, made: 1 } })
    },
  )

  it.each(Object.entries(forms))('O21: makes %s once if sent twice at once', async (_, form) => {
    const { send, more } = await opened(form)
    const places = await Promise.all([send(), send()])
    expect({
      isOneDone: places.some(isDone),
      areOthersToldSo: places.every((place) => isDone(place) || wasSentBefore(place)),
      after: await more(),
    }).toEqual({ isOneDone: true, areOthersToldSo: true, after: { events: 1, made: 1 } })
  })

  it('O21: makes a reset link of somebody whose recent links it ends, each with an event', async () => {
    const { id } = await registerUser()
    const link = `INSERT INTO provider_links (issuer, subject, user_id, created_at)
      VALUES ('https://op.example', ?1, ?2, unixepoch())`
    await env.DB.batch([
      env.DB.prepare('UPDATE users SET created_at = created_at - 60 WHERE id = ?').bind(id),
      env.DB.prepare(link).bind(`a ${id}`, id),
      env.DB.prepare(link).bind(`b ${id}`, id),
    ])
    const action = `/admin/users/${id}/reset`
    const done = await agent.submit(await agent.open(action), {}, { action })
    const kinds = `SELECT kind FROM audit_events WHERE user_id = ? AND kind <> 'user.created'
      ORDER BY kind`
    const { results } = await env.DB.prepare(kinds).bind(id).all<{ kind: string }>()
    expect({ isDone: isDone(done), kinds: results.map(({ kind }) => kind) }).toEqual({
      isDone: true,
      kinds: ['user.password-reset-started', 'user.provider-unlinked', 'user.provider-unlinked'],
    })
  })

  it('O21: is answered within an hour', async () => {
    const { agent: browser, user } = await administrator()
    const action = '/admin/tokens/new'
    const sent = { name: 'a test', 'scope-read': 'on', lifetime: '7' }
    const place = await browser.open(action)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_601_000 })
    const signIn = await browser.submit(place, sent, { action })
    await signInAt(browser, signIn, user)
    const late = await browser.submit(place, sent, { action })
    vi.useRealTimers()
    expect({ status: late.status, isRefused: wasSentBefore(late) }).toEqual({
      status: 400,
      isRefused: true,
    })
  })
})
