// Operations on keys under /admin/v1/keys: listing, rotation, withdrawal, and sealing all values
// again after MASTER_KEY has changed.
import { rotateKeys, withdrawKey } from '../core/server/key-administration.ts'
import { rewrapSealedRows } from '../core/server/sealed-rows.ts'
import { type ListedKey, keyStates } from '../core/server/signing-keys.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import type { Operation } from './operation.ts'
import { Problem, unknown } from './problem.ts'

/** A key in a response. Times are NumericDate; null = not set. */
export const keyAnswer = once(() =>
  v.object({
    kid: v.string(),
    use: v.picklist(['sig', 'enc']),
    alg: v.string(),
    state: v.picklist(keyStates),
    created_at: v.int(),
    active_at: v.pipe(v.int(), v.description('when the key is first used')),
    expires_at: v.pipe(v.nullable(v.int()), v.description('when the key leaves the JWKS')),
    withdrawn_at: v.nullable(v.int()),
  }),
)

const keyList = once(() => v.object({ items: v.array(keyAnswer()), next_cursor: v.null() }))

const rotateAnswer = once(() =>
  v.object({ kids: v.pipe(v.array(v.string()), v.description('the new keys, one for each alg')) }),
)

const count = () => v.pipe(v.int(), v.minValue(0))

const rewrapAnswer = once(() =>
  v.object({
    rewrapped: v.pipe(count(), v.description('rows that this call sealed again')),
    remaining: v.pipe(
      v.object({
        password_hashes: count(),
        signing_keys: count(),
        provider_secrets: count(),
        totp_secrets: count(),
        import_keys: count(),
        mails: count(),
        mail_actions: count(),
      }),
      v.description('rows that are still sealed under other keys than the first'),
    ),
  }),
)

/** The operations on keys. */
export const keyOperations: readonly Operation[] = [
  {
    id: 'listKeys',
    method: 'GET',
    path: '/admin/v1/keys',
    summary: 'Lists the published and withdrawn keys',
    success: { status: 200, body: keyList },
    refusals: [],
    respond: list,
  },
  {
    id: 'rotateKeys',
    method: 'POST',
    path: '/admin/v1/keys/rotate',
    summary:
      'Creates the next signing keys. They are published now and used once every cached JWKS contains them.',
    success: { status: 200, body: rotateAnswer },
    refusals: [],
    respond: rotate,
  },
  {
    id: 'withdrawKey',
    method: 'POST',
    path: '/admin/v1/keys/{kid}/withdraw',
    summary:
      'Withdraws a compromised key. It leaves the JWKS and its signatures are no longer accepted.' +
      ' If it was in use, a new key replaces it at once. 409 if none can be created and nothing else' +
      ' could sign.',
    success: { status: 204 },
    refusals: [404, 409],
    respond: withdraw,
  },
  {
    id: 'rewrapKeys',
    method: 'POST',
    path: '/admin/v1/keys/rewrap',
    summary:
      'Seals up to 500 rows of older master keys again under the first key of MASTER_KEY.' +
      ' Repeat until nothing remains.',
    success: { status: 200, body: rewrapAnswer },
    refusals: [],
    respond: rewrap,
  },
]

async function list(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const items = (await as.signingKeys.list(as.now)).map(shownKey)
  return context.json({ items, next_cursor: null }, 200, noStore)
}

const shownKey = (key: ListedKey): v.InferOutput<ReturnType<typeof keyAnswer>> => ({
  kid: key.kid,
  use: key.use,
  alg: key.alg,
  state: key.state,
  created_at: Math.floor(key.createdAt),
  active_at: Math.floor(key.activeAt),
  expires_at: key.expiresAt === null ? null : Math.floor(key.expiresAt),
  withdrawn_at: key.withdrawnAt === null ? null : Math.floor(key.withdrawnAt),
})

async function rotate(context: FaceContext): Promise<Response> {
  return context.json({ kids: await rotateKeys(context.env.as) }, 200, noStore)
}

async function withdraw(context: FaceContext): Promise<Response> {
  const outcome = await withdrawKey(context.env.as, context.req.param('kid') ?? '')
  if (outcome === 'unknown') throw unknown('key')
  if (outcome === 'irreplaceable') {
    throw new Problem(409, 'the key is the only one of its alg, and no successor can be created')
  }
  return context.body(null, 204, noStore)
}

async function rewrap(context: FaceContext): Promise<Response> {
  return context.json(await rewrapSealedRows(context.env.as), 200, noStore)
}
