// What the first response of an isolate never needs, and most isolates never: the account of a person, the
// mails, the operator's side, and refreshing while D1 is away. It is loaded at its first use, from a file of
// its own (src/operator/bundle.ts).
import { adminDocs } from './admin-docs.ts'
import { adminInterface } from './admin/interface.ts'
import { consoleApp } from './console/console.ts'
import { refreshWithoutDatabase } from './core/exchange/outage.ts'
import { wasGivenBack } from './core/exchange/outage-answers.ts'
import { accountApp } from './endpoints/account-app.ts'
import { openMailer } from './mail/mailer.ts'

export const late = {
  accountApp,
  adminDocs,
  adminInterface,
  consoleApp,
  openMailer,
  refreshWithoutDatabase,
  wasGivenBack,
}
