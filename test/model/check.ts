// Runs of commands: each is sent to the server, and what it comes to must be what the model allows.
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import { grantIdOf } from '../support/time.ts'
import { type Actual, kidOf } from './actual.ts'
import type { Command, Step } from './commands.ts'
import { type Outcome, type Token, type World, get, registrations } from './model.ts'
import { type Possibility, possibilities } from './possible.ts'
import { commandOf } from './resolve.ts'

/** How far apart two steps are, in milliseconds. */
const tick = 5
const day = 86_400_000
let furthest = Date.parse('2030-01-01T00:00:00Z')

/** The counts of all runs of this process. */
export const counts = { runs: 0, steps: 0, pairs: 0, tokens: 0 }

/** An outcome that the model does not allow; the message has the steps of the run. */
class Divergence extends Error {}

const newWorld = (now: number): World => ({
  ...{
    now,
    isOutdated: false,
    wasSetBack: false,
    withoutKv: [],
    epoch: 0,
    sessions: {},
    codes: {},
    grants: {},
    tokens: {},
  },
  users: {
    ann: { isDisabled: false, hasTotp: false, notBefore: 0, session: null },
    bob: { isDisabled: false, hasTotp: false, notBefore: 0, session: null },
  },
  clients: structuredClone(registrations),
  ...{ withdrawnKeys: {}, audit: {} },
})

/** One run, from a server on which nothing counts that was before. */
export class Run {
  readonly #actual: Actual
  /** More than one while what was told so far leaves open what is true. */
  #worlds: World[]
  #at: number
  readonly #begun: number
  readonly #told: string[] = []
  #named = 0

  private constructor(actual: Actual, at: number) {
    this.#actual = actual
    this.#at = at
    this.#begun = at
    this.#worlds = [newWorld(at / 1000)]
  }

  /** What is left of all runs once nothing counts any more, and cron has run. */
  static async rest(actual: Actual): Promise<Record<string, number>> {
    await actual.reset()
    furthest += 400 * day
    vi.setSystemTime(furthest)
    const [server] = actual.servers
    for (let run = 0; run < 3; run++) await server?.cron()
    return actual.rows()
  }

  static async begin(actual: Actual): Promise<Run> {
    await actual.reset()
    furthest += day
    return new Run(actual, furthest)
  }

  /** Takes all steps, and looks at everything in the end. */
  async take(steps: readonly Step[]): Promise<void> {
    counts.runs += 1
    try {
      for (const step of steps) await this.#take(step)
      await this.#lookAtTokens()
      await this.#lookAtEvents()
      await this.#lookAtGrants()
    } catch (failure) {
      throw failure instanceof Divergence ? failure : this.#divergence(String(failure))
    }
  }

  async #take(step: Step): Promise<void> {
    this.#setClock(tick)
    const commands = ('both' in step ? step.both : [step]).flatMap(
      (drawn) => commandOf(drawn, this.#world, this.#actual.received, (this.#named += 1)) ?? [],
    )
    const [first, second] = commands
    if (first === undefined) return
    counts.steps += commands.length
    if (second === undefined) return this.#one(first)
    counts.pairs += 1
    return this.#two(first, second)
  }

  #setClock(milliseconds: number): void {
    this.#at += milliseconds
    furthest = Math.max(furthest, this.#at)
    vi.setSystemTime(this.#at)
    for (const world of this.#worlds) world.now = this.#at / 1000
  }

  async #one(command: Command): Promise<void> {
    if (command.do === 'wait') this.#setClock(command.seconds * 1000)
    const outcome = await this.#actual.perform(command)
    this.#judge(command, outcome)
    // An isolate reads its keys again for an unknown one once in five seconds, and no sooner.
    if (command.do === 'withdrawKey') this.#setClock(5_001)
  }

  #judge(command: Command, outcome: Outcome): void {
    this.#told.push(`${JSON.stringify(command)} -> ${JSON.stringify(outcome)}`)
    const possible = this.#worlds.flatMap((world) => possibilities(world, command))
    this.#keep(
      possible.map(({ outcome: one, after }) => ({ outcome: [one], after })),
      [outcome],
    )
  }

  /** Two at once may come to what either order of them comes to. */
  async #two(first: Command, second: Command): Promise<void> {
    const outcomes = await Promise.all([this.#actual.perform(first), this.#actual.perform(second)])
    this.#told.push(`at once: ${JSON.stringify([first, second])} -> ${JSON.stringify(outcomes)}`)
    const possible = this.#worlds.flatMap((world) => [
      ...inOrder(world, first, second),
      ...inOrder(world, second, first).map(({ outcome, after }) => ({
        outcome: outcome.toReversed(),
        after,
      })),
    ])
    this.#keep(possible, outcomes)
  }

  /** Keeps the worlds in which the answers are what they were. */
  #keep(
    possible: readonly { outcome: readonly Outcome[]; after: World }[],
    seen: readonly Outcome[],
  ): void {
    const fitting = possible.filter(({ outcome }) => textOf(outcome) === textOf(seen))
    if (fitting.length === 0) {
      const allowed = [...new Set(possible.map(({ outcome }) => textOf(outcome)))]
      throw this.#divergence(`the model allows ${allowed.join(' or ')} and not ${textOf(seen)}`)
    }
    const worlds = new Map(fitting.map(({ after }) => [JSON.stringify(after), after]))
    this.#worlds = [...worlds.values()]
    for (const [name, text] of this.#actual.received.access) {
      for (const { tokens } of this.#worlds) {
        const token = tokens[name]
        if (token === undefined || token.kid !== null) continue
        token.kid = kidOf(text)
        this.#requireKey(token)
      }
    }
  }

  /** An isolate may go on with the keys that it has read for a minute. */
  #requireKey({ kid, issuedAt }: Token): void {
    const { withdrawnKeys, wasSetBack } = this.#world
    const withdrawnAt = withdrawnKeys[kid ?? '']
    if (withdrawnAt === undefined || wasSetBack || issuedAt < withdrawnAt + 60) return
    throw this.#divergence(`a token is signed by ${kid}, which was withdrawn at ${withdrawnAt}`)
  }

  #divergence(what: string): Divergence {
    return new Divergence(`${what}, after\n${this.#told.join('\n')}`)
  }

  /** No token of a dead grant is active anywhere, and every other one is. */
  async #lookAtTokens(): Promise<void> {
    const { access, refresh } = this.#actual.received
    const names = [...access.keys()].filter((name) => name !== 'none').slice(-6)
    const looks: Command[] = names.map((token, index) => ({
      do: 'introspect',
      by: index % 2,
      token,
    }))
    for (const [grant, { length }] of refresh) {
      const { client } = get(this.#world.grants, grant)
      looks.push({ do: 'introspectRefresh', by: length % 2, grant, generation: length - 1, client })
    }
    counts.tokens += looks.length
    const outcomes = await Promise.all(looks.map((command) => this.#actual.perform(command)))
    for (const [index, command] of looks.entries()) this.#judge(command, outcomes[index] ?? {})
  }

  /** The events are those that the commands have made. */
  async #lookAtEvents(): Promise<void> {
    const events = await env.DB.prepare(
      'SELECT kind, COUNT(*) AS count FROM audit_events WHERE at >= ?1 AND at < ?2 GROUP BY kind',
    )
      .bind(this.#begun / 1000 - 3600, furthest / 1000 + 1)
      .all<{ kind: string; count: number }>()
    const seen = Object.fromEntries(
      events.results.flatMap(({ kind, count }) => (isModelled(kind) ? [[kind, count]] : [])),
    )
    const allowed = this.#worlds.map(({ audit }) => sorted(audit))
    if (!allowed.includes(sorted(seen))) {
      throw this.#divergence(`the events are ${sorted(seen)} and not ${allowed.join(' or ')}`)
    }
  }

  /** The rows of the grants say what the model says, and there is one for each. */
  async #lookAtGrants(): Promise<void> {
    const names = [...this.#actual.received.refresh.entries()]
    const ids = names.map(([, [text = '']]) => grantIdOf(text))
    const rows = await env.DB.prepare(
      `SELECT id, generation, revoked_at IS NOT NULL AS revoked FROM grants
        WHERE id IN (SELECT value FROM json_each(?1))`,
    )
      .bind(JSON.stringify(ids))
      .all<{ id: string; generation: number; revoked: number }>()
    const seen = Object.fromEntries(
      rows.results.map(({ id, generation, revoked }) => [
        names[ids.indexOf(id)]?.[0] ?? id,
        `${generation}${revoked === 1 ? ' revoked' : ''}`,
      ]),
    )
    const allowed = this.#worlds.map(({ grants }) =>
      sorted(
        Object.fromEntries(
          Object.entries(grants).flatMap(([name, { isGone, isRevoked, generation }]) =>
            isGone ? [] : [[name, `${generation}${isRevoked ? ' revoked' : ''}`]],
          ),
        ),
      ),
    )
    if (!allowed.includes(sorted(seen))) {
      throw this.#divergence(`the grants are ${sorted(seen)} and not ${allowed.join(' or ')}`)
    }
  }

  get #world(): World {
    const [world] = this.#worlds
    if (world === undefined) throw new Error('no world is left')
    return world
  }
}

function inOrder(
  world: World,
  first: Command,
  second: Command,
): { outcome: Outcome[]; after: World }[] {
  return possibilities(world, first).flatMap(({ outcome: one, after }: Possibility) =>
    possibilities(after, second).map((then) => ({
      outcome: [one, then.outcome],
      after: then.after,
    })),
  )
}

const sorted = (counted: Record<string, number | string>): string =>
  JSON.stringify(Object.entries(counted).toSorted(([one], [other]) => (one < other ? -1 : 1)))
const textOf = (outcomes: readonly Outcome[]): string =>
  JSON.stringify(
    outcomes.map((outcome) =>
      Object.entries(outcome).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ),
  )

/** Kinds of events that the model says nothing of. */
const isModelled = (kind: string): boolean =>
  /^(user|client|token|code|device)\./.test(kind) && !others.includes(kind)
const others = ['user.sign-in-refused', 'user.second-factors-removed']
