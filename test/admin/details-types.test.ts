// Types of authorization details (RFC 9396) in the operator's interface.
import { describe, expect, it } from 'vitest'
import { issuer, read } from '../support/http.ts'
import { admin } from '../support/registry.ts'
import { invalid, problem } from './operator.ts'

const base = '/authorization-details-types'
const freshType = () => `type_${crypto.randomUUID()}`

const schema = {
  type: 'object',
  properties: {
    amount: {
      type: 'object',
      properties: { value: { type: 'number', minimum: 0, maximum: 10 } },
      required: ['value'],
    },
    payee: { type: 'string', maxLength: 100 },
    note: { type: 'string', enum: ['a', 'b'] },
  },
  required: ['amount', 'payee'],
}
const title = 'A payment'
const times = { created_at: expect.any(Number), updated_at: expect.any(Number) }

const create = (more: object = {}): Promise<Response> =>
  admin('POST', base, { type: freshType(), schema, title, ...more })

const unknown = problem(404, 'no such authorization details type')

describe('POST /admin/v1/authorization-details-types', () => {
  it('registers a type that is a URI, at an address that returns it', async () => {
    const type = `https://${crypto.randomUUID()}.example/payments`
    const answer = await create({ type })
    const path = `${base}/${encodeURIComponent(type)}`
    const body = { type, schema, title, ...times }
    expect({
      created: await read(answer),
      location: answer.headers.get('Location'),
      found: await read(await admin('GET', path)),
    }).toEqual({
      created: { status: 201, body },
      location: `${issuer}/admin/v1${path}`,
      found: { status: 200, body },
    })
  })

  it('keeps everything that is said about it', async () => {
    const type = freshType()
    const sent = {
      type,
      title: { en: 'A payment', de: 'Eine Zahlung' },
      summary: { en: 'Pay {amount.value} to {payee}', de: '{amount.value} an {payee} zahlen' },
      schema: {
        type: 'object',
        additionalProperties: false,
        properties: {
          ...schema.properties,
          express: { type: 'boolean' },
          count: { type: 'integer', enum: [1, 2] },
          actions: { type: 'array', items: { type: 'string', maxLength: 20 }, maxItems: 5 },
        },
        required: ['amount', 'payee'],
      },
    }
    await create(sent)
    const body = { ...sent, ...times }
    expect(await read(await admin('GET', `${base}/${type}`))).toEqual({ status: 200, body })
  })

  it('a name belongs to one type', async () => {
    const type = freshType()
    await create({ type })
    expect(await read(await create({ type }))).toEqual(
      problem(409, 'already in use', [{ field: 'type', detail: 'is already in use' }]),
    )
  })

  const withProperty = (property: unknown) => ({
    schema: { type: 'object', properties: { x: property } },
  })
  const nested = (levels: number): object =>
    levels === 0 ? { type: 'boolean' } : { type: 'array', maxItems: 1, items: nested(levels - 1) }

  it.each([
    ['a text without a limit', withProperty({ type: 'string' }), 'schema.properties.x'],
    [
      'a text that nobody could read',
      withProperty({ type: 'string', maxLength: 1001 }),
      'schema.properties.x.maxLength',
    ],
    [
      'a list without a limit',
      withProperty({ type: 'array', items: { type: 'boolean' } }),
      'schema.properties.x.maxItems',
    ],
    ['another type of value', withProperty({ type: 'null' }), 'schema.properties.x.type'],
    [
      'a keyword that is not judged',
      withProperty({ type: 'string', maxLength: 9, pattern: 'a' }),
      'schema.properties.x.pattern',
    ],
    [
      'members that are not described',
      { schema: { ...schema, additionalProperties: true } },
      'schema.additionalProperties',
    ],
    [
      'a required member that is not described',
      { schema: { ...schema, required: ['other'] } },
      'schema.required',
    ],
    ['a schema of something else', { schema: { type: 'boolean' } }, 'schema.type'],
    ['six levels', withProperty(nested(5)), 'schema'],
    ['a type that describes type', { schema: withType() }, 'schema'],
    [
      'locations that are no texts',
      { schema: { type: 'object', properties: { locations: { type: 'boolean' } } } },
      'schema',
    ],
    ['a summary with an optional member', { summary: 'For {note}' }, 'summary'],
    ['a summary with an object', { summary: 'Pay {amount}' }, 'summary'],
    ['a summary with an unknown member', { summary: 'Pay {amount.other}' }, 'summary'],
    ['no title', { title: undefined }, 'title'],
    ['a type with a space', { type: 'a payment' }, 'type'],
    ['a member that it does not know', { more: 1 }, 'more'],
  ])('refuses %s', async (_what, more, field) => {
    const { status, body } = await read(await create(more))
    expect({ status, field: Object(body).errors?.[0]?.field }).toEqual({ status: 400, field })
  })
})

function withType() {
  return { type: 'object', properties: { type: { type: 'string', maxLength: 10 } } }
}

describe('PATCH and DELETE', () => {
  it('merges the schema, and judges the whole again', async () => {
    const type = freshType()
    await create({ type, summary: 'Pay {amount.value} to {payee}' })
    const path = `${base}/${type}`
    const patch = { schema: { properties: { note: null } }, title: { en: 'Payment' } }
    const changed = await read(await admin('PATCH', path, patch))
    const { note: _, ...properties } = schema.properties
    expect({
      changed,
      broken: await read(await admin('PATCH', path, { schema: { required: ['amount'] } })),
      named: await read(await admin('PATCH', path, { type: freshType() })),
      after: await read(await admin('GET', path)),
    }).toEqual({
      changed: {
        status: 200,
        body: {
          type,
          schema: { ...schema, properties },
          title: { en: 'Payment' },
          summary: 'Pay {amount.value} to {payee}',
          ...times,
        },
      },
      broken: invalid({
        field: 'summary',
        detail: '{payee} must be a required text, number or boolean',
      }),
      named: invalid({ field: 'type', detail: 'is not supported' }),
      after: changed,
    })
  })

  it('removes the summary, and the type', async () => {
    const type = freshType()
    await create({ type, summary: 'x' })
    const path = `${base}/${type}`
    expect({
      patched: await read(await admin('PATCH', path, { summary: null })),
      deleted: (await admin('DELETE', path)).status,
      again: await read(await admin('DELETE', path)),
      found: await read(await admin('GET', path)),
      changed: await read(await admin('PATCH', path, { title })),
    }).toEqual({
      patched: { status: 200, body: { type, schema, title, ...times } },
      deleted: 204,
      again: unknown,
      found: unknown,
      changed: unknown,
    })
  })

  it('an address that can name no type is 404', async () => {
    expect(await read(await admin('GET', `${base}/a%20b`))).toEqual(unknown)
  })
})

describe('GET /admin/v1/authorization-details-types', () => {
  it('lists types in order of their names, a page at a time', async () => {
    const prefix = `list_${crypto.randomUUID()}`
    for (const name of ['b', 'a']) await create({ type: `${prefix}_${name}` })
    const pageAfter = async (cursor: string) =>
      Object((await read(await admin('GET', `${base}?limit=1&cursor=${cursor}`))).body)
    const first = await pageAfter(prefix)
    const second = await pageAfter(first.next_cursor)
    expect([first, second].map(({ items: [item] }) => item.type)).toEqual([
      `${prefix}_a`,
      `${prefix}_b`,
    ])
  })
})
