// mcp-remote, the bridge that local agents use: an MCP server over standard input and output, which
// signs in to a remote one through the person's browser. Here that is Chromium.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { chromium } from 'playwright-core'
import type { World } from './world.ts'

const program = join('node_modules', 'mcp-remote', 'dist', 'proxy.js')

/** Connects by mcp-remote, signs in and allows it in Chromium, and lists the notes. */
export async function connectByMcpRemote(world: World) {
  const folder = mkdtempSync(join(tmpdir(), 'postern-mcp-remote-'))
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, world.mcp],
    // No PATH: it must not find a browser of this machine by itself, but say what to open.
    env: { HOME: folder, MCP_REMOTE_CONFIG_DIR: folder, PATH: folder },
    stderr: 'pipe',
  })
  const client = new Client({ name: 'test-agent', version: '1.0.0' })
  try {
    const visit = authorizationUrl(transport).then((url) => signInByChromium(world, url))
    const [asked] = await Promise.all([visit, client.connect(transport, { timeout: 60_000 })])
    const { tools } = await client.listTools()
    const { content } = await client.callTool({ name: 'list_notes', arguments: {} })
    return { asked, tools: tools.map(({ name }) => name), note: content }
  } finally {
    await client.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The address that mcp-remote asks the person to open. */
const authorizationUrl = ({ stderr }: StdioClientTransport): Promise<URL> =>
  new Promise((resolve, reject) => {
    let said = ''
    stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const [url] = /http\S+\/oauth2\/authorize\S+/.exec(said) ?? []
      if (url !== undefined) resolve(new URL(url))
    })
    stderr?.once('end', () => reject(new Error(said)))
  })

async function signInByChromium({ person }: World, url: URL) {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  })
  try {
    const page = await browser.newPage({ locale: 'en-US' })
    await page.goto(url.href)
    await page.getByLabel('Username or e-mail').fill(person.username)
    await page.getByLabel('Password').fill(person.password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
    await page.waitForURL(/\/oauth\/callback\?/)
    const { searchParams } = url
    return { redirect: searchParams.get('redirect_uri'), resource: searchParams.get('resource') }
  } finally {
    await browser.close()
  }
}
