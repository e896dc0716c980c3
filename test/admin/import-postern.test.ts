// Users of another Postern keep their `sub`, which looks like one of this server.
import { describe, expect, it } from 'vitest'
import { beginImport, importRows, newRow, report, userNamed } from '../support/imports.ts'
import { registerUser } from '../support/registry.ts'

const newSubject = () => `usr_${crypto.randomUUID().replaceAll('-', '').slice(0, 22)}`

const fromPostern = { source: 'postern', keep_sub: true }

const refused = (code: string, detail: string, line = 1) => ({
  errors: [{ line, field: 'sub', code, detail }],
  failed: 1,
})

const taken = 'is the username, the email or the sub of another user'

describe('A user of another Postern', () => {
  it('keeps the sub, to its last bit', async () => {
    const row = newRow({ sub: newSubject() })
    const imported = await importRows(await beginImport(fromPostern), [row])
    expect({ imported, sub: (await userNamed(row.username))?.sub }).toEqual({
      imported: report({ created: 1 }),
      sub: row.sub,
    })
  })

  it.each([
    ['an import', false],
    ['a dry run', true],
  ])(
    'O35: is refused by %s where somebody has the sub, or an earlier row',
    async (_by, dry_run) => {
      const { sub } = await registerUser()
      const twice = newSubject()
      const id = await beginImport({ ...fromPostern, dry_run })
      expect(await importRows(id, [newRow({ sub })])).toEqual(report(refused('taken', taken)))
      const rows = [newRow({ sub: twice }), newRow({ sub: twice, line: 2 })]
      expect(await importRows(id, rows, 2)).toEqual(
        report({ created: 1, ...refused('taken', taken, 2) }),
      )
      expect(await importRows(id, [newRow({ sub: twice })], 3)).toEqual(
        report(refused('taken', taken)),
      )
    },
  )

  it('O35: is created once if two imports bring the sub at once', async () => {
    const sub = newSubject()
    const ids = await Promise.all([beginImport(fromPostern), beginImport(fromPostern)])
    const reports = await Promise.all(ids.map((id) => importRows(id, [newRow({ sub })])))
    expect(reports).toContainEqual(report({ created: 1 }))
    expect(reports).toContainEqual(report(refused('taken', taken)))
  })

  it('O35: has no such sub in an import of any other system', async () => {
    const id = await beginImport({ keep_sub: true })
    expect(await importRows(id, [newRow({ sub: newSubject() })])).toEqual(
      report(refused('invalid', 'must not look like a sub of this server')),
    )
  })
})
