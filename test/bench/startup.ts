// Start-up: from spawning bare workerd with the bundle to its first answer, and the CPU until then.
// Configured as in production, with every face mounted: the dearest first request there is.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Bundle } from './bundle.ts'
import { wranglerRequire } from './bundle.ts'
import { freePort } from './edge.ts'
import { median } from './load.ts'
import { cpuSeconds } from './machine.ts'

/** A worker as it is deployed, and the request that it is spawned for. */
type Newcomer = {
  bundle: Bundle
  compatibilityDate: string
  compatibilityFlags: readonly string[]
  settings: Record<string, string>
  path: string
}

/** Milliseconds. */
export type StartUp = { firstAnswer: number; fastest: number; slowest: number; cpu: number }

/** Each is started in turn, so often; medians, in the order given. */
export async function startUps(newcomers: readonly Newcomer[], starts: number): Promise<StartUp[]> {
  const runs: Run[][] = newcomers.map(() => [])
  for (let start = 0; start < starts; start++) {
    for (const [place, newcomer] of newcomers.entries())
      runs[place]?.push(await startOnce(newcomer))
  }
  return runs.map(summary)
}

type Run = { firstAnswer: number; cpu: number }

async function startOnce(newcomer: Newcomer): Promise<Run> {
  const { default: workerd }: { default: string } = wranglerRequire('workerd')
  const port = await freePort()
  const config = join(newcomer.bundle.folder, 'start-up.capnp')
  writeFileSync(config, configuration(newcomer, port))
  const from = performance.now()
  const child = spawn(workerd, ['serve', '--experimental', config], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    await firstAnswer(port, newcomer.path)
    return { firstAnswer: performance.now() - from, cpu: cpuSeconds(child.pid ?? 0) * 1000 }
  } finally {
    child.kill()
    await ended
  }
}

function summary(runs: readonly Run[]): StartUp {
  const times = runs.map(({ firstAnswer }) => firstAnswer)
  return {
    firstAnswer: median(times),
    fastest: Math.min(...times),
    slowest: Math.max(...times),
    cpu: median(runs.map(({ cpu }) => cpu)),
  }
}

const configuration = (
  { bundle, compatibilityDate, compatibilityFlags, settings }: Newcomer,
  port: number,
) =>
  `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [${[
      ...[bundle.script, ...bundle.late].map(
        (name) =>
          `(name = "${name}", ${name.endsWith('.js') ? 'esModule' : 'wasm'} = embed "${name}")`,
      ),
    ].join(', ')}],
    compatibilityDate = "${compatibilityDate}",
    compatibilityFlags = [${compatibilityFlags.map((flag) => `"${flag}"`).join(', ')}],
    bindings = [${Object.entries(settings)
      .map(([name, text]) => `(name = "${name}", text = "${text}")`)
      .join(', ')}],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (forwardedProtoHeader = "X-Forwarded-Proto"), service = "main")],
);
`

async function firstAnswer(port: number, path: string): Promise<void> {
  const until = Date.now() + 10_000
  while (Date.now() < until) {
    if (await answers(port, path)) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error('workerd did not answer within 10 seconds')
}

// Refused connections are what it is to be waited for; a refusal is no answer.
const answers = (port: number, path: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () =>
      // A deployment answers over https alone.
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: auth.example\r\nX-Forwarded-Proto: https\r\n\r\n`,
      ),
    )
    socket.once('data', (answer) => {
      socket.destroy()
      const [status] = String(answer).split('\r\n')
      if (status === 'HTTP/1.1 200 OK') resolve(true)
      else reject(new Error(`the first answer was ${status}`))
    })
  })
