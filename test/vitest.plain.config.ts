// Tests of pure functions, in Node alone: no workerd, no set-up, a few seconds in all.
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/**
 * Test files that use neither the worker nor an API that workerd has and Node 22 does not, such as
 * `Uint8Array.toBase64` and `timingSafeEqual`. Every other file runs in workerd.
 */
export const plain = [
  'test/{pages,protocol}/**/*.test.{ts,tsx}',
  'test/core/{people,providers}/*.test.ts',
  'test/core/server/!(admin-token).test.ts',
  'test/federation/outbound-url.test.ts',
  'test/admin/merge-patch.test.ts',
  'test/cli/{csv,examples,printable,progress,table,target,time}.test.ts',
  'test/cli/sources/*.test.ts',
  'test/{architecture,links,readme}.test.ts',
  'test/openid/conformance.test.ts',
  'test/fapi/modules.test.ts',
  'test/scoreboard/*.test.ts',
  'test/store/readme.test.ts',
  'test/soak/*.test.ts',
  'test/fuzz/parsers.test.ts',
  'test/mutants/*.test.ts',
]

export default defineConfig({
  root: join(import.meta.dirname, '..'),
  test: {
    name: 'plain',
    include: plain,
    // These tests change nothing outside of themselves, so that files can share a process.
    isolate: false,
    sequence: { groupOrder: 0 },
  },
})
