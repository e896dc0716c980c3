// Whom a row of an import means, and what becomes of people who have an account here: section 7 of the
// operator's side, "Identity" and "Made precise", and row O35.
import { describe, expect, it } from 'vitest'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { beginImport, importRows, newRow, report, userNamed } from '../support/imports.ts'
import { grantOf, passwordGrant, refresh } from '../support/tokens.ts'
import { read } from '../support/http.ts'

const newEmail = () => `${crypto.randomUUID()}@example.com`
const error = (code: string, field: string, detail: string, line = 1) => ({
  line,
  field,
  detail,
  code,
})
const taken = (field: string, line = 1) =>
  error('taken', field, 'is the username, the email or the sub of another user', line)
const skipped = report({ skipped: 1, skipped_by: { exists: 1 } })
const failed = (fault: ReturnType<typeof error>) => report({ failed: 1, errors: [fault] })

/** Imports one row into a namespace, by an import of its own. */
async function importOne(sourceId: string, row: object, rules: object = {}) {
  return importRows(await beginImport({ source_id: sourceId, ...rules }), [row])
}

describe('the same external id in the same namespace', () => {
  it('is the same person: skip leaves them alone, fail is an error', async () => {
    const source = crypto.randomUUID()
    const row = newRow({ name: 'First' })
    await importOne(source, row)
    const later = { ...row, name: 'Second' }
    expect({
      skip: await importOne(source, later),
      fail: await importOne(source, later, { on_existing: 'fail' }),
      name: (await userNamed(row.username))?.name,
    }).toEqual({
      skip: skipped,
      fail: failed(error('exists', '', 'this user has an account')),
      name: 'First',
    })
  })

  it('is updated by update, and what a row does not say stays', async () => {
    const source = crypto.randomUUID()
    const email = newEmail()
    const row = newRow({ email, email_verified: true, name: 'First', claims: { a: 1, b: 2 } })
    await importOne(source, row)
    const username = `renamed-${crypto.randomUUID()}`
    const change = { line: 1, external_id: row.external_id, username, claims: { b: 3 } }
    const answer = await importOne(source, change, { on_existing: 'update' })
    expect({
      answer,
      user: await userNamed(username),
      oldName: (await admin('POST', '/users', { username: row.username })).status,
    }).toMatchObject({
      answer: report({ updated: 1 }),
      user: { username, email, email_verified: true, name: 'First', claims: { a: 1, b: 3 } },
      oldName: 201,
    })
  })

  it('twice in one import is an error of the second row', async () => {
    const [row, update] = [newRow(), { on_existing: 'update' }]
    const detail = 'is in an earlier row of this import'
    const second = { ...newRow(), line: 2, external_id: row.external_id }
    const id = await beginImport(update)
    const inOne = await importRows(id, [row, second])
    const inTwo = await importRows(id, [{ ...second, line: 3 }], 2)
    expect({ inOne, inTwo }).toEqual({
      inOne: report({
        created: 1,
        failed: 1,
        errors: [error('duplicate', 'external_id', detail, 2)],
      }),
      inTwo: failed(error('duplicate', 'external_id', detail, 3)),
    })
  })

  it('in another namespace is somebody else', async () => {
    const row = newRow()
    await importOne(crypto.randomUUID(), row)
    const other = { ...newRow(), external_id: row.external_id }
    expect(await importOne(crypto.randomUUID(), other)).toEqual(report({ created: 1 }))
  })

  it('never gets another password once they have signed in here', async () => {
    const client = await registerClient()
    const source = crypto.randomUUID()
    const row = newRow({ password: { plain: 'the first password' } })
    const changed = { ...row, password: { plain: 'the second password' } }
    const works = async (password: string) =>
      (await passwordGrant(client, { username: row.username, password })).status === 200
    await importOne(source, row)
    await importOne(source, changed, { on_existing: 'update' })
    const before = await works('the second password')
    await importOne(source, row, { on_existing: 'update' })
    expect({
      before,
      first: await works('the first password'),
      second: await works('the second password'),
    }).toEqual({ before: true, first: false, second: true })
  })

  it('ends the access of somebody whom an update disables, also once they are enabled again', async () => {
    const client = await registerClient()
    const source = crypto.randomUUID()
    const row = newRow({ password: { plain: 'a long password' } })
    await importOne(source, row)
    const user = { username: row.username, password: 'a long password' }
    const { refresh_token } = await grantOf(passwordGrant(client, user, { scope: 'openid' }))
    await importOne(source, { ...row, disabled: true }, { on_existing: 'update' })
    await importOne(source, { ...row, disabled: false }, { on_existing: 'update' })
    expect({
      refreshed: (await refresh(client, refresh_token)).status,
      signedIn: (await passwordGrant(client, user)).status,
    }).toEqual({ refreshed: 400, signedIn: 200 })
  })
})

describe('an e-mail address', () => {
  it('means one person by match_email, if both systems have verified it', async () => {
    const source = crypto.randomUUID()
    const user = await registerUser({ email_verified: true })
    const row = newRow({ email: user.email.toUpperCase(), email_verified: true })
    const match = { match_email: true, on_existing: 'update' }
    expect({
      without: await importOne(source, row),
      unproved: await importOne(source, { ...row, email_verified: false }, match),
      matched: await importOne(source, { ...row, username: undefined, name: 'M' }, match),
      // The user has the external id by now.
      byId: await importOne(source, { line: 1, external_id: row.external_id }),
    }).toEqual({
      without: failed(taken('email')),
      unproved: failed(taken('email')),
      matched: report({ updated: 1 }),
      byId: skipped,
    })
    expect(await userNamed(user.username)).toMatchObject({ id: user.id, name: 'M' })
  })

  it('that is not verified here means nobody', async () => {
    const { email } = await registerUser()
    const row = newRow({ email, email_verified: true })
    expect(await importOne(crypto.randomUUID(), row, { match_email: true })).toEqual(
      failed(taken('email')),
    )
  })

  it('of two people of one source is not the same person', async () => {
    const source = crypto.randomUUID()
    const email = newEmail()
    const match = { match_email: true }
    await importOne(source, newRow({ email, email_verified: true }), match)
    expect(await importOne(source, newRow({ email, email_verified: true }), match)).toEqual(
      failed(taken('email')),
    )
  })
})

describe('a username', () => {
  it('alone is an error, and one person by match_username', async () => {
    const { username } = await registerUser()
    const row = newRow({ username: username.toUpperCase() })
    const source = crypto.randomUUID()
    expect({
      without: await importOne(source, row),
      matched: await importOne(source, row, { match_username: true }),
    }).toEqual({ without: failed(taken('username')), matched: skipped })
  })
})

describe('a sub that is kept', () => {
  const keep = { keep_sub: true }

  it('is that of the user, and nobody can take it as a name', async () => {
    const sub = `auth0|${crypto.randomUUID()}`
    const row = newRow({ sub })
    const answer = await importOne(crypto.randomUUID(), row, keep)
    const user = await userNamed(row.username)
    await admin('PATCH', `/users/${user?.id}`, { username: `${row.username}-2` })
    expect({
      answer,
      sub: user?.sub,
      taken: (await admin('POST', '/users', { username: sub.toUpperCase() })).status,
    }).toEqual({ answer: report({ created: 1 }), sub, taken: 409 })
  })

  it('O35: that is another’s sub, username or email is an error', async () => {
    const source = crypto.randomUUID()
    const user = await registerUser()
    const first = newRow({ sub: crypto.randomUUID() })
    await importOne(source, first, keep)
    const answers = await Promise.all(
      [first.sub, user.username, user.email].map((sub) => importOne(source, newRow({ sub }), keep)),
    )
    expect(answers).toEqual([taken('sub'), taken('sub'), taken('sub')].map(failed))
  })

  it.each([
    ['with a space', 'a b', 'must be 1 to 255 visible ASCII characters'],
    ['of 300 characters', 'a'.repeat(300), 'must be 1 to 255 visible ASCII characters'],
    ['beyond ASCII', 'é', 'must be 1 to 255 visible ASCII characters'],
    ['like ours', `usr_${'a'.repeat(22)}`, 'must not look like a sub of this server'],
  ])('O35: %s is an error', async (_name, sub, detail) => {
    expect(await importOne(crypto.randomUUID(), newRow({ sub }), keep)).toEqual(
      failed(error('invalid', 'sub', detail)),
    )
  })

  it('that is missing is an error', async () => {
    expect(await importOne(crypto.randomUUID(), newRow(), keep)).toEqual(
      failed(error('invalid', 'sub', 'is missing, and the import keeps it')),
    )
  })
})

describe('links to providers', () => {
  it.each([
    ['stay where they come with an account', false],
    ['end where they were added to an account in use', true],
  ])('at a new password, %s', async (_what, isInUse) => {
    const source = { source_id: crypto.randomUUID() }
    const password = 'correct horse battery'
    const row = newRow({ created_at: 1_600_000_000, password: { plain: password } })
    await importRows(await beginImport(source), [row])
    const client = await registerClient()
    if (isInUse) await passwordGrant(client, { username: row.username, password })
    const link = { issuer: 'https://accounts.example', subject: crypto.randomUUID() }
    const update = await beginImport({ ...source, on_existing: 'update' })
    await importRows(update, [{ ...row, links: [link] }])
    const path = `/users/${(await userNamed(row.username))?.id}`
    const count = async () => {
      const answer = await admin('GET', `${path}/provider-links`)
      return (await answer.json<{ items: object[] }>()).items.length
    }
    const before = await count()
    await admin('PATCH', path, { password: 'a new password' })
    expect({ before, after: await count() }).toEqual({ before: 1, after: isInUse ? 0 : 1 })
  })

  const issuer = 'https://accounts.google.com'

  it('are made, and one that somebody has costs the link and not the person', async () => {
    const source = crypto.randomUUID()
    const link = { issuer, subject: crypto.randomUUID() }
    const first = newRow({ links: [link, link] })
    const second = newRow({ links: [link, { issuer, subject: crypto.randomUUID() }] })
    const detail = 'has a link to an account that another user is linked to'
    expect({
      first: await importOne(source, first),
      again: await importOne(source, first, { on_existing: 'update' }),
      second: await importOne(source, second),
    }).toEqual({
      first: report({ created: 1, links: { made: 1, unnamed: 0 } }),
      again: report({ updated: 1 }),
      second: report({
        created: 1,
        links: { made: 1, unnamed: 0 },
        errors: [error('link_taken', 'links', detail)],
      }),
    })
    const id = (await userNamed(first.username))?.id ?? 0
    const { body } = await read(await admin('GET', `/users/${id}/provider-links`))
    expect(body).toMatchObject({ items: [link] })
  })
})
