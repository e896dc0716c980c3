// Imports as rows of D1.
import { getTableColumns } from 'drizzle-orm'
import { imports } from './schema/imports.ts'
import { type Statement, selection, sql, statement } from './sql.ts'

/** An import as it is read. */
export const storedImport = selection(getTableColumns(imports))

/** Selects an import. */
export const importById = (id: string): Statement =>
  statement(sql`SELECT ${storedImport.columns} FROM ${imports} WHERE ${imports.id} = ${id}`)
