// The state of the model: users, clients, sessions, codes, grants and tokens. It knows nothing of digests,
// statements or caches; the tests compare the server with it. Instants and lifetimes are in seconds.

/** How a client is registered. */
export type Client = {
  isConfidential: boolean
  /** Whether its refresh tokens rotate (RFC 9700 4.14.2). */
  rotates: boolean
  /** Whether it registered itself and has no secret (RFC 7591): several processes share its tokens. */
  isAgent: boolean
  grace: number
  accessToken: number
  idle: number
  absolute: number
  exists: boolean
  isDisabled: boolean
  createdAt: number
  notBefore: number
  /** When it was last changed, and by which isolate: another may remember it for 10 seconds. */
  changed: { at: number; by: number } | null
}
export type User = {
  isDisabled: boolean
  hasTotp: boolean
  notBefore: number
  session: string | null
}
type Session = {
  user: string
  isEnded: boolean
  authTime: number
  lastSeenAt: number
  idleUntil: number
  until: number
}
type Code = {
  user: string
  client: string
  session: string
  isOffline: boolean
  issuedAt: number
  grant: string | null
}
export type Grant = {
  user: string
  client: string
  session: string | null
  /** `offline_access`: it outlives its session (OpenID Connect Core 11). */
  isOffline: boolean
  createdAt: number
  isRevoked: boolean
  /** Cron has deleted its row. */
  isGone: boolean
  generation: number
  rotatedAt: number
  wasRefreshed: boolean
  idleUntil: number
  until: number
  /** The latest expiry of its access tokens. */
  accessUntil: number
  /** Consecutive generations whose refresh token was presented again (RFC 9700 4.14.2). */
  rounds: number
  retried: number | null
}
export type Token = {
  client: string
  grant: string | null
  /** Whose grant it stands on; another client than its own after a token exchange (RFC 8693). */
  grantClient: string
  issuedAt: number
  until: number
  isRevoked: boolean
  /** The audience is this server: userinfo is for no other token. */
  isOurs: boolean
  /** Whether it has the scope `openid`. */
  hasOpenid: boolean
  /** The key that signed it; the model learns it from the token. */
  kid: string | null
}
export type World = {
  now: number
  /** Whether the isolate that is asked has an old copy of the client: only D1 knows when it was revoked. */
  isOutdated: boolean
  wasSetBack: boolean
  /** The isolates whose KV answers nothing. */
  withoutKv: number[]
  epoch: number
  users: Record<string, User>
  clients: Record<string, Client>
  sessions: Record<string, Session>
  codes: Record<string, Code>
  grants: Record<string, Grant>
  tokens: Record<string, Token>
  /** When each was withdrawn. */
  withdrawnKeys: Record<string, number>
  audit: Record<string, number>
}
/** What the sender of a command is told. */
export type Outcome = Record<string, string | number | boolean>

/** Lifetimes of the settings. */
export const lifetimes = { code: 60, session: 1_209_600, sessionIdle: 86_400 }
export const refused = (error: string, status = 400): Outcome => ({ status, error })
export const invalidGrant = refused('invalid_grant')
/** F28: nothing dead is given, and whoever asks is told so. */
export const tooEarly = refused('temporarily_unavailable', 503)
export const done: Outcome = { done: true }

export const get = <Kind>(all: Record<string, Kind>, name: string): Kind => {
  const one = all[name]
  if (one === undefined) throw new Error(`the model knows no ${name}`)
  return one
}
export const grantsOf = (world: World, which: (grant: Grant) => boolean): Grant[] =>
  Object.values(world.grants).filter((grant) => !grant.isRevoked && !grant.isGone && which(grant))

export function note(world: World, kind: string): void {
  world.audit[kind] = (world.audit[kind] ?? 0) + 1
}

export const isEnabled = ({ clients }: World, name: string): boolean =>
  get(clients, name).exists && !get(clients, name).isDisabled

/** A client counts for what was issued after it was made and after it was last revoked. */
const isOfClient = ({ epoch, clients }: World, name: string, issuedAt: number): boolean => {
  const { exists, isDisabled, createdAt, notBefore } = get(clients, name)
  return exists && !isDisabled && issuedAt >= Math.max(createdAt, notBefore, epoch)
}
/**
 * Whether nothing new of a user or client counts yet: the clock was ahead when everything older was ended.
 */
export const isEarlyFor = ({ now, epoch, users }: World, name: string): boolean =>
  now < Math.max(get(users, name).notBefore, epoch)
export const isEarlyAt = ({ now, clients }: World, name: string): boolean =>
  now < get(clients, name).notBefore
export const isLiveSession = ({ now, sessions }: World, name: string): boolean => {
  const { isEnded, until } = get(sessions, name)
  return !isEnded && until > now
}
/** The session that the user's browser is signed in with: it also ends by itself when it is idle. */
export function signedIn(world: World, userName: string): string | null {
  const user = get(world.users, userName)
  if (user.session === null || user.isDisabled || !isLiveSession(world, user.session)) return null
  const { idleUntil, authTime } = get(world.sessions, user.session)
  return idleUntil > world.now && authTime >= Math.max(user.notBefore, world.epoch)
    ? user.session
    : null
}
/** A grant lives while its user, its client and, unless it is offline, its session do. */
export function isAlive(world: World, grant: Grant): boolean {
  const { isRevoked, isGone, isOffline, session, createdAt } = grant
  const user = get(world.users, grant.user)
  return (
    !isRevoked &&
    !isGone &&
    !user.isDisabled &&
    createdAt >= user.notBefore &&
    isOfClient(world, grant.client, createdAt) &&
    (isOffline || session === null || isLiveSession(world, session))
  )
}
/** RFC 7662 2.2: "the token has not been revoked" and "is within its time window". */
export function isActive(world: World, { grant, client, grantClient, ...token }: Token): boolean {
  if (token.until <= world.now || token.isRevoked) return false
  if (token.kid !== null && token.kid in world.withdrawnKeys) return false
  if (client !== grantClient && !isOfClient(world, client, token.issuedAt)) return false
  return grant === null
    ? isOfClient(world, grantClient, token.issuedAt)
    : isAlive(world, get(world.grants, grant))
}
export const isFresh = ({ now }: World, { idleUntil, until }: Grant): boolean =>
  idleUntil > now && until > now

/** How each test client is registered: an ordinary one, one that is public, and so on. */
const usual = {
  ...{ isConfidential: true, rotates: true, isAgent: false, grace: 30 },
  ...{ accessToken: 600, idle: 2_592_000, absolute: 7_776_000 },
  ...{ exists: true, isDisabled: false, createdAt: 0, notBefore: 0, changed: null },
}
export const registrations: Record<string, Client> = {
  web: usual,
  pub: { ...usual, isConfidential: false, accessToken: 20, idle: 3600, absolute: 7200 },
  strict: { ...usual, grace: 0 },
  shared: { ...usual, rotates: false },
}
/** A public client that registers itself. */
export const registration: Client = { ...usual, isConfidential: false, isAgent: true, grace: 300 }
