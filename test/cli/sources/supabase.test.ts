import { describe, expect, it } from 'vitest'
import { passwords, personRow, read } from './rows.ts'

const bcrypt = '$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
const id = '0b5d0f4e-0000-4000-8000-000000000001'
const ada = {
  instance_id: '00000000-0000-0000-0000-000000000000',
  id,
  aud: 'authenticated',
  role: 'authenticated',
  email: 'ada@example.com',
  encrypted_password: bcrypt,
  email_confirmed_at: '2023-11-14 22:13:20.123456+00',
  raw_app_meta_data: { provider: 'email', providers: ['email', 'google'] },
  raw_user_meta_data: { full_name: 'Ada Lovelace', plan: 'gold' },
  created_at: '2023-11-14 22:13:20.123456+00',
  banned_until: '2026-01-01 00:00:01+00',
  deleted_at: null,
  is_anonymous: false,
}
const row = {
  external_id: id,
  email: 'ada@example.com',
  email_verified: true,
  name: 'Ada Lovelace',
  disabled: true,
  created_at: 1700000000,
  claims: { plan: 'gold' },
  password: { hash: bcrypt },
}

describe('supabase', () => {
  it('reads JSON of auth.users', async () => {
    const identities = [
      { provider: 'email', provider_id: id },
      { provider: 'google', provider_id: '1142', identity_data: { sub: '1142' } },
    ]
    expect(
      await read(
        { users: JSON.stringify([{ ...ada, identities }]) },
        {
          claims: ['plan'],
          links: { google: 'https://accounts.google.com' },
          keepSub: true,
        },
      ),
    ).toEqual({
      source: 'supabase',
      rows: [
        personRow(1, {
          ...row,
          sub: id,
          links: [{ issuer: 'https://accounts.google.com', subject: '1142' }],
        }),
      ],
    })
  })

  it('reads CSV of auth.users, with metadata as JSON in a cell', async () => {
    const cell = (value: unknown) => {
      const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value)
      return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    }
    const text = `${Object.keys(ada).join(',')}\n${Object.values(ada).map(cell).join(',')}\n`
    expect((await read({ users: text }, { claims: ['plan'] })).rows).toEqual([
      personRow(2, { ...row }),
    ])
  })

  it('skips who is deleted or anonymous; whose ban is over is enabled', async () => {
    const users = [
      { ...ada, deleted_at: '2023-11-14 22:13:20+00' },
      { ...ada, is_anonymous: true, email: null },
      { ...ada, banned_until: '2025-12-31 23:59:59+00', email_confirmed_at: null },
    ]
    expect((await read({ users: JSON.stringify(users) })).rows).toEqual([
      { file: 'users', line: 1, skipped: 'deleted' },
      { file: 'users', line: 2, skipped: 'anonymous' },
      {
        file: 'users',
        line: 3,
        person: {
          ...{ line: 3, external_id: id, email: 'ada@example.com', email_verified: false },
          ...{ name: 'Ada Lovelace', created_at: 1700000000, password: { hash: bcrypt } },
        },
      },
    ])
  })

  it('disables who is banned without an end', async () => {
    const { rows } = await read({ users: JSON.stringify([{ ...ada, banned_until: 'infinity' }]) })
    expect(rows).toMatchObject([{ person: { disabled: true } }])
  })

  it('takes its three kinds of hashes over; who signs in by a provider alone has none', async () => {
    const argon2 = '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA'
    const fbscrypt = '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=a2V5$c2FsdA==$aGFzaA=='
    const users = [
      { ...ada, encrypted_password: argon2 },
      { ...ada, encrypted_password: fbscrypt },
      { ...ada, encrypted_password: '' },
      { ...ada, encrypted_password: null, raw_app_meta_data: { providers: ['google'] } },
    ]
    expect(await passwords(JSON.stringify(users))).toEqual([
      argon2,
      fbscrypt,
      { reset: true, code: undefined },
      { code: undefined },
    ])
  })
})
