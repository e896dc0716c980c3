// The authorization details of a request: what an entry must be, where it may be used, what is kept.
import { describe, expect, it } from 'vitest'
import {
  claimedDetails,
  judgeDetails,
  keptDetails,
  narrowedDetails,
  readAuthorizationDetails,
  refuseDetails,
  remainingDetails,
  requireLocations,
  storedDetails,
} from '../../../src/core/tokens/details.ts'
import type { AuthorizationDetail } from '../../../src/core/tokens/details.ts'
import { parseParameters } from '../../../src/protocol/parameters.ts'
import { coreServer, descriptionOf, targetOf, unregistered } from '../../support/core-server.ts'
import { newClient } from '../../support/records.ts'

const { metadata } = newClient()
const client = newClient({ metadata: { ...metadata, authorization_details_types: ['payment'] } })

const number = { type: 'integer' }
const text = { type: 'string', maxLength: 1_000 }
const step = { type: 'object', properties: { a: number, b: number } }
const members = {
  ...{ id: number, note: text, zone: text },
  ...{ notes: { type: 'array', items: text, maxItems: 100 } },
  ...{ steps: { type: 'array', items: step, maxItems: 3 } },
}
const locations = { type: 'array', items: text, maxItems: 3 }
const known = { metadata: { schema: { type: 'object', properties: { ...members, locations } } } }
const types = new Map([
  ['payment', known],
  ['statement', known],
])
const { as } = coreServer({ detailsTypes: { all: () => Promise.resolve(types) } })

const parametersOf = (details: string) =>
  parseParameters(new URLSearchParams({ authorization_details: details }).toString())
const payment = (facts: object = {}): AuthorizationDetail => ({ type: 'payment', ...facts })
const payments = (many: number) => Array.from({ length: many }, (_, id) => payment({ id }))

const judged = (value: unknown) => judgeDetails(as, client, value)
const faultOf = (value: unknown) => descriptionOf(() => judged(value))
const faultOfText = (value: string) =>
  descriptionOf(() => readAuthorizationDetails(as, client, parametersOf(value)))
const [one, alias] = ['https://one.example/', 'https://alias.example/']
const said = (fault: string) => `the authorization_details ${fault}`

describe('authorization details', () => {
  it('are at most 16384 bytes, however few characters these are', async () => {
    const ofBytes = (bytes: number) => {
      const notes = Array(20).fill('é'.repeat(400))
      const [start, end] = JSON.stringify([payment({ notes, note: '|' })]).split('|')
      const missing = bytes - new TextEncoder().encode(`${start}${end}`).byteLength
      return `${start}${'x'.repeat(missing)}${end}`
    }
    expect(await faultOfText(ofBytes(16_384))).toBe('none')
    expect(await faultOfText(ofBytes(16_385))).toBe(said('are longer than 16384 bytes'))
  })

  it('are JSON', async () => {
    expect(await faultOfText('[{')).toBe(said('are not valid JSON'))
  })

  it('are a list of 1 to 20 entries', async () => {
    const fault = said('must be a JSON array of 1 to 20 objects')
    expect({
      none: await faultOf([]),
      one: await faultOf(payments(1)),
      most: await faultOf(payments(20)),
      more: await faultOf(payments(21)),
      alone: await faultOf(payment()),
    }).toEqual({ none: fault, one: 'none', most: 'none', more: fault, alone: fault })
  })

  it.each([[{}], [{ type: 5 }], [5], ['payment'], [['payment']]])(
    'have no entry %j: each is an object with a type',
    async (entry) => {
      expect(await faultOf([entry])).toBe(said('have an entry that is not an object with a type'))
    },
  )

  it('have no entry of a type that is unknown or not for the client, and none that is invalid', async () => {
    const entry = { type: 'payment' }
    const notForIt = said('have an entry of a type that the client may not use')
    expect({
      unknown: await faultOf([entry, { type: 'none' }]),
      ofOthers: await faultOf([entry, { type: 'statement' }]),
      ofNobody: await descriptionOf(() => judgeDetails(as, newClient(), [entry])),
      invalid: await faultOf([entry, { ...entry, id: 'x' }]),
    }).toEqual({
      unknown: said('have an entry of an unknown type'),
      ...{ ofOthers: notForIt, ofNobody: notForIt },
      invalid: said('have an entry that is not valid for its type'),
    })
  })

  it('are none where the request has no such parameter', async () => {
    expect(await readAuthorizationDetails(as, client, parseParameters('scope=read'))).toEqual([])
  })

  it('have no two equal entries, whatever the order of the members at any depth', async () => {
    const fault = said('have two equal entries')
    expect({
      same: await faultOf([payment(), payment()]),
      turned: await faultOf([payment({ id: 1, note: 'x' }), payment({ note: 'x', id: 1 })]),
      deep: await faultOf([
        payment({ steps: [{ a: 1, b: 2 }] }),
        payment({ steps: [{ b: 2, a: 1 }] }),
      ]),
      other: await faultOf([payment({ id: 1 }), payment({ id: 2 })]),
    }).toEqual({ same: fault, turned: fault, deep: fault, other: 'none' })
  })

  it('are kept with the members after the type in alphabetical order, and lists in their own', async () => {
    const steps = [
      { b: 2, a: 1 },
      { b: 1, a: 2 },
    ]
    expect(keptDetails(await judged([{ zone: 'z', type: 'payment', steps, id: 7 }]))).toBe(
      '[{"type":"payment","id":7,"steps":[{"a":1,"b":2},{"a":2,"b":1}],"zone":"z"}]',
    )
  })

  it('are kept as nothing where there are none, and read as none from nothing', () => {
    expect({
      kept: keptDetails([]),
      read: [storedDetails(undefined), storedDetails(null), storedDetails('[{"type":"payment"}]')],
    }).toEqual({ kept: undefined, read: [[], [], [payment()]] })
  })

  it('are refused where nobody can be shown them', async () => {
    expect(await descriptionOf(() => refuseDetails(parametersOf('[]')))).toBe(
      said('cannot be granted without the consent of the user'),
    )
    expect(await descriptionOf(() => refuseDetails(parseParameters('scope=read')))).toBe('none')
  })

  it.each([[undefined], [null], ['payment'], [[{}]], [{ type: 'payment' }]])(
    'are none in a claim %j',
    (claim) => {
      expect(claimedDetails(claim)).toEqual([])
    },
  )
})

describe('the locations of an entry', () => {
  const targets = [
    targetOf({ resource: one, aliases: [alias] }),
    unregistered('https://two.example'),
  ]
  const faultAt = (...locations: unknown[]) =>
    descriptionOf(() => requireLocations(targets, [payment({ locations })]))

  it.each([one, 'https://ONE.example', alias, 'https://Alias.example', 'https://two.example/'])(
    'may be %s, a spelling of a resource of the request',
    async (location) => {
      expect(await faultAt(location)).toBe('none')
    },
  )

  it.each([['https://three.example/'], ['one'], [5], [[one]], [null]])(
    'are no %j besides such a one',
    async (location) => {
      expect(await faultAt(one, location)).toBe(
        said('have locations that the request does not name as resource'),
      )
    },
  )

  it('are those of every entry, and an entry without any lies everywhere', async () => {
    const faultOfAll = (...entries: AuthorizationDetail[]) =>
      descriptionOf(() => requireLocations(targets, entries))
    const beyond = payment({ locations: ['https://three.example/'] })
    expect({
      anywhere: await faultOfAll(payment()),
      one: await faultOfAll(payment({ locations: [one] }), beyond),
    }).toEqual({
      anywhere: 'none',
      one: said('have locations that the request does not name as resource'),
    })
  })
})

describe('the entries of a token', () => {
  const targets = [unregistered(one)]
  const here = payment({ id: 1, locations: [one] })
  const there = payment({ id: 2, locations: [alias] })
  const lost = { type: 'statement' }
  const granted = [payment({ id: 3 }), here, there]
  const narrowed = (form: string) =>
    narrowedDetails(as, client, granted, targets, parseParameters(form))
  const faultOfNamed = (...named: object[]) =>
    descriptionOf(() =>
      narrowedDetails(as, client, granted, targets, parametersOf(JSON.stringify(named))),
    )

  it('are all that were granted and lie within its resources, where the request names none', async () => {
    expect(await narrowed('')).toEqual([payment({ id: 3 }), here])
  })

  it('are those that the request names, whatever the order of their members', async () => {
    const named = encodeURIComponent(
      '[{"locations":["https://one.example/"],"id":1,"type":"payment"}]',
    )
    expect(await narrowed(`authorization_details=${named}`)).toEqual([here])
  })

  it('are none that was not granted, or that lies beyond its resources', async () => {
    expect({
      notGranted: await faultOfNamed(here, payment({ id: 4 })),
      beyond: await faultOfNamed(here, there),
    }).toEqual({
      notGranted: said('have an entry that was not granted'),
      beyond: said('have locations that the request does not name as resource'),
    })
  })

  it('are those that the client may still use, never none where all have been lost', async () => {
    const remaining = (...details: AuthorizationDetail[]) =>
      remainingDetails(as, client, details, targets)
    expect({ none: await remaining(), some: await remaining(lost, here) }).toEqual({
      ...{ none: [], some: [here] },
    })
    expect(await descriptionOf(() => remaining(lost))).toBe(
      said('that were granted may not be used any more'),
    )
  })
})
