// Several processes of one agent, which begin at the same instant.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { StoredOAuthTokens } from '@modelcontextprotocol/client'
import type { JWK } from 'jose'
import { z } from 'zod'

/** What the processes share. */
export type SharedState = {
  mcp: string
  client: { client_id: string | undefined; issuer: string }
  tokens: StoredOAuthTokens | undefined
  /** The private key that they prove, if they have one. */
  key?: JWK
}

const script = join(import.meta.dirname, 'refreshing-process.ts')

/**
 * Starts a process for each of `times`, which refreshes that often at once. Returns what each refresh
 * got: the refresh token that is stored from then on, or the failure.
 */
export async function refreshInProcesses(
  state: SharedState,
  times: readonly number[],
): Promise<string[]> {
  const at = Date.now() + 3_000
  const outcomes = await Promise.all(
    times.map(async (count) => {
      const parameters = JSON.stringify({ ...state, at, times: count })
      const { stdout } = await promisify(execFile)(process.execPath, [script, parameters])
      return z.array(z.string()).parse(JSON.parse(stdout))
    }),
  )
  return outcomes.flat()
}
