// The worker as a deployment uploads it, in the two files of src/operator/bundle.ts: small enough to start
// fast anywhere, and whole.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Bundle } from '../bench/bundle.ts'
import type { Edge } from '../bench/edge.ts'
import { requestText, withLane } from '../bench/load.ts'
import { bundlePostern, makeAccounts, startPostern } from '../bench/postern.ts'

/** KiB after gzip that an isolate starts with, and of everything. */
const budget = { start: 220, all: 277 }

let folder: string
let bundled: Bundle
let edge: Edge

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'postern-bundle-'))
  bundled = await bundlePostern(join(folder, 'bundle'))
  edge = await startPostern({ folder }, join(folder, 'state'), bundled)
}, 180_000)

afterAll(async () => {
  await edge?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const kib = (bytes: number): number => Math.round(bytes / 102.4) / 10

it(`has at most ${budget.start} KiB after gzip that the first response waits for`, () => {
  const { startGzipBytes, gzipBytes, bytes } = bundled
  const sizes = { start: kib(startGzipBytes), all: kib(gzipBytes) }
  const parts = bundled.parts.map(([name, size]) => `${name} ${kib(size)}`).join(', ')
  console.log(
    `bundle: ${sizes.start} of ${sizes.all} KiB after gzip; ${kib(bytes)} before: ${parts}`,
  )
  expect(sizes.start, parts).toBeLessThanOrEqual(budget.start)
  expect(sizes.all, parts).toBeLessThanOrEqual(budget.all)
})

it('serves a user, clients and the pages of the operator', async () => {
  await makeAccounts(edge)
  const paths = ['/.well-known/openid-configuration', '/login', '/admin', '/admin/v1/docs']
  const answers = await withLane(edge.origin, async (ask) => {
    const statuses: Record<string, number> = {}
    for (const path of paths) statuses[path] = (await ask(requestText(edge, { path }))).status
    return statuses
  })
  expect(answers).toEqual({
    '/.well-known/openid-configuration': 200,
    '/login': 303,
    '/admin': 303,
    '/admin/v1/docs': 200,
  })
})
