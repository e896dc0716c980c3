// How this server waits for D1, and what it takes a failure of D1 for. The deadline is shown over a D1
// that never answers; everything else over the real one.
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OAuthError } from '../../src/protocol/error.ts'
import { Conflict, Database } from '../../src/store/database.ts'
import { sql, statement } from '../../src/store/sql.ts'
import { Server, always } from '../support/faults.ts'

const one = statement(sql`SELECT 1 AS one`)
const refused = statement(sql`SELECT json(${'no JSON'})`)

describe('D1 that does not answer', () => {
  const server = new Server()
  const database = new Database(server.env.DB)

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
    server.plan(() => null)
  })

  /** What has become of a call at each of these milliseconds. */
  async function statesAt(call: () => Promise<unknown>, instants: readonly number[]) {
    server.plan(always('never answers', 'DB'))
    let state: unknown = 'waits'
    void call().catch((failure: unknown) => {
      state = failure
    })
    const states: unknown[] = []
    let past = 0
    for (const instant of instants) {
      await vi.advanceTimersByTimeAsync(instant - past)
      past = instant
      states.push(state)
    }
    return states
  }
  const unavailable = expect.objectContaining({
    code: 'temporarily_unavailable',
    status: 503,
    isOfDatabase: true,
  })

  it('has failed after five seconds, of one statement and of a batch', async () => {
    expect({
      one: await statesAt(() => database.all(one), [4999, 5000]),
      batch: await statesAt(() => database.batch([one]), [4999, 5000]),
    }).toEqual({ one: ['waits', unavailable], batch: ['waits', unavailable] })
  })

  it('is looked at for one second after a deadline, and for five after any other failure', async () => {
    const [, late] = await statesAt(() => database.all(one), [4999, 5000])
    const lost = new OAuthError('temporarily_unavailable', 'lost', { cause: new Error('lost') })
    const look = (failure: unknown) =>
      statesAt(() => database.firstAfter(failure, one), [999, 1000, 4999, 5000])
    expect({ late: await look(late), lost: await look(lost), text: await look('lost') }).toEqual({
      late: ['waits', unavailable, unavailable, unavailable],
      lost: ['waits', 'waits', 'waits', unavailable],
      text: ['waits', 'waits', 'waits', unavailable],
    })
  })

  it('leaves no timer behind where it does answer', async () => {
    expect({
      rows: await database.all(one),
      failure: await database.all(refused).catch(() => 'fails'),
      timers: vi.getTimerCount(),
    }).toEqual({ rows: [{ one: 1 }], failure: 'fails', timers: 0 })
  })
})

describe('A failure of D1', () => {
  const server = new Server()
  const failureOf = (query: ReturnType<typeof statement>, database = new Database(env.DB)) =>
    database.all(query).then(
      () => 'none',
      (failure: unknown) => failure,
    )

  it('is a conflict where a unique column has the value already', async () => {
    const insert = statement(sql`INSERT INTO used_identifiers (digest, expires_at)
      SELECT 'twice', 1 FROM json_each('[1,2]')`)
    expect(await failureOf(insert)).toBeInstanceOf(Conflict)
  })

  it('stands for a database that is away, but where D1 itself refused the statement', async () => {
    server.plan(always('fails', 'DB'))
    const answer = { code: 'temporarily_unavailable', status: 503, isOfDatabase: false }
    const isNull = statement(
      sql`INSERT INTO used_identifiers (digest, expires_at) VALUES ('a', NULL)`,
    )
    expect({
      away: await failureOf(one, new Database(server.env.DB)),
      function: await failureOf(refused),
      constraint: await failureOf(isNull),
    }).toMatchObject({
      away: { ...answer, isOfDatabase: true },
      function: answer,
      constraint: answer,
    })
  })
})

describe('A batch that is measured', () => {
  it('returns the rows of each statement, and the size of the database in bytes', async () => {
    const two = statement(sql`SELECT 2 AS two`)
    const { rows, size } = await new Database(env.DB).measuredBatch([one, two])
    expect({ rows, isSized: size >= 4096 }).toEqual({
      rows: [[{ one: 1 }], [{ two: 2 }]],
      isSized: true,
    })
  })
})
