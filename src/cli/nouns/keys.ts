// `postern keys`: the keys that sign tokens, and the seals of what is stored.
import { Failure } from '../failure.ts'
import { type JsonObject, isObject, numberOf } from '../json.ts'
import { newProgress } from '../progress.ts'
import { actVerb, listVerb, segment } from '../standard-verbs.ts'
import type { Context, Noun } from '../verb.ts'

/** Seals everything again, a bite a call, until nothing is left. It may be ended and run again. */
async function rewrap({ api, output, stderr, say }: Context): Promise<void> {
  const progress = newProgress(stderr, 'values')
  let rewrapped = 0
  let answer: JsonObject
  let left: number
  let made: number
  try {
    do {
      const call = { path: '/keys/rewrap', repeatable: true }
      answer = (await api.call('POST', call)).body
      made = numberOf(answer, 'rewrapped') ?? 0
      rewrapped += made
      left = remainingIn(answer)
      await progress.at(rewrapped, rewrapped + left)
    } while (left > 0 && made > 0)
  } finally {
    await progress.end()
  }
  await output.object({ ...answer, rewrapped })
  if (left > 0) {
    const message = `${left} values are sealed under keys that MASTER_KEY does not list`
    throw new Failure('refused', message)
  }
  say('Everything is sealed under the first key of MASTER_KEY: the other keys may go.')
}

const remainingIn = ({ remaining }: JsonObject): number =>
  Object.values(isObject(remaining) ? remaining : {}).reduce<number>(
    (total, count) => total + (typeof count === 'number' ? count : 0),
    0,
  )

export const keys: Noun = {
  name: 'keys',
  summary: 'Keys that sign tokens, and the seals of what is stored',
  verbs: [
    listVerb({
      summary: 'Lists the keys that sign tokens',
      example: '',
      isWhole: true,
      columns: [
        { member: 'kid', whole: true },
        { member: 'use' },
        { member: 'alg' },
        { member: 'state' },
        { member: 'created_at', heading: 'created' },
        { member: 'active_at', heading: 'signs from' },
        { member: 'expires_at', heading: 'leaves' },
      ],
      path: () => '/keys',
    }),
    {
      name: 'rotate',
      summary: 'Makes the next keys: published now, used once every cached JWKS has them',
      example: '',
      run: async ({ api, output }) => {
        await output.object((await api.call('POST', { path: '/keys/rotate' })).body)
      },
    },
    actVerb({
      name: 'withdraw',
      summary: 'Withdraws a key that has leaked: nothing that it signed counts any more',
      example: 'KID --yes',
      parameters: [{ name: 'kid', summary: 'id of the key' }],
      method: 'POST',
      path: (_context, input) => `/keys/${segment(input.parameter('kid'))}/withdraw`,
      done: 'Withdrawn.',
      question: (_context, input) =>
        `Withdraw the key ${input.parameter('kid')}, and refuse all that it signed?`,
    }),
    {
      name: 'rewrap',
      summary: 'Seals what is stored again under the first key of MASTER_KEY',
      example: '',
      run: rewrap,
    },
  ],
}
