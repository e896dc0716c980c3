// `postern keys`: the keys that sign tokens, and the seals of what is stored.
import { Failure } from '../failure.ts'
import { type JsonObject, numberOf, totalOf } from '../json.ts'
import { newProgress } from '../progress.ts'
import { actVerb, listVerb, pathOf } from '../standard-verbs.ts'
import type { Context, Noun } from '../verb.ts'

/** Seals all values again, up to 500 in one request, until none is left. It may be interrupted. */
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
      left = totalOf(answer, 'remaining')
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
  say(done)
}

/** Refresh tokens name the key that made them; they are not stored, and nothing can seal them again. */
const done = `Everything stored is sealed under the first key of MASTER_KEY. The other keys may go once no
refresh token names them: after REFRESH_TOKEN_IDLE_LIFETIME, 30 days unless you set it.`

export const keys: Noun = {
  name: 'keys',
  summary: 'Signing keys, and the rotation of MASTER_KEY',
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
      summary: 'Creates the next signing keys: published now, used once every cached JWKS has them',
      example: '',
      run: async ({ api, output }) => {
        await output.object((await api.call('POST', { path: '/keys/rotate' })).body)
      },
    },
    actVerb({
      name: 'withdraw',
      summary: 'Withdraws a compromised key: its signatures are no longer accepted',
      example: 'KID --yes',
      parameters: [{ name: 'kid', summary: 'id of the key' }],
      method: 'POST',
      path: pathOf('/keys', 'kid', '/withdraw'),
      done: 'Withdrawn.',
      question: (_context, input) =>
        `Withdraw the key ${input.parameter('kid')} and reject its signatures?`,
    }),
    {
      name: 'rewrap',
      summary: 'Seals stored values again under the first key of MASTER_KEY',
      example: '',
      run: rewrap,
    },
  ],
}
