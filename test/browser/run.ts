// `npm run test:browser`: Postern by the README's way, the single-page example beside it, a provider
// elsewhere, and Debian's Chromium, driven through them. Ends with the line `N passed, N failed`, and
// ends all that it started. Parameters go to vitest: `npm run test:browser -- account`.
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { recordCounts } from '../counts.ts'
import { providerClient } from '../federation/servers/provider.ts'
import { freePort, newBench } from '../operator/boot.ts'
import { vitestParameters } from '../script-options.ts'
import { printTotal, runVitest } from '../vitest-run.ts'

// After that the tests that are left fail at once; whoever does not even do that is ended.
const timeForTests = 840_000
const deadline = 900_000
const screenshots = join(import.meta.dirname, '../../screenshots')
const parameters = vitestParameters(
  `npm run test:browser [-- FILE ...] [-t NAME]
  (none)     the pages and the example app in Chromium (/usr/bin/chromium)
  FILE       a part of the name of a file of test/browser, such as account
  -t NAME    only tests whose name has these words
Other options go to vitest: npx vitest run --help lists them.`,
)

type Postern = { origin: string; adminToken: string; stateFolder: string }

const endings: (() => unknown)[] = []
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void endAll().then(() => process.exit(1)))
}

try {
  const postern = await startPostern()
  await startProvider(postern)
  const environment = {
    POSTERN: postern.origin,
    ADMIN_TOKEN: postern.adminToken,
    STATE_DIR: postern.stateFolder,
    SPA: await startSinglePageExample(postern),
    CHROMIUM: await startChromium(),
    SCREENSHOTS: screenshots,
    DEADLINE: String(Date.now() + timeForTests),
  }
  if (parameters.length === 0) rmSync(screenshots, { recursive: true, force: true })
  mkdirSync(screenshots, { recursive: true })
  const count = await runVitest('test/browser/vitest.config.ts', parameters, {
    environment,
    deadline,
  })
  if (parameters.length === 0) {
    recordCounts('browser', { 'browser tests passed': count.passed })
  }
  console.log(`Screenshots in ${screenshots}`)
  printTotal([count])
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause)
  printTotal([{ passed: 0, failed: 1, retried: [] }])
} finally {
  await endAll()
}

async function endAll(): Promise<void> {
  for (const end of endings.splice(0).reverse()) await end()
}

async function startPostern(): Promise<Postern> {
  const bench = newBench()
  endings.push(bench.remove, bench.endAll)
  const { origin, lines, exitCode } = await bench.boot()
  const adminToken = lines.map((line) => /Bearer ([\w-]+)"/.exec(line)?.[1]).find(Boolean)
  if (exitCode !== null || adminToken === undefined) {
    throw new Error(`npm start did not come up:\n${lines.join('\n')}`)
  }
  return { origin, adminToken, stateFolder: bench.stateFolder }
}

/** A request of the operator. @throws if it is refused */
async function operate(postern: Postern, method: string, path: string, body: object) {
  const response = await fetch(`${postern.origin}/admin/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${postern.adminToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`)
}

/** The single-page example as `npm run spa` serves it, but on a free port. */
async function startSinglePageExample(postern: Postern): Promise<string> {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  await startScript('spa/serve.ts', { PORT: String(port), ISSUER: postern.origin })
  // Redirects to any loopback port are allowed; the address after signing out is compared as it is.
  const moved = { post_logout_redirect_uris: [`${origin}/`] }
  await operate(postern, 'PATCH', '/clients/spa', moved)
  return origin
}

/** A provider that every sign-in page offers as `Test provider`. */
async function startProvider(postern: Postern): Promise<void> {
  const port = await freePort()
  const callback = `${postern.origin}/login/callback/test-provider`
  await startScript('provider.ts', { PORT: String(port), REDIRECT_URI: callback })
  await operate(postern, 'POST', '/providers', {
    ...providerClient,
    id: 'test-provider',
    label: 'Test provider',
    issuer: `http://127.0.0.1:${port}`,
    accounts: 'create',
  })
}

/** Starts a script of this folder and waits until it is ready. */
async function startScript(path: string, environment: Record<string, string>): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, path)], { env: environment })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  endings.push(() => {
    child.kill()
    return closed
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    child.stdout.once('data', () => resolve())
    void closed.then(() => reject(new Error(`${path} has ended:\n${said}`)))
  })
}

async function startChromium(): Promise<string> {
  const server = await chromium.launchServer({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // What is sent to anybody on the internet is seen here, and goes nowhere.
      '--host-resolver-rules=MAP * 127.0.0.1:9, EXCLUDE localhost, EXCLUDE 127.0.0.1',
    ],
  })
  const unexpected = (exitCode: number | null, signal: string | null) =>
    console.error(`Chromium has ended by itself: ${signal ?? exitCode}`)
  server.process().once('exit', unexpected)
  endings.push(() => {
    server.process().off('exit', unexpected)
    return server.close()
  })
  return server.wsEndpoint()
}
