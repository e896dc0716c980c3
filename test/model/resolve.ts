// Resolves a drawn command: its numbers choose among the grants, tokens and codes that exist by then.
import type { Received } from './actual.ts'
import { type Command, type Drawn, waits } from './commands.ts'
import { type World, get, isEarlyFor, registrations, signedIn } from './model.ts'

/** Returns the command that was drawn; null if nothing exists that it could be about. */
export function commandOf(
  { do: name, by, one, two, flag }: Drawn,
  world: World,
  received: Received,
  number: number,
): Command | null {
  const as = `${name}-${number}`
  const token = `token-${number}`
  const agents = [...received.registered.keys()].filter(
    (client) => get(world.clients, client).exists,
  )
  const clients = [...Object.keys(registrations), ...agents]
  const user = picked(Object.keys(world.users), one) ?? 'ann'
  // Not for agents (RFC 7591): no password and no secret.
  const client = picked(Object.keys(registrations), two) ?? 'web'
  const anyClient = picked(clients.toReversed(), two) ?? 'web'
  const grant = picked([...received.refresh.keys()].toReversed(), one)
  const access = picked(
    [...received.access.keys()].filter((text) => text !== 'none').toReversed(),
    one,
  )
  // Who is ended at this very instant gets a code that is as old.
  const isNow = world.now === Math.max(world.epoch, get(world.users, user).notBefore)
  const mayBrowse = signedIn(world, user) !== null || (!isNow && !get(world.users, user).hasTotp)
  switch (name) {
    case 'password':
      return { do: name, by, as, token, user, client }
    case 'authorize':
      return mayBrowse ? { do: name, by, as, user, client: anyClient, isOffline: flag } : null
    case 'redeem': {
      const code = picked([...received.codes.keys()].toReversed(), one)
      if (code === undefined) return null
      return { do: name, by, as, token, code, client: get(world.codes, code).client }
    }
    case 'device': {
      const at = flag ? 'web' : 'pub'
      const { isDisabled } = get(world.users, user)
      const isClear = !get(world.clients, at).isDisabled && get(world.clients, at).changed === null
      if (!mayBrowse || isDisabled || !isClear || isEarlyFor(world, user)) return null
      return { do: name, by, as, token, user, client: at, isOffline: one % 2 === 0 }
    }
    case 'clientCredentials':
      return { do: name, by, token, client: picked(['web', 'strict', 'shared'], two) ?? 'web' }
    case 'exchange':
      return access === undefined ? null : { do: name, by, as: token, token: access, client: 'web' }
    case 'refresh':
    case 'introspectRefresh':
    case 'revokeRefresh': {
      const own = grant === undefined ? undefined : get(world.grants, grant).client
      const newest = (received.refresh.get(grant ?? '')?.length ?? 0) - 1
      if (grant === undefined || own === undefined) return null
      const generation = Math.max(0, newest - (picked([0, 0, 0, 1, 1, 2], two) ?? 0))
      const by_ = two === 16 ? client : own
      return name === 'refresh'
        ? { do: name, by, token, grant, generation, client: by_, isNarrow: flag && two % 5 === 0 }
        : { do: name, by, grant, generation, client: by_ }
    }
    case 'introspect':
    case 'userinfo':
      return access === undefined ? null : { do: name, by, token: access }
    case 'revokeAccess': {
      if (access === undefined) return null
      const { client: own, kid } = get(world.tokens, access)
      const isWithdrawn = kid !== null && kid in world.withdrawnKeys
      return isWithdrawn ? null : { do: name, by, token: access, client: two === 16 ? client : own }
    }
    case 'garbage':
      return { do: name, by, client, seed: one }
    case 'logout':
    case 'everywhere':
    case 'changePassword':
    case 'adminLogout':
    case 'setPassword':
      return { do: name, by, user }
    case 'setUser':
      return { do: name, by, user, isDisabled: !get(world.users, user).isDisabled }
    case 'setTotp':
      return { do: name, by, user, isOn: !get(world.users, user).hasTotp }
    case 'setClient':
      return { do: name, by, client, isDisabled: !get(world.clients, client).isDisabled }
    case 'revokeClient':
      return { do: name, by, client }
    case 'unregister': {
      const agent = picked(agents, one)
      return agent === undefined ? null : { do: name, by, client: agent }
    }
    case 'register':
    case 'importUser':
      return { do: name, by, as }
    case 'withdrawKey': {
      const kid = access === undefined ? undefined : get(world.tokens, access).kid
      return kid == null ? null : { do: name, by, kid }
    }
    case 'kv':
      return { do: name, by, fault: picked(['stale', 'away', 'none'] as const, two) ?? 'none' }
    case 'wait':
      return { do: name, by, seconds: picked(waits, two) ?? 1 }
    case 'rotateKeys':
    case 'epoch':
    case 'cron':
      return { do: name, by }
  }
}

const picked = <One>(from: readonly One[], number: number): One | undefined =>
  from[number % from.length]
