// What each command changes, and what its sender is told: the rules of the model.
import type { Command, Name } from './commands.ts'
import { expiry, issue, open, refresh } from './issuing.ts'
import {
  type Grant,
  type Outcome,
  type World,
  done,
  get,
  grantsOf,
  invalidGrant,
  isEarlyAt,
  isEarlyFor,
  isActive,
  isAlive,
  isEnabled,
  isFresh,
  isLiveSession,
  lifetimes,
  note,
  refused,
  registration,
  signedIn,
  tooEarly,
} from './model.ts'

/** Redeems a code, once: RFC 6749 4.1.2, RFC 9700 4.5. */
function redeem(world: World, command: Command<'redeem'>): Outcome {
  const code = get(world.codes, command.code)
  if (code.issuedAt + lifetimes.code <= world.now) return invalidGrant
  if (code.grant !== null) {
    const grant = get(world.grants, code.grant)
    // "SHOULD revoke (when possible) all tokens previously issued based on that authorization code"
    if (!grant.isRevoked) note(world, 'code.replayed')
    grant.isRevoked = true
    return invalidGrant
  }
  const user = get(world.users, code.user)
  const { notBefore } = get(world.clients, code.client)
  const isLate = code.issuedAt > Math.max(user.notBefore, notBefore, world.epoch)
  const isStanding =
    !user.isDisabled && isEnabled(world, code.client) && isLiveSession(world, code.session)
  if (!isLate || !isStanding) return invalidGrant
  // The isolate that issued it had another clock: here its grant would be dead.
  if (isEarlyFor(world, code.user) || isEarlyAt(world, code.client)) return invalidGrant
  code.grant = command.as
  note(world, 'code.redeemed')
  return open(world, command.as, command.token, code)
}
/** Signs in the browser of a user, unless it is signed in: one session goes on while it has not ended. */
function signIn(world: World, userName: string, session: string): string | null {
  const { now, users, sessions } = world
  const user = get(users, userName)
  const known = signedIn(world, userName)
  if (known !== null) {
    const found = get(sessions, known)
    if (now - found.lastSeenAt <= 600) return known
    Object.assign(found, {
      lastSeenAt: now,
      idleUntil: Math.min(now + lifetimes.sessionIdle, found.until),
    })
    return known
  }
  if (user.isDisabled || isEarlyFor(world, userName)) return null
  note(world, 'user.signed-in')
  const goesOn = user.session !== null && isLiveSession(world, user.session)
  // The browser's last session was not signed out of but has expired: it ends with what lived by it.
  if (!goesOn && user.session !== null) endSession(world, user.session)
  const name = goesOn && user.session !== null ? user.session : session
  sessions[name] = {
    user: userName,
    isEnded: false,
    authTime: now,
    lastSeenAt: now,
    idleUntil: now + lifetimes.sessionIdle,
    until: now + lifetimes.session,
  }
  user.session = name
  return name
}
/** Ends a session that has not ended, and the grants that live by it. */
function endSession(world: World, name: string): void {
  const session = get(world.sessions, name)
  if (session.isEnded) return
  session.isEnded = true
  const isOfSession = (one: Grant): boolean => one.session === name && !one.isOffline
  for (const grant of grantsOf(world, isOfSession)) grant.isRevoked = true
}

/** Ends all that a user has, but for one session. */
function endAll(world: World, userName: string, except: string | null = null): void {
  for (const grant of grantsOf(world, ({ user }) => user === userName)) grant.isRevoked = true
  for (const [name, session] of Object.entries(world.sessions))
    if (session.user === userName && name !== except) session.isEnded = true
}

export type Rules = { [One in Name]: (world: World, command: Command<One>) => Outcome }

export const rules: Rules = {
  // RFC 6749 4.3. A password alone is too little for whoever has a second factor.
  password(world, { as, token, user: name, client }) {
    const user = get(world.users, name)
    const isEarly = isEarlyAt(world, client)
    if (isEarly && !world.isOutdated) return tooEarly
    if (user.isDisabled || user.hasTotp || !isEnabled(world, client)) return invalidGrant
    if (isEarlyFor(world, name)) return tooEarly
    if (isEarly) return invalidGrant
    note(world, 'token.password-granted')
    return open(world, as, token, { user: name, client, session: null, isOffline: false })
  },
  // RFC 6749 4.1.1
  authorize(world, { as, user, client, isOffline }) {
    const session = signIn(world, user, as)
    if (session === null || isEarlyFor(world, user)) return { isGranted: false }
    world.codes[as] = { user, client, session, isOffline, issuedAt: world.now, grant: null }
    return { isGranted: true }
  },
  redeem,
  // RFC 8628: the grant is made when the device polls, and stands on the session that allowed it.
  device(world, { as, token, user, client, isOffline }) {
    const session = signIn(world, user, as)
    if (session === null) return { isGranted: false }
    note(world, 'device.allowed')
    note(world, 'device.redeemed')
    return open(world, as, token, { user, client, session, isOffline })
  },
  // RFC 6749 4.4: nothing is stored, so that an isolate may be 10 seconds behind.
  clientCredentials: (world, { token, client }) =>
    isEarlyAt(world, client) && !world.isOutdated
      ? tooEarly
      : issue(world, token, { client }, expiry(world, client)),
  // RFC 8693: no more and no longer than the subject token, and it ends with the same grant.
  exchange(world, { as, token, client }) {
    const subject = get(world.tokens, token)
    if (!isActive(world, subject)) return refused('invalid_request')
    const until = Math.min(expiry(world, client), subject.until)
    const { grant, grantClient, issuedAt } = subject
    return issue(world, as, { client, grant, grantClient, issuedAt, isOurs: false }, until)
  },
  refresh,
  // RFC 7662: an access token concerns every resource server, a refresh token its own client alone.
  introspect: (world, { token }) => ({ active: isActive(world, get(world.tokens, token)) }),
  introspectRefresh(world, { grant: name, generation, client }) {
    const grant = get(world.grants, name)
    const isCurrent = grant.client === client && grant.generation === generation
    return { active: isCurrent && isAlive(world, grant) && isFresh(world, grant) }
  },
  // OpenID Connect Core 5.3.3, RFC 6750 3.1
  userinfo(world, { token: name }) {
    const token = get(world.tokens, name)
    if (!token.isOurs || !isActive(world, token)) return refused('invalid_token', 401)
    return token.hasOpenid ? { status: 200 } : refused('insufficient_scope', 403)
  },
  // RFC 7009 2.1: a refresh token ends its grant, whichever of its generations it is.
  revokeRefresh(world, { grant: name, client }) {
    const grant = get(world.grants, name)
    if (grant.client === client && !grant.isRevoked && !grant.isGone) {
      grant.isRevoked = true
      note(world, 'token.refresh-revoked')
    }
    return { status: 200 }
  },
  // "If the token is an access token" that alone ends; invalid tokens are no error (2.2).
  revokeAccess(world, { token: name, client }) {
    const token = get(world.tokens, name)
    if (token.client === client && token.until > world.now && !token.isRevoked) {
      token.isRevoked = true
      note(world, 'token.access-revoked')
    }
    return { status: 200 }
  },
  // Whoever has no token of ours changes nothing.
  garbage: () => invalidGrant,
  // OpenID Connect RP-Initiated Logout 1.0 2: the session, and the grants that are not offline.
  logout(world, { user: name }) {
    const session = signedIn(world, name)
    if (session === null) return done
    endSession(world, session)
    note(world, 'user.signed-out')
    return done
  },
  everywhere(world, { user: name }) {
    const session = signedIn(world, name)
    if (session === null) return done
    endAll(world, name, session)
    bar(world, name)
    const kept = get(world.sessions, session)
    kept.authTime = Math.max(kept.authTime, world.now)
    note(world, 'user.signed-out-elsewhere')
    return done
  },
  adminLogout(world, { user }) {
    endAll(world, user)
    bar(world, user)
    note(world, 'user.sessions-ended')
    return done
  },
  changePassword(world, { user: name }) {
    const session = signedIn(world, name)
    if (session === null || isEarlyFor(world, name)) return done
    endAll(world, name, session)
    bar(world, name)
    get(world.sessions, session).authTime = world.now
    note(world, 'user.password-changed')
    return done
  },
  setPassword(world, { user }) {
    endAll(world, user)
    bar(world, user)
    note(world, 'user.changed')
    return done
  },
  setUser(world, { user, isDisabled }) {
    if (isDisabled) {
      endAll(world, user)
      bar(world, user)
    }
    get(world.users, user).isDisabled = isDisabled
    note(world, 'user.changed')
    return done
  },
  // A factor that comes or goes ends nothing.
  setTotp(world, { user, isOn }) {
    get(world.users, user).hasTotp = isOn
    return done
  },
  // While a client is disabled nothing of it counts; enabled again, what lives goes on.
  setClient(world, { client, isDisabled, by }) {
    Object.assign(get(world.clients, client), { isDisabled, changed: { at: world.now, by } })
    note(world, 'client.changed')
    return done
  },
  revokeClient(world, { client: name, by }) {
    const client = get(world.clients, name)
    Object.assign(client, {
      notBefore: Math.max(client.notBefore, world.now),
      changed: { at: world.now, by },
    })
    note(world, 'client.grants-revoked')
    return done
  },
  // RFC 7591
  register(world, { as, by }) {
    const { now } = world
    const changed = { at: now, by }
    world.clients[as] = { ...registration, createdAt: now, changed }
    note(world, 'client.registered')
    return done
  },
  // RFC 7592 2.3: "invalidate all existing authorization grants and currently active access tokens"
  unregister(world, { client: name, by }) {
    Object.assign(get(world.clients, name), { exists: false, changed: { at: world.now, by } })
    for (const grant of grantsOf(world, ({ client }) => client === name)) grant.isRevoked = true
    note(world, 'client.registration-deleted')
    return done
  },
  // The hash of another system is made a better one at the first sign-in, which ends nothing.
  importUser(world, { as }) {
    world.users[as] = { isDisabled: false, hasTotp: false, notBefore: 0, session: null }
    return done
  },
  rotateKeys: () => done,
  withdrawKey(world, { kid }) {
    world.withdrawnKeys[kid] ??= world.now
    return done
  },
  // After a restore: nothing issued before now counts (src/store/README.md).
  epoch(world) {
    world.epoch = Math.max(world.epoch, world.now)
    return done
  },
  cron(world) {
    const isOver = ({ until, accessUntil }: Grant): boolean =>
      Math.max(until, accessUntil) < world.now - 900
    for (const grant of Object.values(world.grants)) grant.isGone ||= isOver(grant)
    for (const session of Object.values(world.sessions))
      session.isEnded ||= session.until < world.now - 900
    return done
  },
  // KV repeats what D1 has decided. What it alone knows is which tokens were given back while D1 was away.
  kv(world, { by, fault }) {
    world.withoutKv = world.withoutKv.filter((isolate) => isolate !== by)
    if (fault === 'away') world.withoutKv.push(by)
    return done
  },
  wait(world, { seconds }) {
    world.wasSetBack ||= seconds < 0
    return done
  },
}

/** What was issued before an instant counts no more. */
function bar(world: World, name: string): void {
  const user = get(world.users, name)
  user.notBefore = Math.max(user.notBefore, world.now)
}
