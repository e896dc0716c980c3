import { describe, expect, it } from 'vitest'
import { read } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { passwordGrant, refresh, signIn, userinfo } from '../support/tokens.ts'
import { invalid, problem } from './operator.ts'

const fresh = () => `user-${crypto.randomUUID()}`
const unknownUser = problem(404, 'no such user')
const anInstant = expect.any(Number)

describe('making a user', () => {
  it('answers 201 with where the user is and everything but the password', async () => {
    const username = fresh()
    const facts = { email: `${username}@example.com`, name: 'Dory', role: 'admin', scope: 'a b' }
    const sent = { username, ...facts, email_verified: true, claims: { locale: 'de' } }
    const answer = await admin('POST', '/users', { ...sent, password: 'dorypass' })
    const { status, body } = await read(answer.clone())
    const { id, created_at } = await answer.json<{ id: number; created_at: number }>()
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        ...sent,
        id: expect.any(Number),
        sub: expect.stringMatching(/^usr_[\w-]{22}$/),
        disabled: false,
        password: 'own',
        totp: false,
        last_signed_in_at: null,
        source_id: null,
        external_id: null,
        import_id: null,
        managed_by: null,
        delete_at: null,
        created_at: anInstant,
        updated_at: created_at,
      },
    })
    expect(answer.headers.get('Location')).toBe(`http://localhost:8787/admin/v1/users/${id}`)
    expect({
      isIdWhole: Number.isInteger(id),
      isCreatedAtWhole: Number.isInteger(created_at),
    }).toEqual({ isIdWhole: true, isCreatedAtWhole: true })
  })

  it('needs a username and nothing else', async () => {
    const username = fresh()
    const { body } = await read(await admin('POST', '/users', { username }))
    expect(body).toEqual({
      id: expect.any(Number),
      sub: expect.any(String),
      username,
      email: null,
      email_verified: false,
      name: null,
      role: null,
      scope: null,
      passkey: false,
      claims: {},
      disabled: false,
      password: 'none',
      totp: false,
      last_signed_in_at: null,
      source_id: null,
      external_id: null,
      import_id: null,
      managed_by: null,
      delete_at: null,
      created_at: anInstant,
      updated_at: anInstant,
    })
    expect(await read(await admin('POST', '/users', {}))).toEqual(
      invalid({
        field: 'username',
        detail: 'is required',
      }),
    )
  })

  it('gives each an id that is greater and never that of a deleted one', async () => {
    const first = await registerUser()
    await admin('DELETE', `/users/${first.id}`)
    const second = await registerUser()
    expect(second.id).toBeGreaterThan(first.id)
  })

  it.each([
    ['the same username', (name: string) => ({ username: name }), 'username'],
    ['one in capitals', (name: string) => ({ username: name.toUpperCase() }), 'username'],
    ['one in full width', (name: string) => ({ username: name.replace('u', 'ｕ') }), 'username'],
    [
      "another's e-mail as username",
      (name: string) => ({ username: `${name}@example.com` }),
      'username',
    ],
    [
      "another's e-mail",
      (name: string) => ({ username: fresh(), email: `${name}@EXAMPLE.com` }),
      'email',
    ],
  ])('refuses %s', async (_, facts, field) => {
    const { username } = await registerUser()
    const detail = 'is the username or email of another user'
    const answer = await admin('POST', '/users', { ...facts(username), password: 'a password' })
    expect(await read(answer)).toEqual(problem(409, 'already in use', [{ field, detail }]))
  })

  it.each([
    ['username', `usr_${'a'.repeat(22)}`, 'must not look like a subject identifier'],
    ['username', 'a\nb', 'must have no control characters'],
    ['password', 'seven77', 'must have at least 8 characters'],
    ['password', '😀😀😀😀', 'must have at least 8 characters'],
    ['password', 'long enough\0', 'contains a NUL character'],
    ['password', 'ä'.repeat(513), 'must have at most 1024 bytes'],
    ['name', '', 'must not be empty'],
    ['scope', '', 'must be scope names separated by one space each'],
    ['email_verified', true, 'must be false without an email'],
    ['id', 7, 'is not supported'],
    ['sub', 'x', 'is not supported'],
  ])('refuses the %s %j', async (field, value, detail) => {
    const answer = await admin('POST', '/users', { username: fresh(), [field]: value })
    expect(await read(answer)).toEqual(invalid({ field, detail }))
  })

  it.each(['sub', 'email', 'client_id', 'exp'])(
    'refuses the claim %s, which the server states itself',
    async (name) => {
      const answer = await admin('POST', '/users', { username: fresh(), claims: { [name]: 'x' } })
      const detail = 'is a claim that only the server sets'
      expect(await read(answer)).toEqual(invalid({ field: `claims.${name}`, detail }))
    },
  )
})

describe('changing a user', () => {
  it('changes what the patch names, removes what is null and leaves the rest', async () => {
    const user = await registerUser({ name: 'Before', role: 'editor', claims: { a: 1, b: 2 } })
    const before = await read(await admin('GET', `/users/${user.id}`))
    const patch = { name: 'After', role: null, claims: { a: null, c: { d: 3 } } }
    const answer = await read(await admin('PATCH', `/users/${user.id}`, patch))
    expect(answer).toEqual({
      status: 200,
      body: {
        ...Object(before.body),
        name: 'After',
        role: null,
        claims: { b: 2, c: { d: 3 } },
        updated_at: anInstant,
      },
    })
    expect(await read(await admin('GET', `/users/${user.id}`))).toEqual(answer)
  })

  it('lets a renamed user sign in by the new names and nobody by the old', async () => {
    const client = await registerClient()
    const user = await registerUser()
    const username = fresh()
    await admin('PATCH', `/users/${user.id}`, { username, email: null })
    const { password } = user
    const byNew = await passwordGrant(client, { username, password })
    const byOld = await passwordGrant(client, user)
    const byOldEmail = await passwordGrant(client, { username: user.email, password })
    expect({ byNew: byNew.status, byOld: byOld.status, byOldEmail: byOldEmail.status }).toEqual({
      byNew: 200,
      byOld: 400,
      byOldEmail: 400,
    })
    expect((await admin('POST', '/users', { username: user.username })).status).toBe(201)
  })

  it('takes a new address as not verified unless told so', async () => {
    const { id } = await registerUser({ email_verified: true })
    const verified = async (patch: object) =>
      (await (await admin('PATCH', `/users/${id}`, patch)).json<{ email_verified: boolean }>())
        .email_verified
    expect(await verified({ name: 'Dory' })).toBe(true)
    expect(await verified({ email: `${fresh()}@example.com` })).toBe(false)
    expect(await verified({ email: `${fresh()}@example.com`, email_verified: true })).toBe(true)
    expect(await verified({ email: null })).toBe(false)
  })

  it("refuses another's name and changes nothing", async () => {
    const [one, other] = [await registerUser(), await registerUser()]
    const patch = { username: other.email, name: 'Never' }
    const detail = 'is the username or email of another user'
    expect(await read(await admin('PATCH', `/users/${one.id}`, patch))).toEqual(
      problem(409, 'already in use', [{ field: 'username', detail }]),
    )
    const { username, name } = Object(
      (await read(await admin('GET', `/users/${one.id}`))).body,
    ) as Record<string, unknown>
    expect({ username, name }).toEqual({ username: one.username, name: null })
  })

  it.each([
    [{ username: null }, 'username', 'must be a string'],
    [{ disabled: 'yes' }, 'disabled', 'must be true or false'],
    [{ pasword: null }, 'pasword', 'is not supported'],
    [{ claims: { sub: null } }, 'claims.sub', 'is a claim that only the server sets'],
    [{ email: null, email_verified: true }, 'email_verified', 'must be false without an email'],
  ])('refuses %j', async (patch, field, detail) => {
    const { id } = await registerUser()
    const answer = await admin('PATCH', `/users/${id}`, patch)
    expect(await read(answer)).toEqual(invalid({ field, detail }))
  })

  it('that is not there is 404, whatever the names', async () => {
    const { username } = await registerUser()
    const patch = { username, password: 'a new password' }
    expect(await read(await admin('PATCH', '/users/999999999', patch))).toEqual(unknownUser)
  })
})

describe('ending what a user has', () => {
  it.each([
    ['a new password', { password: 'another password' }],
    ['no password', { password: null }],
    ['disabling', { disabled: true }],
  ])('%s ends every token', async (_, patch) => {
    const client = await registerClient()
    const user = await registerUser()
    const tokens = await signIn(client, user)
    expect((await admin('PATCH', `/users/${user.id}`, patch)).status).toBe(200)
    expect((await userinfo(tokens.access_token)).status).toBe(401)
    expect((await refresh(client, tokens.refresh_token)).status).toBe(400)
    expect((await passwordGrant(client, user)).status).toBe(400)
  })

  it('another name ends nothing', async () => {
    const client = await registerClient()
    const user = await registerUser()
    const tokens = await signIn(client, user)
    await admin('PATCH', `/users/${user.id}`, { name: 'Dory', disabled: false })
    expect((await userinfo(tokens.access_token)).status).toBe(200)
    expect((await refresh(client, tokens.refresh_token)).status).toBe(200)
  })

  it('enabling again lets the user in anew but brings no token back', async () => {
    const client = await registerClient()
    const user = await registerUser()
    const tokens = await signIn(client, user)
    await admin('PATCH', `/users/${user.id}`, { disabled: true })
    await admin('PATCH', `/users/${user.id}`, { disabled: false })
    expect((await refresh(client, tokens.refresh_token)).status).toBe(400)
    expect((await passwordGrant(client, user)).status).toBe(200)
  })

  it('signing out ends the tokens of all clients and of no other user', async () => {
    const [one, other] = [await registerClient(), await registerClient()]
    const [user, neighbour] = [await registerUser(), await registerUser()]
    const ended = [await signIn(one, user), await signIn(other, user)]
    const alive = await signIn(one, neighbour)
    const answer = await read(await admin('POST', `/users/${user.id}/logout`))
    expect(answer).toEqual({ status: 204, body: '' })
    for (const tokens of ended) expect((await userinfo(tokens.access_token)).status).toBe(401)
    expect((await userinfo(alive.access_token)).status).toBe(200)
    expect((await passwordGrant(one, user)).status).toBe(200)
  })

  it('deleting ends every token, frees the names and is said once', async () => {
    const client = await registerClient()
    const user = await registerUser()
    const tokens = await signIn(client, user)
    const path = `/users/${user.id}`
    expect(await read(await admin('DELETE', path))).toEqual({ status: 204, body: '' })
    expect((await userinfo(tokens.access_token)).status).toBe(401)
    expect((await refresh(client, tokens.refresh_token)).status).toBe(400)
    const { username, email } = user
    expect((await admin('POST', '/users', { username, email })).status).toBe(201)
    expect(await read(await admin('DELETE', path))).toEqual(unknownUser)
    expect(await read(await admin('POST', `${path}/logout`))).toEqual(unknownUser)
  })
})
