// What the first response of an isolate never needs, and most isolates never: the account of a person, the
// mails, the operator's side. It is loaded at its first use, from a file of its own
// (src/operator/bundle.ts).
import { adminDocs } from './admin-docs.ts'
import { adminInterface } from './admin/interface.ts'
import { consoleApp } from './console/console.ts'
import { accountApp } from './endpoints/account-app.ts'
import { openMailer } from './mail/mailer.ts'

export const late = { accountApp, adminDocs, adminInterface, consoleApp, openMailer }
