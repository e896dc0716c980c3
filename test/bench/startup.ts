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

/** Milliseconds. */
export type StartUp = { firstAnswer: number; fastest: number; slowest: number; cpu: number }

export async function startUp(
  bundle: Bundle,
  compatibilityDate: string,
  compatibilityFlags: readonly string[],
  settings: Record<string, string>,
  starts: number,
): Promise<StartUp> {
  const { default: workerd }: { default: string } = wranglerRequire('workerd')
  const times: number[] = []
  const costs: number[] = []
  for (let start = 0; start < starts; start++) {
    const port = await freePort()
    const config = join(bundle.folder, 'start-up.capnp')
    writeFileSync(
      config,
      configuration(bundle, port, compatibilityDate, compatibilityFlags, settings),
    )
    const from = performance.now()
    const child = spawn(workerd, ['serve', '--experimental', config], { stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    try {
      await firstAnswer(port)
      times.push(performance.now() - from)
      costs.push(cpuSeconds(child.pid ?? 0) * 1000)
    } finally {
      child.kill()
      await ended
    }
  }
  return {
    firstAnswer: median(times),
    fastest: Math.min(...times),
    slowest: Math.max(...times),
    cpu: median(costs),
  }
}

const configuration = (
  bundle: Bundle,
  port: number,
  date: string,
  flags: readonly string[],
  settings: Record<string, string>,
) =>
  `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "${bundle.script}")],
    compatibilityDate = "${date}",
    compatibilityFlags = [${flags.map((flag) => `"${flag}"`).join(', ')}],
    bindings = [${Object.entries(settings)
      .map(([name, text]) => `(name = "${name}", text = "${text}")`)
      .join(', ')}],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`

async function firstAnswer(port: number): Promise<void> {
  const until = Date.now() + 10_000
  while (Date.now() < until) {
    if (await answers(port)) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error('workerd did not answer within 10 seconds')
}

// Refused connections are what it is to be waited for; a refusal is no answer.
const answers = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.write(question))
    socket.once('data', (answer) => {
      socket.destroy()
      const [status] = String(answer).split('\r\n')
      if (status === 'HTTP/1.1 200 OK') resolve(true)
      else reject(new Error(`the first answer was ${status}`))
    })
  })

const question = 'GET /.well-known/openid-configuration HTTP/1.1\r\nHost: auth.example\r\n\r\n'
