// Types of authorization details in D1: what is noted of a change, what comes first of two, and what
// becomes of one whose outcome is unknown.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { detailsTypeMetadata } from '../../src/core/tokens/details-type.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import * as v from '../../src/protocol/schema.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, now } from '../support/records.ts'

const { detailsTypes } = openStore(env)
const server = new Server()
const faulty = openStore(server.env).detailsTypes

const someType = () => {
  const sent = {
    type: randomSecret(8),
    schema: { type: 'object', properties: {}, required: [] },
    title: 'A title',
  }
  const metadata = v.parse(detailsTypeMetadata(), sent)
  return { metadata, createdAt: now, updatedAt: now }
}

const eventsOf = async (requestId: string) => {
  const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results.length
}

describe('A type of authorization details', () => {
  it('is created once, with an event', async () => {
    const [first, second] = [randomSecret(), randomSecret()]
    const type = someType()
    expect({
      first: await detailsTypes.create(type, audit(first)),
      second: await detailsTypes.create(type, audit(second)),
      events: [await eventsOf(first), await eventsOf(second)],
    }).toEqual({ first: 'created', second: 'taken', events: [1, 0] })
  })

  it('is created where the outcome is unknown, if it is of this very instant', async () => {
    const [lost, failed, other] = [someType(), someType(), someType()]
    await detailsTypes.create(other, audit())
    const create = async (
      type: ReturnType<typeof someType>,
      fault: 'fails' | 'fails after the commit',
    ) => {
      server.plan(atCall(0, fault))
      return faulty.create(type, audit()).catch(({ status }) => status)
    }
    expect({
      lost: await create(lost, 'fails after the commit'),
      failed: await create(failed, 'fails'),
      ofAnother: await create({ ...other, createdAt: now + 1 }, 'fails'),
    }).toEqual({ lost: 'created', failed: 503, ofAnother: 503 })
  })

  it('is changed as it is when the change is written, with an event', async () => {
    const type = someType()
    const name = type.metadata.type
    await detailsTypes.create(type, audit())
    const requestId = randomSecret()
    const described = (summary: string) => (before: typeof type.metadata) => ({
      ...before,
      summary: before.summary === undefined ? summary : 'both',
    })
    server.plan(async (call) => {
      if (call.method === 'batch' && server.calls.length === 2) {
        await detailsTypes.change(name, described('one'), audit())
      }
      return null
    })
    const changed = await faulty.change(name, described('other'), audit(requestId))
    expect({
      changed: changed?.metadata.summary,
      stored: (await detailsTypes.find(name))?.metadata.summary,
      events: await eventsOf(requestId),
    }).toEqual({
      changed: 'both',
      stored: 'both',
      events: 1,
    })
  })

  it('is changed alone, and listed with all others by name as it then is', async () => {
    const made = [someType(), someType()].toSorted((one, other) =>
      one.metadata.type < other.metadata.type ? -1 : 1,
    )
    for (const one of made) await detailsTypes.create(one, audit())
    const [first, second] = made
    const managed = { managed_by: 'shop', summary: 'A sentence' }
    const name = second?.metadata.type ?? ''
    await detailsTypes.change(name, (before) => ({ ...before, ...managed }), audit())
    const names = made.map(({ metadata }) => metadata.type)
    const listed = (await detailsTypes.all()).filter(({ metadata }) =>
      names.includes(metadata.type),
    )
    expect(listed).toEqual([
      first,
      {
        metadata: { ...second?.metadata, ...managed },
        createdAt: now,
        updatedAt: now + 0.001,
      },
    ])
  })

  it('is deleted alone, once, with an event', async () => {
    const [type, other] = [someType(), someType()]
    for (const one of [type, other]) await detailsTypes.create(one, audit())
    const [first, second] = [randomSecret(), randomSecret()]
    expect({
      first: await detailsTypes.delete(type.metadata.type, audit(first)),
      second: await detailsTypes.delete(type.metadata.type, audit(second)),
      found: await detailsTypes.find(type.metadata.type),
      other: await detailsTypes.find(other.metadata.type),
      events: [await eventsOf(first), await eventsOf(second)],
    }).toEqual({ first: true, second: false, found: null, other, events: [1, 0] })
  })
})
