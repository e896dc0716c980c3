import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { admin, registerClient, registerPublicClient, registerUser } from '../support/registry.ts'
import { adminToken, send } from './operator.ts'

type Schema = { $ref?: string }
type Content = Record<string, { schema: Schema }>
type Operation = {
  operationId: string
  tags: string[]
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}
type Document = {
  openapi: string
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object> }
}

const described = async () => (await admin('GET', '/openapi.json')).json<Document>()

/** The schema that the document has for an answer, as one that checks. */
function checked({ paths, components }: Document, method: string, path: string, status: number) {
  const content = paths[`/admin/v1${path}`]?.[method]?.responses[status]?.content
  const schema = Object.values(content ?? {})[0]?.schema
  const name = schema?.$ref?.replace('#/components/schemas/', '')
  const found = name === undefined ? schema : components.schemas[name]
  // Zod looks for what a schema refers to in the schema itself.
  const whole = { ...found, additionalProperties: false, $defs: components.schemas }
  return z.fromJSONSchema(
    JSON.parse(JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/')),
  )
}

describe('the OpenAPI document', () => {
  it('names what can be done with users, clients, keys and the epoch', async () => {
    const { openapi, paths } = await described()
    const operations = Object.entries(paths).flatMap(([path, ofPath]) =>
      Object.keys(ofPath).map((method) => `${method} ${path.replace('/admin/v1', '')}`),
    )
    expect(openapi).toBe('3.1.1')
    expect(operations).toEqual(
      expect.arrayContaining([
        'get /users',
        'post /users',
        'get /users/{id}',
        'patch /users/{id}',
        'delete /users/{id}',
        'post /users/{id}/logout',
        'get /users/{id}/provider-links',
        'delete /users/{id}/provider-links/{link}',
        'get /clients',
        'post /clients',
        'get /clients/{client_id}',
        'patch /clients/{client_id}',
        'delete /clients/{client_id}',
        'post /clients/{client_id}/secret',
        'delete /clients/{client_id}/secret/previous',
        'post /clients/{client_id}/revoke',
        'get /keys',
        'post /keys/rotate',
        'post /keys/{kid}/withdraw',
        'post /keys/rewrap',
        'post /epoch',
        'get /openapi.json',
      ]),
    )
  })

  it('describes the answers as they are, member by member', async () => {
    const document = await described()
    const user = await registerUser({ claims: { locale: 'de' }, scope: 'a' })
    await env.DB.prepare(
      "INSERT INTO provider_links (issuer, subject, user_id, created_at) VALUES (?1, 's', ?1, 1)",
    )
      .bind(user.id)
      .run()
    const { client_secret: _, client_secret_expires_at: __, ...client } = await registerClient()
    const { client_id } = await registerPublicClient()
    const answers: [method: string, template: string, status: number, answer: Response][] = [
      ['get', '/users/{id}', 200, await admin('GET', `/users/${user.id}`)],
      ['get', '/users/{id}', 404, await admin('GET', '/users/x')],
      [
        'get',
        '/users/{id}/provider-links',
        200,
        await admin('GET', `/users/${user.id}/provider-links`),
      ],
      ['get', '/users', 200, await admin('GET', '/users?limit=2')],
      ['post', '/users', 400, await admin('POST', '/users', {})],
      ['post', '/users', 409, await admin('POST', '/users', { username: user.username })],
      ['get', '/clients', 200, await admin('GET', '/clients?limit=2')],
      ['get', '/clients/{client_id}', 200, await admin('GET', `/clients/${client.client_id}`)],
      ['get', '/clients/{client_id}', 200, await admin('GET', `/clients/${client_id}`)],
      ['get', '/settings', 200, await admin('GET', '/settings')],
      ['get', '/statistics', 200, await admin('GET', '/statistics?days=2')],
      ['get', '/events', 200, await admin('GET', '/events?limit=5')],
      ['get', '/tokens', 200, await admin('GET', '/tokens')],
      ['get', '/keys', 200, await admin('GET', '/keys')],
      ['post', '/keys/rewrap', 200, await admin('POST', '/keys/rewrap')],
      [
        'post',
        '/clients/{client_id}/secret',
        201,
        await admin('POST', `/clients/${client.client_id}/secret`),
      ],
    ]
    for (const [method, template, status, answer] of answers) {
      expect(answer.status).toBe(status)
      const { error } = checked(document, method, template, status).safeParse(await answer.json())
      expect({ template, issues: error?.issues }).toEqual({ template, issues: undefined })
    }
  })

  it('names no path that is not there, and its parameters', async () => {
    const { paths } = await described()
    for (const [template, ofPath] of Object.entries(paths)) {
      const path = template.replace('/admin/v1', '').replace(/\{\w+\}/, 'x')
      expect((await send('PROPFIND', path, adminToken)).status).toBe(405)
      const named = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const { parameters = [] } of Object.values(ofPath)) {
        const inPath = parameters.filter((parameter) => parameter.in === 'path')
        expect(inPath.map(({ name }) => name)).toEqual(named)
      }
    }
  })

  it('gives every operation a name of its own and one tag that it describes', async () => {
    const { paths, tags } = await described()
    const operations = Object.values(paths).flatMap((ofPath) => Object.values(ofPath))
    const ids = operations.map(({ operationId }) => operationId)
    expect(ids).toEqual([...new Set(ids)])
    expect(ids).toEqual(expect.arrayContaining(['listUsers', 'getClient', 'rotateKeys']))
    expect(new Set(operations.flatMap((operation) => operation.tags))).toEqual(
      new Set(tags.map(({ name }) => name)),
    )
  })

  it('says of every operation but itself that a token may lack the scope for it', async () => {
    const { paths } = await described()
    const open = Object.entries(paths).filter(([, ofPath]) =>
      Object.values(ofPath).some(({ responses }) => !('403' in responses)),
    )
    expect(open.map(([path]) => path)).toEqual(['/admin/v1/openapi.json'])
  })

  it('says of every operation what its answer is, and that there may be too many wrong tokens', async () => {
    const { paths } = await described()
    const operations = Object.values(paths).flatMap((ofPath) => Object.values(ofPath))
    const untold = operations.filter(({ responses }) =>
      Object.entries(responses).some(
        ([status, { content }]) => status !== '204' && content === undefined,
      ),
    )
    const unlimited = operations.filter(({ responses }) => !('429' in responses))
    expect({ untold, unlimited }).toEqual({ untold: [], unlimited: [] })
  })

  it('refers to nothing that it does not hold', async () => {
    const document = await described()
    const references = JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)
    const held = Object.keys(document.components.schemas)
    const missing = [...references].filter(([, name]) => !held.includes(name ?? ''))
    expect(missing).toEqual([])
    expect(JSON.stringify(document)).not.toContain('"#/$defs/')
  })

  it('says which bodies are taken', async () => {
    const { paths } = await described()
    const bodies = Object.entries(paths).flatMap(([path, ofPath]) =>
      Object.entries(ofPath).flatMap(([method, { requestBody }]) =>
        requestBody === undefined ? [] : [[method, path, requestBody.content]],
      ),
    )
    const body = (type: string, name: string) => ({
      [type]: { schema: { $ref: `#/components/schemas/${name}` } },
    })
    expect(bodies).toEqual(
      expect.arrayContaining([
        ['post', '/admin/v1/users', body('application/json', 'NewUser')],
        ['patch', '/admin/v1/users/{id}', body('application/merge-patch+json', 'UserPatch')],
        ['post', '/admin/v1/clients', body('application/json', 'NewClient')],
        [
          'patch',
          '/admin/v1/clients/{client_id}',
          body('application/merge-patch+json', 'ClientPatch'),
        ],
      ]),
    )
  })
})
