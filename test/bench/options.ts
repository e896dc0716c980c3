// What `npm run bench` is asked for. What cannot be measured is refused before anything is.
import { parseArgs } from 'node:util'
import { Refusal } from '../../src/operator/refusal.ts'
import type { Delays } from './contestant.ts'
import { jobs } from './jobs.ts'

export type Options = {
  quick: boolean
  peers: boolean
  distance: boolean
  growth: boolean
  profile: boolean
  scales: number[]
  jobs: string[] | null
  rounds: number
  seconds: number
  lanes: number
  delays: Delays
  patience: number
  out: string
}

export const usage = `npm run bench -- [options]
  (none)        Postern beside the limit: CPU, rates, storage calls, size, start-up
  --peers       the peers that npm has beside it (installs them into a temporary folder)
  --distance    what a user far from the database waits for; milliseconds a call:
                --d1=100 --kv-hot=10 --kv-cold=100 --kv-write=100
  --growth      the same jobs over 10 thousand, 100 thousand and 1 million users; --scales=...
  --profile     where the time of each job goes inside the worker
  --quick       one short round: to see that it runs, not to quote
  --jobs=a,b    only these jobs
  --rounds=5    how often each server is measured; the medians count
  --seconds=2   how long a measurement lasts
  --lanes=8     how many requests are under way at once
  --patience=60 seconds to wait for a busy machine to calm down
  --out=.wrangler/bench  where figures.json, figures.md and chart.svg go`

/** The options, or null where help is asked for. @throws Refusal */
export function readOptions(parameters: string[]): Options | null {
  const values = parse(parameters)
  if (values.help) return null
  const { quick, peers } = values
  return {
    quick,
    peers,
    distance: values.distance,
    growth: values.growth,
    profile: values.profile,
    scales: values.scales.split(',').map((scale) => wholeNumber('scales', scale)),
    jobs: values.jobs === undefined ? null : jobNames(values.jobs),
    rounds: wholeNumber('rounds', values.rounds ?? (quick ? '1' : peers ? '3' : '5')),
    seconds: number('seconds', values.seconds ?? (quick ? '0.5' : '2'), 0.1),
    lanes: wholeNumber('lanes', values.lanes),
    delays: {
      d1: number('d1', values.d1, 0),
      kvHot: number('kv-hot', values['kv-hot'], 0),
      kvCold: number('kv-cold', values['kv-cold'], 0),
      kvWrite: number('kv-write', values['kv-write'], 0),
    },
    patience: quick ? 0 : number('patience', values.patience, 0),
    out: values.out,
  }
}

function parse(parameters: string[]) {
  try {
    return parseParameters(parameters)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Refusal(`${reason} (npm run bench -- --help lists the options)`)
  }
}

const parseParameters = (args: string[]) =>
  parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: false },
      distance: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      scales: { type: 'string', default: '10000,100000,1000000' },
      jobs: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      lanes: { type: 'string', default: '8' },
      d1: { type: 'string', default: '100' },
      'kv-hot': { type: 'string', default: '10' },
      'kv-cold': { type: 'string', default: '100' },
      'kv-write': { type: 'string', default: '100' },
      patience: { type: 'string', default: '60' },
      out: { type: 'string', default: '.wrangler/bench' },
    },
  }).values

function number(name: string, text: string, least: number): number {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value >= least) return value
  throw new Refusal(`--${name} must be a number from ${least} on, not ${text}`)
}

function wholeNumber(name: string, text: string): number {
  const value = number(name, text, 1)
  if (!Number.isSafeInteger(value)) throw new Refusal(`--${name} must be whole, not ${text}`)
  return value
}

/** Names between commas; a name may have one in it. */
function jobNames(text: string): string[] {
  const found = jobs.find(({ name }) => text === name || text.startsWith(`${name},`))
  if (found === undefined) {
    const known = jobs.map(({ name }) => `'${name}'`).join(', ')
    throw new Refusal(`--jobs must be of ${known}, not '${text}'`)
  }
  const rest = text.slice(found.name.length + 1)
  return [found.name, ...(rest === '' ? [] : jobNames(rest))]
}
