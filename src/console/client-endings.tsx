// What changes or ends the access of a client.
import { hasSecret } from '../core/clients/authentication.ts'
import {
  changeClient,
  deleteClient,
  endGrantsOfClient,
  rotateClientSecret,
} from '../core/clients/administration.ts'
import type { Client } from '../core/clients/storage.ts'
import { endGrantById } from '../core/people/access-administration.ts'
import { randomSecret } from '../crypto/secret.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { fill } from '../pages/fill.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { addressOf, clientIdIn, labelOf, mostCounted, readClient, upTo } from './client-place.tsx'
import { isAsShown } from './creation.tsx'
import { type Question, question, secretAnswer } from './question.tsx'
import { action, doneAt, once } from './screen.tsx'
import type { Visit } from './visit.ts'

const list = '/admin/clients'
const one = `${list}/:id`

type Counted = { client: Client; grantCount: number }

const readCounted = (visit: Visit): Promise<Counted | null> =>
  visit.as.store.console.countGrants(clientIdIn(visit), visit.as.now, mostCounted)

type Verb = 'rotate' | 'endAll' | 'disable' | 'delete'

function asking(verb: Verb, more: Partial<Question> = {}) {
  return ({ texts: { clients, users } }: Visit, { client, grantCount }: Counted): Question => {
    const submit = verb === 'disable' || verb === 'delete' ? users[verb] : clients[verb]
    return {
      title: `${submit}: ${labelOf(client)}`,
      text: fill(clients.questions[verb], {
        access: <strong>{clients.access(grantCount, mostCounted)}</strong>,
      }),
      submit,
      up: upTo(client),
      ...(verb === 'delete' ? { typed: labelOf(client) } : {}),
      ...more,
    }
  }
}

/** Returns the endpoint of a question about a client. */
const about = (
  path: string,
  ask: ReturnType<typeof asking>,
  act: (visit: Visit, client: Client, sent: Parameters) => Promise<Response | null>,
): Endpoint =>
  question<Counted>(`${one}/${path}`, {
    section: 'clients',
    list,
    read: readCounted,
    ask,
    act: (visit, { client }, sent) => act(visit, client, sent),
  })

const ended =
  (done: 'ended' | 'disabled', end: (visit: Visit, id: string) => Promise<Client | null>) =>
  async (visit: Visit, { id }: Client): Promise<Response | null> =>
    (await end(visit, id)) && doneAt(visit, addressOf(id), done)

export const clientEndingScreens: readonly Endpoint[] = [
  about('secret', asking('rotate', { isHarmless: true }), rotate),
  about(
    'end',
    asking('endAll'),
    ended('ended', ({ as }, id) => endGrantsOfClient(as, id)),
  ),
  about(
    'disable',
    asking('disable'),
    ended('disabled', ({ as }, id) =>
      changeClient(as, id, {
        kind: 'client.changed',
        fields: ['disabled'],
        decide: ({ disabledAt }) => ({ disabledAt: disabledAt ?? as.now }),
      }),
    ),
  ),
  about('delete', asking('delete'), async (visit, { id }) =>
    (await deleteClient(visit.as, id)) ? doneAt(visit, list, 'deleted') : null,
  ),
  action(`${one}/enable`, async (visit) => {
    const enabled = await changeClient(visit.as, clientIdIn(visit), {
      kind: 'client.changed',
      fields: ['disabled'],
      decide: () => ({ disabledAt: null }),
    })
    return enabled && doneAt(visit, addressOf(enabled.id), 'enabled')
  }),
  action(`${one}/end-previous`, async (visit, sent) => {
    const client = await readClient(visit)
    if (client === null) return null
    const here = addressOf(client.id)
    // After another rotation the old secret is the one that the app still uses.
    if (!isAsShown(client, sent)) return doneAt(visit, here, 'overtaken')
    await changeClient(visit.as, client.id, {
      kind: 'client.previous-secret-deleted',
      decide: ({ previousSecretDigest: previous }) =>
        previous === client.previousSecretDigest ? { previousSecretDigest: null } : {},
    })
    return doneAt(visit, here, 'ended')
  }),
  action(`${one}/grants`, async (visit, sent) => {
    const isEnded = await endGrantById(visit.as, sent.get('grant') ?? '')
    visit.as.waitUntil(sendLogoutNotices(visit.as))
    return doneAt(visit, addressOf(clientIdIn(visit)), isEnded ? 'ended' : 'gone')
  }),
]

async function rotate(visit: Visit, client: Client, sent: Parameters): Promise<Response | null> {
  if (!hasSecret(client.metadata)) return null
  // A second rotation would end the secret that the app still uses.
  return once(visit, 'clients', sent, async (as) => {
    const secret = randomSecret()
    const rotated = await rotateClientSecret(as, client.id, secret)
    if (rotated === null || rotated === 'secretless') return null
    const { clients: texts } = visit.texts
    return secretAnswer(visit, {
      title: `${texts.rotate}: ${labelOf(client)}`,
      section: 'clients',
      up: upTo(client),
      label: texts.newSecret(labelOf(client)),
      secret,
    })
  })
}
