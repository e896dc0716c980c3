// Authorization details as a person reads them: nothing is granted unseen.
import { describe, expect, it } from 'vitest'
import { detailsInWords } from '../../../src/core/tokens/shown-details.ts'
import { coreServer } from '../../support/core-server.ts'

/** An entry in the words of its type; without `words`, of a type that the operator does not have. */
const shown = (detail: object, words?: object) => {
  const types = new Map(words === undefined ? [] : [['payment', { metadata: words }]])
  const { as } = coreServer({ detailsTypes: { all: () => Promise.resolve(types) } })
  return detailsInWords(as, [{ type: 'payment', ...detail }], 'en')
}
const listed = async (detail: object) => (await shown(detail))[0]?.members

describe('details in words', () => {
  it('are none, without a look at the types, where there are none', async () => {
    expect(await detailsInWords(coreServer({ detailsTypes: null }).as, [], 'en')).toEqual([])
  })

  it('have the title and the summary of their type, and list what it does not say', async () => {
    const words = { title: 'A payment', summary: 'Pay {amount.value} to {creditor}.' }
    const detail = { amount: { value: 5, currency: 'EUR' }, creditor: 'Dory' }
    expect(await shown(detail, words)).toEqual([
      {
        title: 'A payment',
        summary: ['Pay ', '5', ' to ', 'Dory', '.'],
        members: [{ name: 'amount.currency', values: ['EUR'] }],
      },
    ])
  })

  it('list a member whose name the summary has as a word and not as a value', async () => {
    const words = { title: 'A payment', summary: 'purpose{creditor}' }
    expect(await shown({ creditor: 'Dory', purpose: 'tea' }, words)).toEqual([
      {
        title: 'A payment',
        summary: ['purpose', 'Dory', ''],
        members: [{ name: 'purpose', values: ['tea'] }],
      },
    ])
  })

  it('are called by their type, and listed whole, where the operator has it no longer', async () => {
    expect(await shown({ purpose: 'tea' })).toEqual([
      { title: 'payment', summary: [''], members: [{ name: 'purpose', values: ['tea'] }] },
    ])
  })

  it('list the values of a list as one member, and whatever a list of more contains', async () => {
    expect({
      values: await listed({ days: ['Monday', 2, true] }),
      objects: await listed({ steps: [{ to: 'a' }, { to: 'b' }] }),
      mixed: await listed({ steps: ['first', { to: 'b' }, ['c']] }),
    }).toEqual({
      values: [{ name: 'days', values: ['Monday', '2', 'true'] }],
      objects: [
        { name: 'steps.0.to', values: ['a'] },
        { name: 'steps.1.to', values: ['b'] },
      ],
      mixed: [
        { name: 'steps.0', values: ['first'] },
        { name: 'steps.1.to', values: ['b'] },
        { name: 'steps.2', values: ['c'] },
      ],
    })
  })
})
