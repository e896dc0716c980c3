// The commands of a run, and how they are drawn. A command is drawn as small numbers, which choose among the
// grants, tokens and codes that exist by then, so that a shortened run still makes sense.
import fc from 'fast-check'

/** Each command with what it is about. New things have names: `as` for a grant, a code or a client. */
type Facts = {
  password: { as: string; token: string; user: string; client: string }
  authorize: { as: string; user: string; client: string; isOffline: boolean }
  redeem: { as: string; token: string; code: string; client: string }
  device: { as: string; token: string; user: string; client: string; isOffline: boolean }
  clientCredentials: { token: string; client: string }
  exchange: { as: string; token: string; client: string }
  refresh: { token: string; grant: string; generation: number; client: string; isNarrow: boolean }
  introspect: { token: string }
  introspectRefresh: { grant: string; generation: number; client: string }
  userinfo: { token: string }
  revokeRefresh: { grant: string; generation: number; client: string }
  revokeAccess: { token: string; client: string }
  garbage: { client: string; seed: number }
  logout: { user: string }
  everywhere: { user: string }
  adminLogout: { user: string }
  changePassword: { user: string }
  setPassword: { user: string }
  setUser: { user: string; isDisabled: boolean }
  setTotp: { user: string; isOn: boolean }
  setClient: { client: string; isDisabled: boolean }
  revokeClient: { client: string }
  register: { as: string }
  unregister: { client: string }
  importUser: { as: string }
  rotateKeys: object
  withdrawKey: { kid: string }
  epoch: object
  cron: object
  kv: { fault: 'none' | 'stale' | 'away' }
  wait: { seconds: number }
}
export type Name = keyof Facts
/** A command at an isolate. */
export type Command<Names extends Name = Name> = {
  [One in Names]: { do: One; by: number } & Facts[One]
}[Names]

/** A command as it is drawn. */
export type Drawn = { do: Name; by: number; one: number; two: number; flag: boolean }
/** A step of a run: one command, or two at once, at different isolates. */
export type Step = Drawn | { both: readonly [Drawn, Drawn] }

/** How often each is drawn. */
const weights: Record<Name, number> = {
  ...{ password: 8, authorize: 8, redeem: 10, device: 1, clientCredentials: 2, exchange: 3 },
  ...{ refresh: 30, introspect: 8, introspectRefresh: 3, userinfo: 3, garbage: 1 },
  ...{ revokeRefresh: 3, revokeAccess: 2, logout: 3, everywhere: 1, adminLogout: 2 },
  ...{ changePassword: 1, setPassword: 1, setUser: 4, setTotp: 1, setClient: 4, revokeClient: 2 },
  ...{
    register: 2,
    unregister: 1,
    importUser: 1,
    rotateKeys: 1,
    withdrawKey: 1,
    epoch: 2,
    cron: 1,
  },
  ...{ kv: 2, wait: 14 },
}
const names: readonly Name[] = Object.keys(weights).filter((name): name is Name => name in weights)

/** Seconds: within and after the grace, the caches of an isolate, a token, a session, a grant; and back. */
export const waits = [
  1, 9, 11, 29, 31, 59, 61, 301, 599, 601, 3601, 86_401, 1_209_601, 2_592_001, 7_776_001, -30, -60,
]

const nameOf = (among: readonly Name[]): fc.Arbitrary<Name> =>
  fc.oneof(...among.map((name) => ({ weight: weights[name], arbitrary: fc.constant(name) })))
const drawnOf = (among: readonly Name[]): fc.Arbitrary<Drawn> =>
  fc.record({
    do: nameOf(among),
    by: fc.nat(1),
    one: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(16) }),
    two: fc.nat(16),
    flag: fc.boolean(),
  })

/** What needs no browser and is decided by one statement: whatever order two of them get, it is one. */
const atOnce: readonly Name[] = [
  ...(['password', 'redeem', 'exchange', 'refresh', 'introspect', 'userinfo'] as const),
  ...([
    'revokeRefresh',
    'revokeAccess',
    'adminLogout',
    'setUser',
    'setClient',
    'revokeClient',
  ] as const),
  'epoch',
]
const pair: fc.Arbitrary<Step> = fc
  .tuple(drawnOf(atOnce), drawnOf(atOnce))
  .map(([first, second]) => ({
    both: [
      { ...first, by: 0 },
      { ...second, by: 1 },
    ],
  }))

/** A run begins with a grant, so that a short one has something to be about. */
const begun: fc.Arbitrary<readonly Step[]> = fc.oneof(
  drawnOf(['password']).map((step) => [step]),
  fc
    .tuple(drawnOf(['authorize']), drawnOf(['redeem']))
    .map(([one, other]) => [one, { ...other, one: 0 }]),
)
const next: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: drawnOf(names) },
  { weight: 1, arbitrary: pair },
)

/** Of a grant: refreshing, and presenting the token before once more; a thief in step is a round of both. */
const rotation: Drawn = { do: 'refresh', by: 0, one: 0, two: 0, flag: false }
const retry: Drawn = { ...rotation, by: 1, two: 3 }
const wait: Drawn = { ...rotation, do: 'wait', two: 2 }
const insistence: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.constantFrom(
      [rotation, retry],
      [rotation],
      [retry],
      [rotation, retry, rotation, retry],
      [wait],
    ),
    {
      ...{ minLength: 1, maxLength: 4, size: 'max' },
    },
  )
  .map((rounds) => rounds.flat())

/** A client is disabled at one isolate, and the other still remembers it: D1 decides. */
const remembered: fc.Arbitrary<readonly Step[]> = fc
  .constantFrom('password' as const, 'refresh' as const)
  .map((name) => [
    { ...rotation, do: 'password', by: 1 },
    { ...rotation, do: 'setClient' },
    { ...rotation, do: name, by: 1 },
  ])

/** One isolate hears of nothing by KV, in half of the runs: D1 decides alone. */
const kv = fc.constantFrom<readonly Step[]>([], [{ ...rotation, do: 'kv', by: 0 }])

/** Runs of at most `length` further steps. */
export const runsOf = (length: number): fc.Arbitrary<readonly Step[]> =>
  fc
    .tuple(
      kv,
      begun,
      fc.oneof(
        { weight: 8, arbitrary: fc.constant([]) },
        { weight: 2, arbitrary: insistence },
        { weight: 1, arbitrary: remembered },
      ),
      fc.array(next, { maxLength: length, size: 'max' }),
    )
    .map((parts) => parts.flat())
