// Imports, as the CLI sends them.
import { issuer, postern, type Answerer } from './http.ts'
import { admin } from './registry.ts'
import { testSettings } from './settings.ts'

export type Row = { line: number; external_id: string } & Record<string, unknown>

export type Report = {
  created: number
  updated: number
  skipped: number
  failed: number
  reset: number
  skipped_by: Record<string, number>
  errors: { line: number; field: string; detail: string; code: string }[]
  links: { made: number; unnamed: number }
  totp: number
}

/** Begins an import in a namespace of its own, but for `rules`; returns its id. */
export async function beginImport(rules: object = {}, to: Answerer = postern): Promise<string> {
  const sent = { source: 'csv', source_id: `source-${crypto.randomUUID()}`, ...rules }
  const answer = await admin('POST', '/imports', sent, to)
  const { id } = await answer.json<{ id: string }>()
  return id
}

/** Sends a chunk as it is. */
export const sendChunk = (
  id: string,
  number: number,
  body: string | Uint8Array,
  to: Answerer = postern,
  headers: Record<string, string> = {},
): Promise<Response> =>
  to(
    new Request(`${issuer}/admin/v1/imports/${id}/chunks/${number}`, {
      method: 'PUT',
      headers: {
        Authorization: `Bearer ${testSettings.ADMIN_TOKEN}`,
        'Content-Type': 'application/x-ndjson',
        ...headers,
      },
      body,
    }),
  )

export const linesOf = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** Sends rows as a chunk and returns its report. */
export async function importRows(
  id: string,
  rows: readonly object[],
  number = 1,
  to: Answerer = postern,
): Promise<Report> {
  const answer = await sendChunk(id, number, linesOf(rows), to)
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`)
  return answer.json<Report>()
}

/** A row of somebody whom nobody else is, but for `facts`. */
export function newRow(facts: Record<string, unknown> = {}): Row & { username: string } {
  const username = `imported-${crypto.randomUUID()}`
  return { line: 1, external_id: crypto.randomUUID(), username, ...facts }
}

/** A report of a chunk, but for `counts`. */
export const report = (counts: Partial<Report> = {}): Report => ({
  created: 0,
  updated: 0,
  skipped: 0,
  failed: 0,
  reset: 0,
  skipped_by: {},
  errors: [],
  links: { made: 0, unnamed: 0 },
  totp: 0,
  ...counts,
})

export type StoredUser = {
  id: number
  sub: string
  username: string
  email: string | null
  email_verified: boolean
  name: string | null
  role: string | null
  claims: Record<string, unknown>
  disabled: boolean
}

/** The user with a username; undefined = nobody has it. */
export async function userNamed(username: string): Promise<StoredUser | undefined> {
  const answer = await admin('GET', `/users?username=${encodeURIComponent(username)}`)
  return (await answer.json<{ items: StoredUser[] }>()).items[0]
}
