// Races as data: what is contended for, by whom, and what must be true afterwards. The engine runs each of
// them over ten isolates, whose calls of storage wait at random, so that no two rounds go the same way.
import { noFault, Server, type Environment } from '../support/faults.ts'
import { UserAgent, type Place } from '../support/user-agent.ts'
import { differenceOf } from './difference.ts'
import { randomFrom, type Random } from './random.ts'

/** How a round may end: how many had each outcome, and what is stored. */
export type Ending = { outcomes: Record<string, unknown>; rows: unknown }

/** What the requests of a round have in common, and where each of them goes. */
type Contender = {
  /** From 0. */
  nth: number
  isolate: Server
}

/** One thing that counts once, and the requests that contend for it. */
export type Race<Prize> = {
  name: string
  /** How many contend; 50 unless it says so. */
  atOnce?: number
  /** Makes the prize of a round. Nothing of it is shared with another round. */
  prepare(isolate: Server, round: number): Promise<Prize>
  /** Sends one request for it, and returns the outcome in a few words, such as `400 invalid_grant`. */
  contend(prize: Prize, contender: Contender): Promise<string>
  /** What is stored afterwards. */
  rows(prize: Prize): Promise<unknown>
  /** The documented endings; a round has one of them. */
  endings: readonly Ending[]
}

/** What came of a round: null, or how it differs from every documented ending. */
type Verdict = { requests: number; violation: string | null }

/** A race that can be run, whatever it is about. */
export type RunnableRace = { name: string; run(round: number, seed: number): Promise<Verdict> }

/** Turns a race into one that can be run on isolates with these settings. */
export function race<Prize>(definition: Race<Prize>, settings: Environment = {}): RunnableRace {
  const { name, atOnce = 50 } = definition
  const isolates = Array.from({ length: 10 }, () => new Server(settings))
  return {
    name,
    async run(round, seed) {
      const random = randomFrom(`${seed} ${name} ${round}`)
      const prize = await definition.prepare(pick(isolates, random), round)
      for (const isolate of isolates) isolate.plan(waitingAt(random))
      const answers = await Promise.all(
        Array.from({ length: atOnce }, (_none, nth) =>
          definition.contend(prize, { nth, isolate: pick(isolates, random) }),
        ),
      )
      for (const isolate of isolates) isolate.plan(noFault)
      await Promise.all(isolates.map((isolate) => isolate.settled()))
      const ending = { outcomes: countOf(answers), rows: await definition.rows(prize) }
      return { requests: atOnce, violation: differenceOf(ending, definition.endings) }
    },
  }
}

/** A quarter of the calls of storage wait for up to three milliseconds. */
const waitingAt = (random: Random) => () =>
  random() < 0.25 ? waitFor(Math.floor(random() * 4)).then(() => null) : null

const waitFor = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

function pick(isolates: readonly Server[], random: Random): Server {
  const isolate = isolates[Math.floor(random() * isolates.length)]
  if (isolate === undefined) throw new Error('there are no isolates')
  return isolate
}

function countOf(answers: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1
  return counts
}

/** An answer to a program in a few words: its status, and its error if it has one. */
export async function saidBy(answer: Response | Promise<Response>): Promise<string> {
  const response = await answer
  const text = await response.text()
  if (response.ok || !/json/.test(response.headers.get('Content-Type') ?? '')) {
    return String(response.status)
  }
  const { error, detail } = Object(JSON.parse(text))
  return `${response.status} ${error ?? detail}`
}

/** What a person sees, or what the client is told, in a few words. */
export function shownBy({ status, title, away }: Place): string {
  if (away === null) return `${status} ${title.split(' · ')[0]}`
  const { searchParams } = new URL(away)
  return searchParams.has('code') ? 'a code' : (searchParams.get('error') ?? 'away')
}

/** The browser of a person, as one that reaches an isolate. */
export function copyAt({ isolate }: Pick<Contender, 'isolate'>, agent: UserAgent): UserAgent {
  const other = new UserAgent(isolate.fetch)
  for (const [name, value] of agent.cookies) other.cookies.set(name, value)
  return other
}
