// Where the time of a job goes inside the worker: V8's sampling profiler through workerd's inspector.
// It sees the worker alone, neither D1 nor KV nor workerd's own C++ ("program").
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './edge.ts'
import type { Job } from './jobs.ts'
import { run, withLane } from './load.ts'
import { postern } from './postern.ts'
import { table } from './report.ts'

type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

/** Functions shown of each job. */
const shown = 25

/** Profiles each job by itself; the profiles can be opened in any DevTools. */
export async function profileJobs(
  jobs: readonly Job[],
  seconds: number,
  folder: string,
  out: string,
): Promise<void> {
  const place = join(folder, 'profiled')
  mkdirSync(place)
  const inspectorPort = await freePort()
  const contestant = await postern.start({ folder: place, inspectorPort, readable: true })
  const inspector = await openInspector(inspectorPort)
  try {
    const { origin, pid } = contestant
    for (const job of jobs) {
      const prepared = await withLane(origin, (ask) => job.prepare(contestant, ask, 4))
      if (prepared === null) continue
      if (prepared.most === undefined) {
        await run({ origin, pid, lanes: 4, seconds: 1, ...prepared })
      }
      await inspector.command('Profiler.start')
      const { units, cpu } = await run({ origin, pid, lanes: 4, seconds, ...prepared })
      const { profile } = await inspector.command<{ profile: Profile }>('Profiler.stop')
      writeFileSync(
        join(out, `${job.name.replaceAll(/\W+/g, '-')}.cpuprofile`),
        JSON.stringify(profile),
      )
      console.log(
        `\n${job.name}: ${cpu.toFixed(0)} us of CPU, profiled\n${hottest(profile, units)}`,
      )
    }
  } finally {
    inspector.close()
    await contestant.stop()
  }
}

function hottest({ nodes, samples, timeDeltas }: Profile, units: number): string {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'} ${url.replace(/^.*\//, '')}:${lineNumber + 1}`,
    ]),
  )
  const own = new Map<string, number>()
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '?'
    own.set(name, (own.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  })
  const rows = [...own]
    .filter(([name]) => !name.startsWith('(idle)'))
    .sort(([, one], [, other]) => other - one)
    .slice(0, shown)
    .map(([name, time]) => [(time / units).toFixed(1), name])
  return table(['us a unit', 'function'], rows)
}

export type Inspector = {
  command: <Result = object>(method: string, parameters?: object) => Promise<Result>
  close: () => void
}

/** Opens the inspector of a worker, by the end of its name: of ours by default. */
export async function openInspector(port: number, worker = 'user:postern'): Promise<Inspector> {
  const targets: { id: string; webSocketDebuggerUrl: string }[] = await (
    await fetch(`http://127.0.0.1:${port}/json`)
  ).json()
  const target = targets.find(({ id }) => id.endsWith(worker))
  if (target === undefined) throw new Error('the worker has no inspector')
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const waiting = new Map<number, (result: object) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result }: { id?: number; result: object } = JSON.parse(String(data))
    if (id !== undefined) waiting.get(id)?.(result)
  })
  let last = 0
  const command = <Result>(method: string, parameters = {}): Promise<Result> => {
    const id = ++last
    socket.send(JSON.stringify({ id, method, params: parameters }))
    return new Promise((resolve) => waiting.set(id, (result) => resolve(result as Result)))
  }
  await command('Profiler.enable')
  await command('Profiler.setSamplingInterval', { interval: 200 })
  return { command, close: () => socket.close() }
}
