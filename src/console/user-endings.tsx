// What ends something of a user: a form that says what it will end, or a button in a list.
import type { AccessCount } from '../core/authorization/storage.ts'
import { endGrantById, endSessionById } from '../core/people/access-administration.ts'
import {
  changeUser,
  deleteUser,
  endEverythingOf,
  unlockUser,
} from '../core/people/administration.ts'
import { startPasswordReset } from '../core/people/mail/password-reset.ts'
import type { User } from '../core/people/storage.ts'
import { endLink } from '../core/providers/link.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { fill } from '../pages/fill.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { question, secretAnswer } from './question.tsx'
import { action, doneAt, once } from './screen.tsx'
import type { ConsoleTexts } from './texts/en.ts'
import { addressOf, labelOf, readUser, upTo, userIdIn } from './user-place.ts'
import type { Visit } from './visit.ts'

const list = '/admin/users'
const one = `${list}/:id`

const paths = { disable: 'disable', reset: 'reset', endAll: 'sign-out', delete: 'delete' } as const

type Verb = keyof typeof paths

/** What administrators cannot do to themselves: nobody would be left to undo it. */
const notToOneself: readonly Verb[] = ['disable', 'delete', 'reset']

type Holder = { user: User; access: AccessCount }

export const userEndingScreens: readonly Endpoint[] = [
  confirmation('disable', async (visit, user) => {
    const { as } = visit
    await changeUser(as, user.id, {
      decide: ({ disabledAt }) => ({ disabledAt: disabledAt ?? as.now }),
      endsEverything: true,
      fields: ['disabled'],
    })
    return doneAt(visit, addressOf(user), 'disabled')
  }),
  confirmation('reset', resetPassword),
  confirmation('endAll', async (visit, user) => {
    await endEverythingOf(visit.as, user.id)
    return doneAt(visit, addressOf(user), 'ended')
  }),
  confirmation('delete', async (visit, user) =>
    (await deleteUser(visit.as, user.id)) ? doneAt(visit, list, 'deleted') : null,
  ),
  action(`${one}/enable`, async (visit) => {
    const user = await readUser(visit)
    if (user === null) return null
    const decide = () => ({ disabledAt: null })
    await changeUser(visit.as, user.id, { decide, endsEverything: false, fields: ['disabled'] })
    return doneAt(visit, addressOf(user), 'enabled')
  }),
  action(`${one}/unlock`, async (visit) => {
    const user = await readUser(visit)
    if (user === null) return null
    await unlockUser(visit.as, user)
    return doneAt(visit, addressOf(user), 'unlocked')
  }),
  ending('sessions', 'session', ({ as }, _, id) => endSessionById(as, id)),
  ending('grants', 'grant', ({ as }, _, id) => endGrantById(as, id)),
  ending('links', 'link', ({ as }, userId, id) => endLink(as, userId, id)),
]

/** Returns the form that says what ends with a user. `act` does it. */
function confirmation(
  verb: Verb,
  act: (visit: Visit, user: User, sent: Parameters) => Promise<Response | null>,
): Endpoint {
  return question<Holder>(`${one}/${paths[verb]}`, {
    section: 'users',
    list,
    read: readHolder,
    ask: ({ texts }, { user, access }) => ({
      title: `${texts.users[verb]}: ${labelOf(user)}`,
      text: fill(texts.users.questions[verb], {
        access: <Access access={access} texts={texts} />,
      }),
      submit: texts.users[verb],
      up: upTo(user),
      ...(verb === 'delete' ? { typed: user.username } : {}),
    }),
    act: async (visit, { user }, sent) => {
      const { as, texts, standing } = visit
      if (user.id === standing.user.id && notToOneself.includes(verb)) {
        return { faults: { '': texts.notYourself }, sent }
      }
      const outcome = await act(visit, user, sent)
      as.waitUntil(sendLogoutNotices(as))
      return outcome
    },
  })
}

async function readHolder(visit: Visit): Promise<Holder | null> {
  const id = userIdIn(visit)
  return id === null ? null : visit.as.store.console.countAccess(id, visit.as.now)
}

function Access({ access, texts }: { access: AccessCount; texts: ConsoleTexts }) {
  return (
    <strong>
      {texts.apps(access.grants)}, {texts.browsers(access.sessions)}
    </strong>
  )
}

function resetPassword(visit: Visit, user: User, sent: Parameters): Promise<Response | null> {
  // A second link would end the one that is about to be copied.
  return once(visit, 'users', sent, async (as) => {
    const started = await startPasswordReset(as, user.id)
    if (started === null) return null
    const { users: texts } = visit.texts
    return secretAnswer(visit, {
      title: `${texts.reset}: ${labelOf(user)}`,
      section: 'users',
      up: upTo(user),
      label: texts.resetLink(labelOf(user)),
      secret: started.link,
    })
  })
}

/** Returns the buttons that end one entry of a list on the screen of a user. */
function ending(
  kind: string,
  field: string,
  end: (visit: Visit, userId: number, id: string) => Promise<boolean>,
): Endpoint {
  return action(`${one}/${kind}`, async (visit, sent) => {
    const userId = userIdIn(visit)
    if (userId === null) return null
    const isEnded = await end(visit, userId, sent.get(field) ?? '')
    visit.as.waitUntil(sendLogoutNotices(visit.as))
    return doneAt(visit, `/admin/users/${userId}`, isEnded ? 'ended' : 'gone')
  })
}
