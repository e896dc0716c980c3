// What most isolates never need: the operator's side. It is loaded at its first use, from a file of its
// own (src/operator/bundle.ts), so that no first response waits for it.
import { adminDocs } from './admin-docs.ts'
import { adminInterface } from './admin/interface.ts'
import { consoleApp } from './console/console.ts'

export const late = { adminDocs, adminInterface, consoleApp }
