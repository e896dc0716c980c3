// Which resources a client may name, and which of a grant a token is for.
import { beforeAll, describe, expect, it } from 'vitest'
import {
  machineTargets,
  mayName,
  nameableBy,
  namedTargets,
  narrowedTargets,
  remainingTargets,
  requestedTargets,
} from '../../../src/core/tokens/resource.ts'
import { parseParameters } from '../../../src/protocol/parameters.ts'
import {
  coreServer,
  refusalOf,
  storeResource,
  targetOf,
  unregistered,
} from '../../support/core-server.ts'
import { newClient } from '../../support/records.ts'

const one = 'https://one.example/'
const alias = 'https://alias.example/'
const listed = 'https://listed.example/'
const stranger = 'https://stranger.example/'
beforeAll(async () => {
  await storeResource({ resource: one, aliases: [alias] })
  await storeResource({ resource: listed, open_to: 'listed' })
})

const { metadata } = newClient()
const clientOf = (resources?: string[]) =>
  newClient({ metadata: { ...metadata, ...(resources === undefined ? {} : { resources }) } })
const client = clientOf()
const form = (...resource: string[]) =>
  parseParameters(new URLSearchParams(resource.map((uri) => ['resource', uri])).toString(), {
    mayRepeat: () => true,
  })
const urisOf = async (targets: Promise<readonly { uri: string }[]>) =>
  (await targets).map(({ uri }) => uri)
const invalid = 'invalid_target'

describe('a client may name', () => {
  it('what is open to all or lists it; what is not registered, where the server takes any', () => {
    const may = (target: Parameters<typeof mayName>[2], resources?: string[], setting = 'any') =>
      mayName(coreServer({}, { resources: setting }).as, clientOf(resources), target)
    const open = targetOf({ resource: one, aliases: [alias] })
    const closed = targetOf({ resource: listed, open_to: 'listed' })
    const other = unregistered(stranger)
    expect({
      open: [
        may(open),
        may(open, [one]),
        may(open, ['https://ALIAS.example']),
        may(open, [listed]),
      ],
      closed: [may(closed), may(closed, [one, listed]), may(closed, [one])],
      other: [may(other), may(other, ['https://STRANGER.example']), may(other, [one])],
      registeredAlone: [may(other, undefined, 'registered'), may(other, [stranger], 'registered')],
    }).toEqual({
      open: [true, true, true, false],
      closed: [false, true, false],
      other: [true, true, false],
      registeredAlone: [false, false],
    })
  })

  it('says so to the statement that decides', () => {
    const by = (setting: string, resources?: string[]) =>
      nameableBy(coreServer({}, { resources: setting }).as, clientOf(resources))
    expect({ any: by('any'), some: by('registered', ['https://ONE.example']) }).toEqual({
      any: { unregistered: true, listed: null },
      some: { unregistered: false, listed: [one] },
    })
  })
})

describe('a request', () => {
  it('names each resource once, in the registered spelling or that which comes first', async () => {
    const { as } = coreServer()
    const named = [alias, 'https://STRANGER.example', stranger, one]
    expect({
      requested: await urisOf(requestedTargets(as, client, form(...named))),
      none: await urisOf(requestedTargets(as, client, form())),
    }).toEqual({ requested: [one, 'https://STRANGER.example'], none: [] })
  })

  it('is refused for what is no resource indicator, and for too much', async () => {
    const { as } = coreServer()
    const by = (...named: string[]) => refusalOf(() => namedTargets(as, client, named))
    const long = (length: number) => `https://a.example/${'x'.repeat(length - 18)}`
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => `https://${index}.example/`)
    expect({
      relative: await by(one, 'relative'),
      fragment: await by('https://a.example/#a'),
      longest: await by(long(2_000)),
      longer: await by(long(2_001)),
      most: await by(...many(20)),
      more: await by(...many(21)),
      closed: await by(one, listed),
    }).toEqual({
      ...{ relative: invalid, fragment: invalid, longest: 'none', longer: invalid },
      ...{ most: 'none', more: invalid, closed: invalid },
    })
  })

  it('of a machine names what is registered for it, but in development', async () => {
    const by = (development: boolean, resources: string[] | undefined, ...named: string[]) =>
      refusalOf(() =>
        machineTargets(coreServer({}, { development }).as, clientOf(resources), form(...named)),
      )
    expect({
      development: await by(true, undefined, one),
      unlisted: await by(false, undefined, one),
      listed: await by(false, [one], one),
      none: await by(false, undefined),
    }).toEqual({ development: 'none', unlisted: invalid, listed: 'none', none: 'none' })
  })
})

describe('of a grant', () => {
  it('a token request narrows to what it names, under any spelling', async () => {
    const { as } = coreServer()
    const granted = [one, stranger]
    const by = (...named: string[]) => narrowedTargets(as, client, granted, form(...named))
    expect({
      all: await urisOf(by()),
      alias: await urisOf(by(alias)),
      spelling: await urisOf(by('https://STRANGER.example')),
      both: await urisOf(by(stranger, one)),
      more: await refusalOf(() => by(one, 'https://more.example/')),
    }).toEqual({ all: granted, alias: [one], spelling: [stranger], both: granted, more: invalid })
  })

  it('is left what the client may still name, and never nothing', async () => {
    const { as } = coreServer()
    expect({
      all: await urisOf(remainingTargets(as, client, [one, stranger])),
      some: await urisOf(remainingTargets(as, client, [one, listed])),
      nothing: await refusalOf(() => remainingTargets(as, client, [listed])),
      none: await urisOf(remainingTargets(as, client, [])),
    }).toEqual({ all: [one, stranger], some: [one], nothing: invalid, none: [] })
  })
})
