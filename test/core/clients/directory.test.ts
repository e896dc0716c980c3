import { describe, expect, it } from 'vitest'
import { ClientDirectory } from '../../../src/core/clients/directory.ts'
import type { Client, ClientStore } from '../../../src/core/clients/storage.ts'
import { newClient } from '../../support/records.ts'

/** A store that knows some clients and counts how often it is asked. */
function storeOf(clients: Client[]) {
  const asked: string[] = []
  const refuse = () => Promise.reject(new Error('not here'))
  const store: ClientStore = {
    async find(id) {
      asked.push(id)
      return clients.find((client) => client.id === id) ?? null
    },
    create: refuse,
    list: refuse,
    listOfOwner: refuse,
    change: refuse,
    delete: refuse,
    longestAccessTokenLifetime: refuse,
  }
  return { store, asked }
}

describe('clients through a cache of ten seconds', () => {
  it('asks once in ten seconds', async () => {
    const { store, asked } = storeOf([newClient({ id: 'a' })])
    const directory = new ClientDirectory(store, 10)
    for (const instant of [0, 1, 9.9, 10, 19.9, 20]) await directory.find('a', instant)
    expect(asked).toEqual(['a', 'a', 'a'])
  })

  it('asks again where the clock has jumped back (F29)', async () => {
    const { store, asked } = storeOf([newClient({ id: 'a' })])
    const directory = new ClientDirectory(store, 10)
    for (const instant of [3600, 0]) await directory.find('a', instant)
    expect(asked).toEqual(['a', 'a'])
  })

  it('asks each time where the setting says 0', async () => {
    const { store, asked } = storeOf([newClient({ id: 'a' })])
    const directory = new ClientDirectory(store, 0)
    for (const instant of [0, 0, 0]) await directory.find('a', instant)
    expect(asked).toEqual(['a', 'a', 'a'])
  })

  it('never remembers that there is none: a client that is made works at once', async () => {
    const clients: Client[] = []
    const { store } = storeOf(clients)
    const directory = new ClientDirectory(store, 10)
    expect(await directory.find('a', 0)).toBeNull()
    clients.push(newClient({ id: 'a' }))
    expect(await directory.find('a', 0)).not.toBeNull()
  })

  it('forgets a client that is told to have changed', async () => {
    const { store, asked } = storeOf([newClient({ id: 'a' })])
    const directory = new ClientDirectory(store, 10)
    await directory.find('a', 0)
    directory.forget('a')
    await directory.find('a', 0)
    expect(asked).toEqual(['a', 'a'])
  })

  it('remembers a thousand and no more', async () => {
    const many = Array.from({ length: 1_200 }, (_, index) => newClient({ id: `client ${index}` }))
    const directory = new ClientDirectory(storeOf(many).store, 10)
    for (const { id } of many) await directory.find(id, 0)
    expect(many.filter(({ id }) => directory.remembers(id, 0))).toHaveLength(1_000)
  })

  it('pushes out no client for names that nobody has', async () => {
    const directory = new ClientDirectory(storeOf([newClient({ id: 'a' })]).store, 10)
    await directory.find('a', 0)
    for (let index = 0; index < 1_000; index += 1) await directory.find(`none ${index}`, 0)
    expect(directory.remembers('a', 0)).toBe(true)
  })

  it('knows a client no longer that a later look-up did not find', async () => {
    const clients = [newClient({ id: 'a' })]
    const directory = new ClientDirectory(storeOf(clients).store, 10)
    await directory.find('a', 0)
    clients.pop()
    const before = directory.lastKnown('a')?.id
    expect([await directory.find('a', 20), before, directory.lastKnown('a')]).toEqual([
      ...[null, 'a', null],
    ])
  })

  it('keeps nothing where the setting says 0', async () => {
    const directory = new ClientDirectory(storeOf([newClient({ id: 'a' })]).store, 0)
    await directory.find('a', 0)
    expect(directory.lastKnown('a')).toBeNull()
  })

  it('takes names that objects inherit for names', async () => {
    const directory = new ClientDirectory(storeOf([]).store, 10)
    const found = ['__proto__', 'constructor', 'toString'].map((id) => directory.find(id, 0))
    expect(await Promise.all(found)).toEqual([null, null, null])
  })
})
