// The whole worker, pages and all, as a deployment uploads it: small enough to start fast anywhere.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { bundlePostern } from '../bench/postern.ts'

/** KiB after gzip. */
const budget = 220

const kib = (bytes: number): number => Math.round(bytes / 102.4) / 10

it(`the bundle has at most ${budget} KiB after gzip`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-bundle-'))
  try {
    const bundled = await bundlePostern(folder)
    const parts = bundled.parts.map(([name, bytes]) => `${name} ${kib(bytes)}`).join(', ')
    const size = kib(bundled.gzipBytes)
    console.log(`bundle: ${size} KiB after gzip, ${kib(bundled.bytes)} KiB before: ${parts}`)
    expect(size, `KiB after gzip; before: ${parts}`).toBeLessThanOrEqual(budget)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
