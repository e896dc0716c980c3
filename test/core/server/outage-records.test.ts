// The records in KV for the time when D1 does not answer: sealed for their own key, and written only if they
// have changed.
import { beforeEach, describe, expect, it } from 'vitest'
import type { Server } from '../../../src/core/authorization-server.ts'
import {
  keepSigningKeys,
  longestOutageRecord,
  openRecord,
  putRecord,
} from '../../../src/core/server/outage-records.ts'
import { utf8, utf8Text } from '../../../src/crypto/encoding.ts'

const now = 1_800_000_000
const published = [{ kid: 'a' }, { kid: 'b' }]
const record = JSON.stringify({ version: 1, keys: published })

/** Stands for the seal: it tells for what it was made. */
const sealed = (key: string, text: string): string => `outage record for ${key}: ${text}`

const keys = {
  seal: (purpose: string, plaintext: Uint8Array, context: string) =>
    Promise.resolve(`${purpose} for ${context}: ${utf8Text(plaintext)}`),
  open(purpose: string, text: string, context: string) {
    const beginning = `${purpose} for ${context}: `
    return Promise.resolve(text.startsWith(beginning) ? utf8(text.slice(beginning.length)) : null)
  },
}

let kv: Map<string, string> | null
let puts: { key: string; text: string; lifetime: number }[]
let reads: (readonly string[])[]
let isTaken: boolean

beforeEach(() => {
  kv = new Map()
  puts = []
  reads = []
  isTaken = true
})

const serverOf = (outageRefresh = true): Server =>
  Object.assign(Object.create(null), {
    keys,
    settings: { outageRefresh },
    signingKeys: { published: (at: number) => Promise.resolve(at === now ? published : []) },
    store: {
      outageRecords: {
        put(key: string, text: string, lifetime: number) {
          puts.push({ key, text, lifetime })
          return Promise.resolve(isTaken)
        },
        read(asked: readonly string[]) {
          reads.push(asked)
          const known = kv
          const found = (key: string) => known?.get(key) ?? null
          return Promise.resolve(
            known === null ? null : new Map(asked.map((key) => [key, found(key)])),
          )
        },
      },
    },
  })

const server = serverOf()

describe('A record', () => {
  it.each([true, false])(
    'is sealed for its key and its lifetime; KV has taken it: %s',
    async (taken) => {
      isTaken = taken
      expect({ taken: await putRecord(server, 'grant:7', { a: 1 }, 60), puts }).toEqual({
        taken,
        puts: [{ key: 'grant:7', text: sealed('grant:7', '{"a":1}'), lifetime: 60 }],
      })
    },
  )

  it('opens under its own key alone, and nothing is no record', async () => {
    const text = sealed('grant:7', '{"a":1}')
    expect({
      own: await openRecord(server, 'grant:7', text),
      other: await openRecord(server, 'grant:8', text),
      absent: await openRecord(server, 'grant:7', null),
      unread: await openRecord(server, 'grant:7', undefined),
    }).toEqual({ own: '{"a":1}', other: null, absent: null, unread: null })
  })
})

describe('The record of the signing keys', () => {
  const written = [
    {
      key: 'signing-keys',
      text: sealed('signing-keys', record),
      lifetime: longestOutageRecord,
    },
  ]
  const keepings: [string, string | null, typeof written][] = [
    ['is written where there is none', null, written],
    ['is written where KV has other keys', sealed('signing-keys', '{"version":1}'), written],
    ['is written where KV has it under another name', sealed('client:a', record), written],
    ['is not written again where KV has the same', sealed('signing-keys', record), []],
  ]

  it.each(keepings)('%s', async (_when, kept, expected) => {
    if (kept !== null) kv?.set('signing-keys', kept)
    await keepSigningKeys(server, now)
    expect({ puts, reads }).toEqual({ puts: expected, reads: [['signing-keys']] })
  })

  it('is not written where KV does not answer', async () => {
    kv = null
    await keepSigningKeys(server, now)
    expect(puts).toEqual([])
  })

  it('is neither read nor written where the operator has turned that off', async () => {
    await keepSigningKeys(serverOf(false), now)
    expect({ puts, reads }).toEqual({ puts: [], reads: [] })
  })
})
