// The worlds that a command may lead to. There is one, unless an isolate may still remember a client as it
// was: src/store/README.md allows it ten seconds.
import type { Command, Name } from './commands.ts'
import { type Outcome, type World, get, isEnabled, refused } from './model.ts'
import { rules } from './rules.ts'

/** What a command may come to, and the world after it. */
export type Possibility = { outcome: Outcome; after: World }

const apply = <One extends Name>(world: World, command: Command<One>): Outcome =>
  rules[command.do](world, command)

/** What a command may come to: one thing, unless an isolate may remember a client that was changed. */
export function possibilities(world: World, command: Command): Possibility[] {
  return beliefs(world, command).map((belief) => {
    const after = structuredClone(world)
    after.isOutdated = belief === 'outdated'
    const outcome = belief === 'unknown' ? unknownClient(command) : apply(after, command)
    after.isOutdated = false
    return { outcome, after }
  })
}

/** RFC 6749 5.2; a browser stays on a page that says so (4.1.2.1). */
const unknownClient = ({ do: name }: Command): Outcome =>
  name === 'authorize' || name === 'device' ? { isGranted: false } : refused('invalid_client', 401)

const administrative: readonly Name[] = ['setClient', 'revokeClient', 'register', 'unregister']

/**
 * Whether the isolate takes the client for one that may ask, and knows when it was revoked: D1 still decides
 * about what is stored.
 */
function beliefs(world: World, command: Command): ('current' | 'outdated' | 'unknown')[] {
  if (!('client' in command) || administrative.includes(command.do)) return ['current']
  const { changed } = get(world.clients, command.client)
  const isRecent =
    changed !== null &&
    changed.by !== command.by &&
    Math.abs(world.now - changed.at) < remembered(world)
  if (isRecent) return ['current', 'outdated', 'unknown']
  return [isEnabled(world, command.client) ? 'current' : 'unknown']
}

/** Seconds; after the clock was set back, two instants that look near may lie apart. */
const remembered = ({ wasSetBack }: World): number => (wasSetBack ? 150 : 10)
