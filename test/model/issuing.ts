// How access and refresh tokens are given: a new grant, and a grant that is refreshed.
import type { Command } from './commands.ts'
import {
  type Client,
  type Grant,
  type Outcome,
  type Token,
  type World,
  get,
  invalidGrant,
  isAlive,
  isFresh,
  note,
  tooEarly,
} from './model.ts'

/** Gives an access token (RFC 6749 5.1); `generation` is that of the refresh token beside it. */
export function issue(
  world: World,
  name: string,
  token: Partial<Token> & { client: string },
  until: number,
): Outcome {
  const basis = {
    ...{ grant: null, grantClient: token.client, isRevoked: false },
    ...{ isOurs: true, hasOpenid: false, kid: null },
  }
  // Never before what it stands on, whatever the clock of the isolate says.
  const issuedAt = Math.max(world.now, token.issuedAt ?? 0)
  world.tokens[name] = { ...basis, ...token, issuedAt, until }
  return { status: 200, expiresIn: until - Math.floor(world.now) }
}
export const expiry = (world: World, client: string): number =>
  Math.floor(world.now) + get(world.clients, client).accessToken

type Basis = Pick<Grant, 'user' | 'client' | 'session' | 'isOffline'>

/** Opens a grant: RFC 6749 4.1.4, 4.3.3, RFC 8628 3.5. */
export function open(world: World, name: string, token: string, basis: Basis): Outcome {
  const { now } = world
  const { idle, absolute } = get(world.clients, basis.client)
  const accessUntil = expiry(world, basis.client)
  world.grants[name] = {
    ...basis,
    createdAt: now,
    isRevoked: false,
    isGone: false,
    generation: 0,
    rotatedAt: 0,
    wasRefreshed: false,
    idleUntil: now + Math.min(idle, absolute),
    until: now + absolute,
    accessUntil,
    rounds: 0,
    retried: null,
  }
  const { client } = basis
  return {
    ...issue(world, token, { client, grant: name, hasOpenid: true }, accessUntil),
    generation: 0,
    isNarrow: false,
  }
}

/** Refreshes a grant: RFC 6749 6. */
export function refresh(world: World, command: Command<'refresh'>): Outcome {
  const { now } = world
  const grant = get(world.grants, command.grant)
  const client = get(world.clients, command.client)
  if (grant.client !== command.client || !isAlive(world, grant) || !isFresh(world, grant))
    return invalidGrant
  const told = (until: number): Outcome => ({
    ...issue(
      world,
      command.token,
      {
        client: command.client,
        grant: command.grant,
        hasOpenid: !command.isNarrow,
        issuedAt: grant.createdAt,
      },
      until,
    ),
    generation: grant.generation,
    // "If omitted, it is treated as equal to the scope originally granted": narrowing does not stay.
    isNarrow: command.isNarrow,
  })
  const until = expiry(world, command.client)
  if (command.generation === grant.generation) {
    if (client.rotates) Object.assign(grant, { generation: grant.generation + 1, rotatedAt: now })
    if (!grant.wasRefreshed) note(world, 'token.refreshed')
    grant.wasRefreshed = true
    grant.idleUntil = Math.min(now + client.idle, grant.until)
    grant.accessUntil = Math.max(grant.accessUntil, until)
    return told(until)
  }
  if (command.generation === grant.generation - 1) {
    if (mayRetry(world, grant, client)) {
      if (grant.accessUntil - now < client.accessToken / 2)
        grant.accessUntil = Math.max(grant.accessUntil, until)
      return told(Math.min(until, grant.accessUntil))
    }
    // Whether an outage gave it back is not known, and nobody is taken for a thief by a guess.
    if (world.withoutKv.includes(command.by)) return tooEarly
  }
  // RFC 9700 4.14.2: the owner or a thief has an old token, and the whole grant ends.
  grant.isRevoked = true
  note(world, 'token.refresh-reused')
  return invalidGrant
}
/**
 * Whether the token before the current one is a retry after a lost answer: soon after the rotation, by a
 * clock that may be a minute behind, and not in step with the owner generation after generation.
 */
function mayRetry(
  { now }: World,
  grant: Grant,
  { grace, isConfidential, isAgent }: Client,
): boolean {
  if (grace === 0 || grant.rotatedAt < now - grace || grant.rotatedAt > now + 60) return false
  const counts = !isAgent || grant.rotatedAt <= now - 10
  if (counts && grant.retried !== grant.generation) {
    const isNext = grant.rounds >= 2 || grant.retried === grant.generation - 1
    grant.rounds = isNext ? grant.rounds + 1 : 1
    grant.retried = grant.generation
  }
  return isConfidential || grant.rounds <= 2
}
