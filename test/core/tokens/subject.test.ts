// Pairwise subjects: OpenID Connect Core 8.1.
import { expect, it } from 'vitest'
import { subjectFor } from '../../../src/core/tokens/subject.ts'
import { store } from '../../support/core-server.ts'
import { newClient, storeUser } from '../../support/records.ts'

const user = await storeUser(store.userAdministration)
const client = newClient()
const subject = (metadata: object, id = client.id) =>
  subjectFor({ ...client, id, metadata: { ...client.metadata, ...metadata } }, user)
const pairwise = (metadata: object, id?: string) =>
  subject({ subject_type: 'pairwise', ...metadata }, id)

it('a client that is not registered for pairwise subjects has the subject of the user', async () => {
  const sector = { sector_identifier_uri: 'https://one.example/uris' }
  expect(await subject(sector)).toBe(user.sub)
})

it('the host of the sector identifier makes the subject, whatever the redirect URIs are', async () => {
  const of = (sector: string, host: string) =>
    pairwise({
      sector_identifier_uri: `https://${sector}/uris`,
      redirect_uris: [`https://${host}/cb`],
    })
  const one = await of('one.example', 'a.example')
  expect({
    form: one,
    sameSector: await of('one.example', 'b.example'),
    otherSector: await of('two.example', 'a.example'),
    byRedirect: await pairwise({ redirect_uris: ['https://one.example/cb'] }),
  }).toEqual({
    form: expect.stringMatching(/^pws_[\w-]{32}$/),
    sameSector: one,
    otherSector: expect.not.stringMatching(one),
    byRedirect: one,
  })
})

it('a client whose hosts nothing proves is a sector of its own', async () => {
  const of = (id: string) => pairwise({ redirect_uris: ['com.example.app:/cb'] }, id)
  const one = await of('one')
  expect({ again: await of('one'), other: await of('two') }).toEqual({
    again: one,
    other: expect.not.stringMatching(one),
  })
})
