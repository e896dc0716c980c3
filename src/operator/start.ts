// `npm start`: runs Postern on this machine, with its state in a folder and the demo of the five
// documents. The last line of the boot is `Ready on http://localhost:PORT`.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../core/server/settings.ts'
import { type Configuration, configurationFrom } from '../dialects/configuration.ts'
import { type Demo, openDemo } from './demo-credentials.ts'
import { demoLines } from './demo-lines.ts'
import { replaceCredentials, replaceDrawnClients, setUpDemo } from './demo-setup.ts'
import {
  developmentSettings,
  givenSettings,
  mailSettings,
  withDevelopmentIssuer,
} from './development-settings.ts'
import { type MailBox, openMailBox } from './mail-box.ts'
import { formatEnvFile, writePrivateFile } from './env-file.ts'
import {
  type ListenAddress,
  isLoopbackAddress,
  localOrigin,
  readHost,
  readPort,
  send,
} from './listen-address.ts'
import { defaultPort, freePort, portWarning, refuseBusyPort } from './port.ts'
import { Refusal, runScript } from './refusal.ts'
import { openSecretsFile, shown } from './secrets-file.ts'
import { asksForHelp, startUsage } from './start-options.ts'
import { defaultStateFolder, keepAddress, settingsPath, stateFolderOf } from './state-folder.ts'
import {
  type DevelopmentServer,
  askLocally,
  projectFolder,
  startDevelopmentServer,
} from './wrangler.ts'

// A signal to `npm start` ends npm and its shell. The only trace of it here is that the shell is
// gone.
const shell = process.ppid

const servers: DevelopmentServer[] = []

await runScript(start)

async function start(): Promise<void> {
  if (asksForHelp(process.argv.slice(2), process.env)) return console.log(startUsage)
  // An empty variable means the default. Otherwise the state would land in the project folder.
  const port = readPort(process.env.PORT || String(defaultPort))
  const address = { host: readHost(process.env.HOST || 'localhost'), port }
  const stateFolder = stateFolderOf(process.env)
  const devVars = stateFolder === defaultStateFolder ? join(projectFolder, '.dev.vars') : null
  const given = givenSettings(process.env)
  await refuseBusyPort(address)
  const secrets = openSecretsFile(stateFolder, devVars, given.MASTER_KEY)
  const own = { ...secrets.settings, ...given }
  const box = await mailBox(own, port)
  const environment = withDevelopmentIssuer({
    ...developmentSettings,
    ...mailSettings(box, own),
    ...own,
  })
  const { settings, served } = readOrRefuse(environment, shown(devVars ?? stateFolder))
  const origin = localOrigin(address) ?? settings.issuer
  if (origin === undefined) {
    throw new Refusal(
      `HOST=${address.host} does not accept connections to localhost: also set the server's public name, ISSUER=https://...`,
    )
  }
  const isExposed = settings.issuer !== undefined || !isLoopbackAddress(address.host)
  const demo = openDemo(stateFolder, secrets.demo, isExposed ? 'random' : 'documents')
  secrets.keep()

  endServersWithUs()
  // One after the other, because each start-up may find the database locked by the other.
  await migrate(stateFolder)
  if (secrets.isNew) demo.begin()
  else if (demo.isChanging) await changeDemo(demo, stateFolder, environment)
  const { server, door } = await startServer(address, stateFolder, environment)
  try {
    await setUpDemo(door, demo.credentials)
    if (secrets.isNew) demo.finish()
    const drawn = await replaceDrawnClients(door, stateFolder)
    const shownToken = given.ADMIN_TOKEN === undefined ? door.adminToken : '$ADMIN_TOKEN'
    console.log(`State in ${shown(stateFolder)}, secrets in ${shown(devVars ?? stateFolder)}`)
    if (isExposed) console.log(exposure(address, settings, stateFolder))
    const warning = secrets.isNew ? portWarning(port) : null
    if (warning !== null) console.log(warning)
    if (box !== null) console.log(`Mails are shown at ${box.origin}`)
    console.log(demoLines(origin, shownToken, demo.credentials, drawn, served))
    // The worker's log lines about the requests of the boot have not all arrived yet.
    await sleep(100)
    server.passLogOn()
    keepAddress(stateFolder, origin)
    console.log(`Ready on ${origin}`)
    runSchedule(address)
  } catch (cause) {
    await server.end()
    throw cause
  }
  if ((await server.ended) === 'by itself') throw new Refusal('The worker stopped unexpectedly')
}

/** Opens the box for mails, unless the settings say where they go. */
async function mailBox(
  { MAIL, SMTP_URL }: Record<string, string>,
  port: number,
): Promise<MailBox | null> {
  if (MAIL || SMTP_URL) return null
  const box = await openMailBox(port + 1)
  if (box === null) console.log(`Port ${port + 1} is not free: mails are printed here instead`)
  return box
}

/** Returns the text about who can reach the server and what that means. */
function exposure(
  { host, port }: ListenAddress,
  { issuer, adminToken }: Settings,
  stateFolder: string,
): string {
  const reached = [
    ...(issuer === undefined ? [] : [`as ${issuer}`]),
    ...(isLoopbackAddress(host) ? [] : [`at ${host} port ${port}`]),
  ]
  const file = shown(join(stateFolder, 'demo.env'))
  return [
    `Others can reach this server ${reached.join(' and ')}: the demo has random passwords and secrets, saved in ${file}, instead of those that the documents print`,
    // Development accepts any length; a deployment rejects short ones.
    ...(adminToken.length < 32 ? ['ADMIN_TOKEN is short enough for them to guess'] : []),
  ].join('\n')
}

function readOrRefuse(environment: Record<string, string>, file: string): Configuration {
  const outcome = configurationFrom(environment)
  if ('settings' in outcome) return outcome
  throw new Refusal(
    `Invalid settings in the environment or in ${file}: ${outcome.faults.join('; ')}`,
  )
}

/**
 * Replaces the demo credentials through a random loopback port, so that nobody can sign in with the
 * documents' passwords while the real address is open.
 */
async function changeDemo(
  demo: Demo,
  stateFolder: string,
  environment: Record<string, string>,
): Promise<void> {
  const address = { host: '127.0.0.1', port: await freePort() }
  const { server, door } = await startServer(address, stateFolder, environment)
  try {
    demo.begin()
    await replaceCredentials(door, demo.credentials)
    demo.finish()
  } finally {
    await server.end()
  }
}

/**
 * Starts the worker and resolves once it answers.
 * @throws Refusal with the worker's output if it does not
 */
async function startServer(
  address: ListenAddress,
  stateFolder: string,
  environment: Record<string, string>,
) {
  const envFile = settingsPath(stateFolder)
  writePrivateFile(envFile, formatEnvFile(environment))
  const server = startDevelopmentServer({ address, stateFolder, envFile })
  servers.push(server)
  try {
    await server.listening
    await refuseUnconfigured(address, server)
  } catch (cause) {
    await server.end()
    throw cause
  }
  return { server, door: { address, adminToken: environment.ADMIN_TOKEN ?? '' } }
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
      `The database in ${shown(stateFolder)} is damaged: restore a copy, or delete the folder to start over`,
    )
  }
  throw new Refusal(`The local database could not be migrated:\n${output}`)
}

// The worker answers 503 if its settings are invalid, and its log has the reason.
async function refuseUnconfigured(
  address: ListenAddress,
  server: DevelopmentServer,
): Promise<void> {
  const path = '/.well-known/openid-configuration'
  const { status } = await send(address, { method: 'GET', path })
  if (status === 200) return
  await sleep(100)
  throw new Refusal(`The worker answered ${status}:\n${server.said()}`)
}

function endServersWithUs(): void {
  const end = () => void Promise.all(servers.map((each) => each.end())).then(() => process.exit(0))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end)
  if (process.env.npm_lifecycle_event === undefined) return
  const watch = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(watch)
    end()
  }, 250)
  watch.unref()
}

// wrangler runs no cron triggers locally. It runs one whenever this address is requested.
function runSchedule(address: ListenAddress): void {
  const path = '/cdn-cgi/local/scheduled'
  const run = () => void send(address, { method: 'GET', path }).catch(() => undefined)
  setInterval(run, 60_000).unref()
}
