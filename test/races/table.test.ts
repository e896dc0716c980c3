// Every race of the table: one round a day, and a thousand by `npm run test:races`.
import '../support/cheap-derivations.ts'
import { catchMails } from '../support/mails.ts'
import { runRaces } from './run-races.ts'
import { limitRaces } from './table/limits.ts'
import { mailRaces } from './table/mail.ts'
import { operatorRaces } from './table/operators.ts'
import { peopleRaces } from './table/people.ts'
import { screenRaces } from './table/screens.ts'
import { tokenRaces } from './table/tokens.ts'

catchMails()
runRaces([
  ...(await tokenRaces()),
  ...(await screenRaces()),
  ...(await peopleRaces()),
  ...mailRaces(),
  ...operatorRaces(),
  ...(await limitRaces()),
])
