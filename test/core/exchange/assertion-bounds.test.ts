// The resources of an assertion: what its claim may be, and how it bounds those of the request.
import { describe, expect, it } from 'vitest'
import { assertedTargets } from '../../../src/core/exchange/assertion-bounds.ts'
import { parseParameters } from '../../../src/protocol/parameters.ts'
import { coreServer, descriptionOf, refusalOf } from '../../support/core-server.ts'
import { newClient, now } from '../../support/records.ts'

const { as } = coreServer()
const client = newClient()
const [one, two] = ['https://one.example/', 'https://two.example/']

/** The resources of a request with an assertion. */
async function ask(resource: unknown, ...named: string[]): Promise<string[]> {
  const form = new URLSearchParams(named.map((uri) => ['resource', uri])).toString()
  const parameters = parseParameters(form, { mayRepeat: () => true })
  const claims = { iss: client.id, sub: 'somebody', aud: 'here', exp: now + 60, resource }
  return (await assertedTargets(as, client, parameters, claims)).map(({ uri }) => uri)
}

describe('the resource claim of an assertion', () => {
  it('is what the token is for, unless the request names some of it', async () => {
    expect({
      one: await ask(one),
      both: await ask([one, two]),
      named: await ask([one, two], two),
      spelled: await ask(one, 'https://ONE.example'),
      without: await ask(undefined, two),
    }).toEqual({
      ...{ one: [one], both: [one, two], named: [two] },
      ...{ spelled: ['https://ONE.example'], without: [two] },
    })
  })

  it('bounds each resource that the request names', async () => {
    const beyond = (...named: string[]) => refusalOf(() => ask([one], ...named))
    expect({
      other: await beyond(two),
      beside: await beyond(one, two),
    }).toEqual({ other: 'invalid_target', beside: 'invalid_target' })
  })

  it('names at least one resource and at most 20, and nothing else', async () => {
    const fault = (claimed: unknown) => descriptionOf(() => ask(claimed))
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => `https://api${index}.example/`)
    const malformed = 'the assertion has a malformed resource claim'
    expect({
      none: await fault([]),
      number: await fault(5),
      null: await fault(null),
      noUri: await fault('somewhere'),
      oneNumber: await fault([one, 5]),
      oneNoUri: await fault([one, 'somewhere']),
      twenty: await fault(many(20)),
      more: await fault(many(21)),
    }).toEqual({
      ...{ none: malformed, number: malformed, null: malformed, noUri: malformed },
      ...{ oneNumber: malformed, oneNoUri: malformed, twenty: 'none', more: malformed },
    })
  })
})
