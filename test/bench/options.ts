// What `npm run bench` is asked for.
import { parseArgs } from 'node:util'

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
  d1Delay: number
  kvDelay: number
  patience: number
  out: string
}

export const usage = `npm run bench -- [options]
  (none)        Postern beside the limit: CPU, rates, storage calls, size, start-up
  --peers       the peers that npm has beside it (installs them into a temporary folder)
  --distance    what a user far from the database waits for; --d1=100 --kv=10 milliseconds a call
  --growth      the same jobs over 10 thousand, 100 thousand and 1 million users; --scales=...
  --profile     where the time of each job goes inside the worker
  --quick       one short round: to see that it runs, not to quote
  --jobs=a,b    only these jobs
  --rounds=5 --seconds=2 --lanes=8
  --patience=60 seconds to wait for a busy machine to calm down
  --out=.wrangler/bench  where figures.json, table.md and chart.svg go`

export function readOptions(parameters: string[]): Options | null {
  const { values } = parseArgs({
    args: parameters,
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
      kv: { type: 'string', default: '10' },
      patience: { type: 'string', default: '60' },
      out: { type: 'string', default: '.wrangler/bench' },
    },
  })
  if (values.help) return null
  return {
    quick: values.quick,
    peers: values.peers,
    distance: values.distance,
    growth: values.growth,
    profile: values.profile,
    scales: values.scales.split(',').map(Number),
    jobs: values.jobs?.split(',') ?? null,
    rounds: Number(values.rounds ?? (values.quick ? 1 : values.peers ? 3 : 5)),
    seconds: Number(values.seconds ?? (values.quick ? 0.5 : 2)),
    lanes: Number(values.lanes),
    d1Delay: Number(values.d1),
    kvDelay: Number(values.kv),
    patience: values.quick ? 0 : Number(values.patience),
    out: values.out,
  }
}
