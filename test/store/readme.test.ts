import { getTableName, is } from 'drizzle-orm'
import { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { expect, it } from 'vitest'
import * as factors from '../../src/store/schema/factors.ts'
import * as grants from '../../src/store/schema/grants.ts'
import * as imports from '../../src/store/schema/imports.ts'
import * as mail from '../../src/store/schema/mail.ts'
import * as people from '../../src/store/schema/people.ts'
import * as server from '../../src/store/schema/server.ts'
import readme from '../../src/store/README.md?raw'

it('src/store/README.md says of every table what a row is and who deletes it, and of no other', () => {
  const tables = Object.values({
    ...factors,
    ...grants,
    ...imports,
    ...mail,
    ...people,
    ...server,
  }).flatMap((value) => (is(value, SQLiteTable) ? [getTableName(value)] : []))
  const section = readme.slice(readme.indexOf('## Tables'), readme.indexOf('## KV keys'))
  const described = [...section.matchAll(/^\| `(\w+)` \| \S.* \| \S.* \|$/gm)].map(
    ([, name]) => name,
  )
  expect(described.sort()).toEqual(tables.sort())
})
