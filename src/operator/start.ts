// `npm start`: Postern on this machine, with its state in a folder and the demo of the five
// documents in it. The last line of the boot is `Ready on http://localhost:PORT`.
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSettings } from '../core/settings.ts'
import { demoLines } from './demo-lines.ts'
import { setUpDemo } from './demo-setup.ts'
import { developmentSettings, givenSettings } from './development-settings.ts'
import { formatEnvFile, writePrivateFile } from './env-file.ts'
import { refuseBusyPort } from './port.ts'
import { Refusal, runScript } from './refusal.ts'
import { openSecretsFile, shown } from './secrets-file.ts'
import {
  type DevelopmentServer,
  projectFolder,
  askLocally,
  startDevelopmentServer,
} from './wrangler.ts'

const defaultStateFolder = join(projectFolder, '.wrangler', 'state')

// A signal to `npm start` ends npm and its shell, which tells us nothing but that it is gone.
const shell = process.ppid

await runScript(start)

async function start(): Promise<void> {
  // What is set to nothing has its default: else the project's own folder would hold the state.
  const port = readPort(process.env.PORT || '8787')
  const stateFolder = resolve(process.env.STATE_DIR || defaultStateFolder)
  const devVars = stateFolder === defaultStateFolder ? join(projectFolder, '.dev.vars') : null
  const given = givenSettings(process.env)
  await refuseBusyPort(port)
  const secrets = openSecretsFile(stateFolder, devVars, given.MASTER_KEY)
  const settings: Record<string, string> = {
    ...developmentSettings,
    ...secrets.settings,
    ...given,
  }
  refuseFaults(settings, shown(devVars ?? stateFolder))
  secrets.keep()

  const envFile = join(stateFolder, 'settings.env')
  writePrivateFile(envFile, formatEnvFile(settings))
  // First the one, then the other: each may find the database locked by the other's first steps.
  await migrate(stateFolder)
  const server = startDevelopmentServer({ port, stateFolder, envFile })
  endWithUs(server)
  try {
    await server.listening
    const origin = `http://localhost:${port}`
    await refuseUnconfigured(origin, server)
    const adminToken = settings.ADMIN_TOKEN ?? ''
    const comicClan = await setUpDemo({ origin, adminToken }, stateFolder, secrets.demo)
    const shownToken = given.ADMIN_TOKEN === undefined ? adminToken : '$ADMIN_TOKEN'
    console.log(`State in ${shown(stateFolder)}, secrets in ${shown(devVars ?? stateFolder)}`)
    console.log(demoLines(origin, shownToken, secrets.demo, comicClan))
    // The worker's lines about the boot's own requests are still on their way.
    await sleep(100)
    server.passLogOn()
    console.log(`Ready on ${origin}`)
    runSchedule(origin)
  } catch (cause) {
    await server.end()
    throw cause
  }
  if ((await server.ended) === 'by itself') throw new Refusal('The worker has ended by itself')
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new Refusal(`PORT must be from 1 to 65535, not ${text}`)
  return port
}

function refuseFaults(settings: Record<string, string>, file: string): void {
  const outcome = readSettings(settings)
  if (!('faults' in outcome)) return
  throw new Refusal(`Wrong in the environment or in ${file}: ${outcome.faults.join('; ')}`)
}

async function migrate(stateFolder: string): Promise<void> {
  const { exitCode, output } = await askLocally([
    'd1',
    'migrations',
    'apply',
    'DB',
    '--local',
    `--persist-to=${stateFolder}`,
  ])
  if (exitCode === 0) return
  if (/SQLITE_(NOTADB|CORRUPT)/.test(output)) {
    throw new Refusal(
      `The database in ${shown(stateFolder)} is damaged: put a copy of it back, or remove the folder to begin anew`,
    )
  }
  throw new Refusal(`The local database could not be migrated:\n${output}`)
}

// The worker answers 503 rather than run half configured, and its log says why.
async function refuseUnconfigured(origin: string, server: DevelopmentServer): Promise<void> {
  const response = await fetch(`${origin}/.well-known/openid-configuration`)
  await response.body?.cancel()
  if (response.ok) return
  await sleep(100)
  throw new Refusal(`The worker answers ${response.status}:\n${server.said()}`)
}

function endWithUs(server: DevelopmentServer): void {
  const end = () => void server.end().then(() => process.exit(0))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
  if (process.env.npm_lifecycle_event === undefined) return
  const watch = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(watch)
    end()
  }, 250)
  watch.unref()
}

// wrangler leaves the cron trigger of the configuration to whoever calls this address.
function runSchedule(origin: string): void {
  const run = () => fetch(`${origin}/cdn-cgi/local/scheduled`).catch(() => undefined)
  setInterval(run, 60_000).unref()
}
