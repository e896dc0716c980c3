// The keys that tokens are signed with, or encrypted to: their states, rotation and withdrawal.
import { rotateKeys, withdrawKey } from '../core/server/key-administration.ts'
import type { ListedKey } from '../core/server/signing-keys.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { linkColumn, listScreen } from './list.tsx'
import { question } from './question.tsx'
import { doneAt, once } from './screen.tsx'
import type { Visit } from './visit.ts'
import { When } from './when.tsx'

const list = '/admin/keys'

const up = ({ texts }: Visit) => ({ href: list, title: texts.sections.keys })

/** As much of a kid as people compare. */
const shortOf = ({ kid }: Pick<ListedKey, 'kid'>): string => kid.slice(0, 8)

export const keyScreens: readonly Endpoint[] = [
  listScreen<ListedKey>(list, {
    section: 'keys',
    title: ({ sections }) => sections.keys,
    create: [`${list}/rotate`, ({ keys }) => keys.rotate],
    empty: ({ none }) => none,
    read: async ({ as }) => ({ items: await as.signingKeys.list(as.now), nextCursor: null }),
    columns: (visit) => {
      const { keys: texts, users } = visit.texts
      const { now } = visit.as
      return [
        { title: texts.kid, cell: ({ kid }) => <code title={kid}>{shortOf({ kid })}…</code> },
        { title: texts.alg, cell: ({ alg }) => alg },
        {
          title: users.state,
          cell: ({ state }) => <span class={`badge ${tones[state]}`}>{texts.states[state]}</span>,
        },
        { title: users.created, cell: ({ createdAt }) => <When at={createdAt} now={now} /> },
        { title: texts.active, cell: ({ activeAt }) => <When at={activeAt} now={now} /> },
        {
          title: texts.leaves,
          cell: ({ expiresAt }) => expiresAt !== null && <When at={expiresAt} now={now} />,
        },
        ...linkColumn<ListedKey>(visit, ({ kid, state }) =>
          state === 'withdrawn' ? null : [`${list}/${kid}/withdraw`, texts.withdraw],
        ),
      ]
    },
  }),
  question(`${list}/rotate`, {
    section: 'keys',
    list,
    read: () => Promise.resolve({}),
    ask: (visit) => ({
      title: visit.texts.keys.rotate,
      text: visit.texts.keys.rotation,
      submit: visit.texts.keys.rotate,
      up: up(visit),
      isHarmless: true,
    }),
    // A second copy would make a successor of the successor.
    act: (visit, _, sent) =>
      once(visit, 'keys', sent, async (as) => {
        await rotateKeys(as)
        return doneAt(visit, list, 'created')
      }),
  }),
  question<ListedKey>(`${list}/:kid/withdraw`, {
    section: 'keys',
    list,
    read: async ({ as, context }) => {
      const keys = await as.signingKeys.list(as.now)
      const asked = context.req.param('kid')
      return keys.find(({ kid, state }) => kid === asked && state !== 'withdrawn') ?? null
    },
    ask: (visit, key) => ({
      title: `${visit.texts.keys.withdraw}: ${shortOf(key)}… (${key.alg})`,
      text: visit.texts.keys.withdrawal,
      submit: visit.texts.keys.withdraw,
      up: up(visit),
      typed: shortOf(key),
    }),
    act: async (visit, { kid }, sent) => {
      const outcome = await withdrawKey(visit.as, kid)
      if (outcome === 'irreplaceable')
        return { faults: { '': visit.texts.keys.irreplaceable }, sent }
      return outcome === 'unknown' ? null : doneAt(visit, list, 'withdrawn')
    },
  }),
]

const tones: Readonly<Record<ListedKey['state'], string>> = {
  signing: 'good',
  receiving: 'good',
  published: '',
  retired: '',
  withdrawn: 'bad',
}
