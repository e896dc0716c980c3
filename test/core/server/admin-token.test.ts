// Who an Authorization header names as the operator. In workerd, whose WebCrypto compares in constant time.
import { beforeEach, describe, expect, it } from 'vitest'
import {
  bearsAdminToken,
  findAdminToken,
  newAdminToken,
  operatorOf,
} from '../../../src/core/server/admin-token.ts'
import type { AdminToken } from '../../../src/core/server/storage.ts'
import { digestOf } from '../../../src/crypto/secret.ts'
import { requestToCore, server } from '../../support/authorization-server.ts'

const now = 1_800_000_000
const adminToken = 'what an operator has chosen'
const { id, text } = newAdminToken()
const token: AdminToken = {
  id,
  digest: await digestOf(text),
  name: 'a script',
  scope: 'read users',
  createdAt: now - 1000,
  expiresAt: now + 1000,
  lastUsedAt: null,
}

let asked: string[]
let noted: unknown[]

beforeEach(() => {
  asked = []
  noted = []
})

/** A server that has one admin token. */
const serverWith = (changes: Partial<AdminToken> = {}) =>
  requestToCore({
    now,
    settings: { ...server.settings, adminToken },
    waitUntil: (work) => noted.push(work),
    store: {
      ...server.store,
      adminTokens: Object.assign(Object.create(null), {
        find(wanted: string) {
          asked.push(wanted)
          return Promise.resolve(wanted === id ? { ...token, ...changes } : null)
        },
        noteUse: (used: string, at: number) => ({ used, at }),
      }),
    },
  })

const headers = (secret: string) => [
  { what: 'the token', header: `Bearer ${secret}`, isRight: true },
  { what: 'the token after more spaces', header: `bearer   ${secret}`, isRight: true },
  { what: 'no header', header: undefined, isRight: false },
  { what: 'another scheme', header: `Basic ${secret}`, isRight: false },
  { what: 'no space', header: `Bearer${secret}`, isRight: false },
  { what: 'text before', header: `a bearer ${secret}`, isRight: false },
  { what: 'a line after', header: `Bearer ${secret}\nmore`, isRight: false },
  { what: 'text after', header: `Bearer ${secret}x`, isRight: false },
]

describe('ADMIN_TOKEN', () => {
  it.each(headers(adminToken))('is in the header: $isRight, for $what', async (row) => {
    expect(await bearsAdminToken(serverWith(), row.header)).toBe(row.isRight)
  })
})

describe('An admin token', () => {
  it.each(headers(text))('is in the header: $isRight, for $what', async (row) => {
    expect({ found: await findAdminToken(serverWith(), row.header), asked }).toEqual(
      row.isRight ? { found: token, asked: [id] } : { found: null, asked: [] },
    )
  })

  it('counts until it expires', async () => {
    const foundUntil = (expiresAt: number) =>
      findAdminToken(serverWith({ expiresAt }), `Bearer ${text}`)
    expect({ now: await foundUntil(now), later: await foundUntil(now + 0.001) }).toEqual({
      now: null,
      later: { ...token, expiresAt: now + 0.001 },
    })
  })

  it('counts with its own secret alone, and a deleted one not at all', async () => {
    const { text: other } = newAdminToken()
    const forged = `pat_${id}.${other.slice(-43)}`
    expect({
      forged: await findAdminToken(serverWith(), `Bearer ${forged}`),
      deleted: await findAdminToken(serverWith(), `Bearer ${other}`),
      noted,
    }).toEqual({ forged: null, deleted: null, noted: [] })
  })

  it.each([
    ['is noted at first', null, true],
    ['is not noted again within a minute', now - 30, false],
    ['is not noted again after a minute', now - 60, false],
    ['is noted again later', now - 60.001, true],
  ])('%s', async (_when, lastUsedAt, isNoted) => {
    await findAdminToken(serverWith({ lastUsedAt }), `Bearer ${text}`)
    expect(noted).toEqual(isNoted ? [{ used: id, at: now }] : [])
  })
})

describe('The operator', () => {
  it('is root by ADMIN_TOKEN, and within the limits of an admin token by that', async () => {
    expect({
      root: await operatorOf(serverWith(), `Bearer ${adminToken}`),
      script: await operatorOf(serverWith(), `Bearer ${text}`),
      nobody: await operatorOf(serverWith(), 'Bearer of nothing'),
    }).toEqual({
      root: { actor: 'root', scope: null, expiresAt: null },
      script: { actor: `admin-token:${id}`, scope: ['read', 'users'], expiresAt: now + 1000 },
      nobody: null,
    })
  })
})
