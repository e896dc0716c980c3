// Imports as rows of D1: an import is found by its id.
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { audit, now } from '../support/records.ts'

const { imports } = openStore(env)

const importOf = (id: string) => ({
  ...{ id, source: 'a source', sourceId: 'one', onExisting: 'skip' as const, dryRun: true },
  ...{ keepSub: false, matchEmail: false, matchUsername: true, adminRoles: false },
  ...{ askUrl: null, sealedAskKey: null, created: 0, updated: 0, skipped: 0, failed: 0, reset: 0 },
  ...{ links: 0, totp: 0, startedAt: now, finishedAt: null, undoneAt: null },
})

it('An import is found by its id, and no other is', async () => {
  for (const id of ['a', 'b', 'c']) await imports.create(importOf(id), audit())
  expect({ found: await imports.find('b'), none: await imports.find('none') }).toEqual({
    found: importOf('b'),
    none: null,
  })
})
