import { describe, expect, it } from 'vitest'
import { grantTypes } from '../../src/core/clients/metadata.ts'
import { read } from '../support/http.ts'
import { admin } from '../support/registry.ts'
import { adminToken, invalid, problem, send, sendText } from './operator.ts'

const fresh = () => `user-${crypto.randomUUID()}`

describe('a body', () => {
  it.each([
    ['truncated', '{"username":"a"', 'is not valid JSON'],
    ['empty', '', 'is not valid JSON'],
    ['with a byte order mark', '\ufeff{}', 'is not valid JSON'],
    ['null', 'null', 'is not a JSON object'],
    ['an array', '[]', 'is not a JSON object'],
    ['a string', '"x"', 'is not a JSON object'],
    ['with a name twice', '{"username":"a","username":"b"}', 'has a duplicate name in an object'],
    [
      'with a name twice, once escaped',
      String.raw`{"username":"a","\u0075sername":"b"}`,
      'has a duplicate name in an object',
    ],
    ['nested 30,000 deep', '['.repeat(30_000) + ']'.repeat(30_000), 'is nested too deeply'],
  ])('%s is refused', async (_, text, detail) => {
    const answer = await sendText('POST', '/users', text)
    expect(await read(answer)).toEqual(invalid({ field: '', detail }))
  })

  it('cannot reach a prototype', async () => {
    const text = `{"username":"${fresh()}","__proto__":{"role":"admin"},"claims":{"__proto__":{}}}`
    expect(await read(await sendText('POST', '/users', text))).toEqual(
      invalid(
        { field: '__proto__', detail: 'is not supported' },
        { field: 'claims.__proto__', detail: 'is not supported' },
      ),
    )
  })

  it('has no NUL and no half character, wherever it stands', async () => {
    const text = String.raw`{"username":"a\u0000b","name":"\ud800","claims":{"a\u0000":["\u0000"]}}`
    expect(await read(await sendText('POST', '/users', text))).toEqual(
      invalid(
        { field: 'username', detail: 'contains a NUL character' },
        { field: 'name', detail: 'contains an unpaired surrogate' },
        { field: 'claims.a\0', detail: 'contains a NUL character' },
        { field: 'claims.a\0.0', detail: 'contains a NUL character' },
      ),
    )
  })

  it('has no number that JSON could not give back', async () => {
    const text = `{"username":"${fresh()}","claims":{"height":1e999}}`
    expect(await read(await sendText('POST', '/users', text))).toEqual(
      invalid({ field: 'claims.height', detail: 'is a number that is too large' }),
    )
  })

  it('is strict UTF-8', async () => {
    const headers = { ...adminToken, 'Content-Type': 'application/json' }
    const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])
    const answer = await send('POST', '/users', headers, bytes)
    expect(await read(answer)).toEqual(problem(400, 'the body is not valid UTF-8'))
  })

  it('tells every fault at once, and names that are not known', async () => {
    const sent = { username: ' ', email: 'nobody', password: 'short', emial: 'a@b', scope: 'a  b' }
    expect(await read(await admin('POST', '/users', sent))).toEqual(
      invalid(
        { field: 'username', detail: 'must not be empty or begin or end with a space' },
        { field: 'email', detail: 'is not an address' },
        { field: 'password', detail: 'must have at least 8 characters' },
        { field: 'scope', detail: 'must be scope names separated by one space each' },
        { field: 'emial', detail: 'is not supported' },
      ),
    )
  })

  it.each([
    ['/users', { username: 7 }, 'username', 'must be a string'],
    ['/users', {}, 'username', 'is required'],
    ['/users', { disabled: 'yes' }, 'disabled', 'must be true or false'],
    ['/users', { claims: [] }, 'claims', 'must be an object'],
    ['/clients', { grant_types: 'password' }, 'grant_types', 'must be a list'],
    ['/clients', { grant_types: [] }, 'grant_types', 'must not be empty'],
    [
      '/clients',
      { grant_types: ['implicit'] },
      'grant_types.0',
      `must be one of ${grantTypes.join(', ')}`,
    ],
    ['/clients', { response_types: ['token'] }, 'response_types.0', 'must be code'],
    ['/clients', { client_name: '' }, 'client_name', 'must not be empty'],
    [
      '/clients',
      { client_name: 'x'.repeat(201) },
      'client_name',
      'must have at most 200 characters',
    ],
    ['/clients', { contacts: Array(11).fill('a') }, 'contacts', 'must have at most 10 entries'],
    ['/clients', { access_token_ttl: 0 }, 'access_token_ttl', 'must be at least 1'],
    ['/clients', { access_token_ttl: 1e9 }, 'access_token_ttl', 'must be at most 31536000'],
    ['/clients', { access_token_ttl: 1.5 }, 'access_token_ttl', 'must be a whole number'],
    ['/clients', { access_token_ttl: null }, 'access_token_ttl', 'must be a number'],
    [
      '/clients',
      { backchannel_logout_uri: 'ftp://a.example' },
      'backchannel_logout_uri',
      'must be an allowed URL',
    ],
    ['/clients', { jwks: {} }, 'jwks.keys', 'is required'],
    ['/clients', { jwks: { keys: [{}] } }, 'jwks.keys.0.kty', 'is required'],
  ])('of %s with %j: %s %s', async (path, sent, field, detail) => {
    const { body } = await read(await admin('POST', path, sent))
    expect(Object(body).errors).toContainEqual({ field, detail })
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])(
    'of type %s is 415 and says what is taken',
    async (type) => {
      const headers = { ...adminToken, 'Content-Type': type }
      const answer = await send('POST', '/users', headers, '{}')
      expect(answer.headers.get('Accept-Post')).toBe(
        'application/json, application/merge-patch+json',
      )
      expect(await read(answer)).toEqual(
        problem(415, 'send the body as JSON, with the header Content-Type: application/json'),
      )
    },
  )

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/merge-patch+json'])(
    'of type %s is taken',
    async (type) => {
      const body = JSON.stringify({ username: fresh() })
      const answer = await send('POST', '/users', { ...adminToken, 'Content-Type': type }, body)
      expect(answer.status).toBe(201)
    },
  )

  it('over 64 KiB is 413, with a length or without', async () => {
    const headers = { ...adminToken, 'Content-Type': 'application/json' }
    const text = JSON.stringify({ username: 'a'.repeat(70_000) })
    const chunked = new Blob([text]).stream()
    const refused = problem(413, 'the body is too large')
    expect(await read(await send('POST', '/users', headers, text))).toEqual(refused)
    expect(await read(await send('POST', '/users', headers, chunked))).toEqual(refused)
  })
})

describe('an address', () => {
  it.each([
    ['PUT', '/users', 'HEAD, GET, POST'],
    ['DELETE', '/clients', 'HEAD, GET, POST'],
    ['POST', '/users/1', 'HEAD, GET, PATCH, DELETE'],
    ['GET', '/users/1/logout', 'POST'],
    ['GET', '/clients/a/secret', 'POST'],
    ['GET', '/keys/rotate', 'POST'],
  ])('refuses %s %s and tells its methods', async (method, path, allow) => {
    const answer = await send(method, path, adminToken)
    expect(answer.headers.get('Allow')).toBe(allow)
    expect(await read(answer)).toEqual(problem(405, 'this address does not support the method'))
  })

  it('that is none is 404', async () => {
    const answer = await send('GET', '/user', adminToken)
    expect(await read(answer)).toEqual(problem(404, 'there is nothing at this address'))
  })

  it.each(['0', '-1', '01', '1.5', 'x', '9999999999999999', '%00', '%ff', '1%2f2'])(
    'names no user by %s',
    async (id) => {
      const answer = await send('GET', `/users/${id}`, adminToken)
      expect(await read(answer)).toEqual(problem(404, 'no such user'))
    },
  )

  it.each(['nobody', '%00', 'a%00b', '%ff', 'a'.repeat(3000)])(
    'names no client by %s',
    async (id) => {
      const answer = await send('GET', `/clients/${id}`, adminToken)
      expect(await read(answer)).toEqual(problem(404, 'no such client'))
    },
  )
})
