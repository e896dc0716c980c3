// `npm run test:browser`: Postern by the README's way, the single-page example beside it, and
// Debian's Chromium, driven through both. Ends with the line `N passed, N failed`, and ends all that
// it started. Parameters go to vitest: `npm run test:browser -- account`.
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { freePort, newBench } from '../operator/boot.ts'
import { printTotal, runVitest } from '../vitest-run.ts'

const deadline = 330_000
const screenshots = join(import.meta.dirname, '../../screenshots')
const parameters = process.argv.slice(2)

const endings: (() => unknown)[] = []
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void endAll().then(() => process.exit(1)))
}

try {
  const postern = await startPostern()
  const spa = await startSinglePageExample(postern.origin)
  await admitSinglePageExample(postern, spa)
  const browser = await startChromium()
  if (parameters.length === 0) rmSync(screenshots, { recursive: true, force: true })
  mkdirSync(screenshots, { recursive: true })
  const environment = {
    POSTERN: postern.origin,
    ADMIN_TOKEN: postern.adminToken,
    STATE_DIR: postern.stateFolder,
    SPA: spa,
    CHROMIUM: browser,
    SCREENSHOTS: screenshots,
  }
  const count = await runVitest('test/browser/vitest.config.ts', parameters, {
    environment,
    deadline,
  })
  console.log(`Screenshots in ${screenshots}`)
  printTotal([count])
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause)
  printTotal([{ passed: 0, failed: 1 }])
} finally {
  await endAll()
}

async function endAll(): Promise<void> {
  for (const end of endings.splice(0).reverse()) await end()
}

async function startPostern() {
  const bench = newBench()
  endings.push(bench.remove, bench.endAll)
  const { origin, lines, exitCode } = await bench.boot()
  const adminToken = lines.map((line) => /Bearer ([\w-]+)"/.exec(line)?.[1]).find(Boolean)
  if (exitCode !== null || adminToken === undefined) {
    throw new Error(`npm start did not come up:\n${lines.join('\n')}`)
  }
  return { origin, adminToken, stateFolder: bench.stateFolder }
}

/** The example as `npm run spa` serves it, but on a free port. */
async function startSinglePageExample(issuer: string): Promise<string> {
  const port = await freePort()
  const child = spawn(process.execPath, [join(import.meta.dirname, 'spa/serve.ts')], {
    env: { PORT: String(port), ISSUER: issuer },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = new Promise((resolve) => child.once('close', resolve))
  endings.push(async () => {
    child.kill()
    await closed
  })
  await Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), closed])
  return `http://localhost:${port}`
}

/**
 * Tells the demo client `spa` of the port: redirects to any loopback port are allowed, but the address
 * after signing out is compared as it is.
 */
async function admitSinglePageExample(
  { origin, adminToken }: { origin: string; adminToken: string },
  spa: string,
): Promise<void> {
  const response = await fetch(`${origin}/admin/v1/clients/spa`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ post_logout_redirect_uris: [`${spa}/`] }),
  })
  if (!response.ok) throw new Error(`The client spa could not be changed: ${response.status}`)
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
      // Nobody answers there: what is sent to a client on the internet is seen, and goes nowhere.
      '--host-resolver-rules=MAP *.example 127.0.0.1:9',
    ],
  })
  endings.push(() => server.close())
  return server.wsEndpoint()
}
