// Races for what operators, and programs of theirs, make once.
import { adminToken, send } from '../../admin/operator.ts'
import { registerSpa } from '../../openid/flow.ts'
import { initialAccessToken, registerAt } from '../../registration/registrant.ts'
import { bearer } from '../../support/http.ts'
import { beginImport, linesOf, newRow, sendChunk } from '../../support/imports.ts'
import { admin } from '../../support/registry.ts'
import { race, saidBy, type RunnableRace } from '../engine.ts'
import { one } from '../person.ts'

const json = { ...adminToken, 'Content-Type': 'application/json' }

const usersNamed = (name: string) =>
  one<number>('SELECT COUNT(*) FROM login_names WHERE folded_name = ?', name.toLowerCase())

const keysOf = (alg: string) => one<number>('SELECT COUNT(*) FROM signing_keys WHERE alg = ?', alg)

/** The races of the admin REST and of registration. */
export function operatorRaces(): RunnableRace[] {
  return [
    race({
      name: 'initial access token with three uses',
      prepare: () => initialAccessToken({ max_uses: 3 }),
      contend: async ({ token }, { isolate }) => {
        const metadata = { redirect_uris: ['https://app.example/cb'] }
        const { status, body } = await registerAt(isolate.fetch, metadata, bearer(token))
        return status === 201 ? '201' : `${status} ${String(body['error'])}`
      },
      rows: ({ id }) => one<number>('SELECT uses FROM registration_tokens WHERE id = ?', id),
      endings: [{ outcomes: { '201': 3, '401 invalid_token': 47 }, rows: 3 }],
    }),
    race({
      name: 'username of a new user, in either case',
      prepare: async () => `User-${crypto.randomUUID()}`,
      contend: (name, { nth, isolate }) =>
        saidBy(
          admin('POST', '/users', { username: nth % 2 ? name : name.toUpperCase() }, isolate.fetch),
        ),
      rows: usersNamed,
      endings: [{ outcomes: { '201': 1, '409 already in use': 49 }, rows: 1 }],
    }),
    race({
      name: 'address of a new user, in either case',
      prepare: async () => `${crypto.randomUUID()}@Example.com`,
      contend: (email, { nth, isolate }) =>
        saidBy(
          admin(
            'POST',
            '/users',
            {
              username: `user-${crypto.randomUUID()}`,
              email: nth % 2 ? email : email.toUpperCase(),
            },
            isolate.fetch,
          ),
        ),
      rows: usersNamed,
      endings: [{ outcomes: { '201': 1, '409 already in use': 49 }, rows: 1 }],
    }),
    race({
      name: 'chunk of an import',
      prepare: async () => ({ id: await beginImport(), rows: [newRow(), newRow({ line: 2 })] }),
      contend: async ({ id, rows }, { isolate }) => {
        const answer = await sendChunk(id, 1, linesOf(rows), isolate.fetch)
        const { created } = await answer.json<{ created: number }>()
        return `${answer.status}, ${created} created`
      },
      rows: ({ id }) => one<number>('SELECT COUNT(*) FROM users WHERE import_id = ?', id),
      endings: [{ outcomes: { '200, 2 created': 50 }, rows: 2 }],
    }),
    race({
      name: 'Idempotency-Key',
      prepare: async () => ({
        headers: { ...json, 'Idempotency-Key': crypto.randomUUID() },
        body: JSON.stringify({
          client_id: `client-${crypto.randomUUID()}`,
          grant_types: ['client_credentials'],
        }),
        secrets: new Set<unknown>(),
      }),
      contend: async ({ headers, body, secrets }, { isolate }) => {
        const answer = await send('POST', '/clients', headers, body, isolate.fetch)
        const { client_secret, detail = '' } = Object(await answer.json())
        secrets.add(client_secret)
        return `${answer.status} ${detail}`.trim()
      },
      rows: async ({ body, secrets }) => ({
        secrets: secrets.size,
        events: await one<number>(
          "SELECT COUNT(*) FROM audit_events WHERE kind = 'client.created' AND client_id = ?",
          Object(JSON.parse(body)).client_id,
        ),
      }),
      endings: [{ outcomes: { '201': 50 }, rows: { secrets: 1, events: 1 } }],
    }),
    race({
      name: 'initial access token by one Idempotency-Key',
      prepare: async () => ({
        headers: { ...json, 'Idempotency-Key': crypto.randomUUID() },
        label: `token-${crypto.randomUUID()}`,
        tokens: new Set<unknown>(),
      }),
      contend: async ({ headers, label, tokens }, { isolate }) => {
        const body = JSON.stringify({ label, max_uses: 1 })
        const answer = await send('POST', '/registration-tokens', headers, body, isolate.fetch)
        tokens.add(Object(await answer.json()).token)
        return String(answer.status)
      },
      rows: async ({ label, tokens }) => ({
        tokens: tokens.size,
        stored: await one<number>(
          'SELECT COUNT(*) FROM registration_tokens WHERE label = ?',
          label,
        ),
      }),
      endings: [{ outcomes: { '201': 50 }, rows: { tokens: 1, stored: 1 } }],
    }),
    race({
      name: 'end of an admin token',
      prepare: async () => {
        const answer = await admin('POST', '/tokens', { name: 'a race', scope: 'read' })
        return answer.json<{ id: string }>()
      },
      contend: ({ id }, { isolate }) =>
        saidBy(admin('DELETE', `/tokens/${id}`, undefined, isolate.fetch)),
      rows: async ({ id }) => ({
        left: await one<number>('SELECT COUNT(*) FROM admin_tokens WHERE id = ?', id),
      }),
      endings: [{ outcomes: { '204': 1, '404 no such admin token': 49 }, rows: { left: 0 } }],
    }),
    race({
      name: 'secret of a client, by one Idempotency-Key',
      prepare: async () => ({
        client: await registerSpa({ token_endpoint_auth_method: 'client_secret_basic' }),
        headers: { ...json, 'Idempotency-Key': crypto.randomUUID() },
        secrets: new Set<unknown>(),
      }),
      contend: async ({ client, headers, secrets }, { isolate }) => {
        const path = `/clients/${client.client_id}/secret`
        const answer = await send('POST', path, headers, null, isolate.fetch)
        secrets.add(Object(await answer.json()).client_secret)
        return String(answer.status)
      },
      rows: async ({ client, secrets }) => ({
        secrets: secrets.size,
        events: await one<number>(
          "SELECT COUNT(*) FROM audit_events WHERE kind = 'client.secret-rotated' AND client_id = ?",
          client.client_id,
        ),
      }),
      endings: [{ outcomes: { '201': 50 }, rows: { secrets: 1, events: 1 } }],
    }),
    race({
      name: 'rotation of the signing keys',
      atOnce: 2,
      prepare: async () => {
        await admin('GET', '/keys')
        return { before: Number(await keysOf('ES256')) }
      },
      contend: (_before, { isolate }) =>
        saidBy(admin('POST', '/keys/rotate', undefined, isolate.fetch)),
      rows: async ({ before }) => ({ added: Number(await keysOf('ES256')) - before }),
      // Two that read before either wrote make one successor; one after the other make two.
      endings: [
        { outcomes: { '200': 2 }, rows: { added: 1 } },
        { outcomes: { '200': 2 }, rows: { added: 2 } },
      ],
    }),
  ]
}
